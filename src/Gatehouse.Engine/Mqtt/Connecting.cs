using Gatehouse.Audit;
using Gatehouse.Engine.Auditing;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Gates;
using Gatehouse.Engine.Mqtt.ClientIds;
using Gatehouse.Engine.Mqtt.Links;
using Gatehouse.Engine.Realms;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Policy;
using Gatehouse.Problems;
using Gatehouse.Protocols.Mqtt;

namespace Gatehouse.Engine.Mqtt;

/// <summary>
/// Steps 4 to 7 of a CONNECT. Nothing of it, nor of what the client sent behind it, reaches the broker before it was let in.
/// </summary>
internal sealed class Connecting(
    GateEnvironment environment, MqttGateModel model, ClientIdBook clientIds, IGateConnectionFeature facts, ClientLink client, SessionRecords records)
{
    private MqttVersion _version;
    private MqttConnect? _connect;

    private string GateName => model.Model.Name;

    /// <summary>Reads CONNECT and lets it in; null when it was refused, and answered as its version has it.</summary>
    public async Task<SessionStart?> RunAsync(ulong requestId, CancellationToken deadline)
    {
        MqttConnect? connect = await ReadAsync(deadline);
        if (connect is null)
        {
            return null;
        }

        _connect = connect;
        SessionStart? start = null;
        try
        {
            start = await AdmitAsync(connect, requestId, deadline);
            return start;
        }
        finally
        {
            // The broker is to have the client's password, or its first data of enhanced authentication: then they go with CONNECT.
            if (start is null || (model.Options.Credentials != Words.ClientCredentials && !start.PassesAuthentication))
            {
                connect.WipeSecrets();
            }
        }
    }

    /// <summary>Answers a CONNECT that is not let in.</summary>
    public async Task AnswerAsync(byte reason, string? text = null)
    {
        if (_version == MqttVersion.None)
        {
            return;
        }

        using var answer = new ByteBatch();
        MqttWriter.ConnAck(answer, _version, sessionPresent: false, MqttReasons.ToConnAckCode(_version, reason), text);
        await client.WriteAsync(answer.Written);
    }

    private async Task<MqttConnect?> ReadAsync(CancellationToken deadline)
    {
        while (true)
        {
            MqttFraming framing = MqttFrame.TryRead(
                client.Received.Span, MqttSide.Client, MqttVersion.None, (int)model.Options.MaxConnect, out MqttFrame frame, out MqttError error);
            if (framing == MqttFraming.Complete)
            {
                ReadOnlyMemory<byte> packet = client.Received[..frame.TotalLength];
                bool isRead = MqttConnect.TryParse(packet.Span[frame.HeaderLength..], out MqttConnect? connect, out error, out _version);
                client.Consume(frame.TotalLength);
                if (isRead)
                {
                    return connect;
                }

                framing = MqttFraming.Refused;
            }

            if (framing == MqttFraming.Refused)
            {
                records.Refused(AuditAction.TamperedRequest, GateProblems.TamperedRequest, error.Word());
                await AnswerMalformedAsync(error);
                return null;
            }

            try
            {
                if (await client.MoreAsync(deadline) == 0)
                {
                    return null;
                }
            }
            catch (OperationCanceledException)
            {
                records.Refused(AuditAction.LimitReached, MqttProblems.ConnectTimeout, "connect_timeout");
                return null;
            }
        }
    }

    // 3.1 and 3.1.1 have codes for the version and the client id only; everything else just ends the connection.
    private Task AnswerMalformedAsync(MqttError error) =>
        _version == MqttVersion.V5 || error is MqttError.UnsupportedVersion or MqttError.ClientIdInvalid ? AnswerAsync(error.Reason()) : Task.CompletedTask;

    private async Task<SessionStart?> AdmitAsync(MqttConnect connect, ulong requestId, CancellationToken deadline)
    {
        bool passes = connect.AuthenticationMethod is not null;
        if (passes && model.Options.EnhancedAuthentication != Words.Pass)
        {
            return await RefuseAsync(AuditAction.AuthenticationFailed, MqttProblems.AuthenticationMethod, "authentication_method", MqttReasons.BadAuthenticationMethod);
        }

        // 4.
        SecuritySnapshot snapshot = environment.Snapshots.Current;
        AuthenticationResult result = await PasswordLogin.RunAsync(
            environment.Authenticator, connect.Username, connect.Password, (GateName, model.Model.Configuration.Realms), facts.Connection.Source.Address, facts.ClientCertificate, snapshot);
        if (result is not { Status: AuthenticationStatus.Accepted, Authenticated: { } login })
        {
            return await RefuseLoginAsync(result);
        }

        if (login.IsBreakGlass)
        {
            records.Alarm(IdentityProblems.BreakGlassUsed, "a break-glass account logged in");
        }

        facts.Connection.Principal = login.Principal;
        string? commonName = facts.ClientCertificate is { } certificate ? ConnectionIdentity.FindCommonName(certificate) : null;
        var start = new SessionStart
        {
            Connect = connect,
            Options = model.Options,
            Realms = () => model.Newest.Configuration.Realms,
            Identity = SessionIdentity.Of(login, facts.Connection.Source.Address, GateName, commonName, facts.ClientCertificate is not null, requestId, model.Options.RabbitMq),
            Records = records,
            ClientId = connect.ClientId,
            IsNameProven = PasswordLogin.ProvesName(connect.Username, connect.Password),
        };
        if (connect.ClientId.Length > 0)
        {
            start.Identity.SetClientId(connect.ClientId);
        }

        records.Identity = start.Identity;
        records.Client = $"mqtt {start.VersionWord} client {start.ShownClientId}";
        return await AuthorizeAsync(start, deadline);
    }

    /// <summary>Step 6: the connection, its client id and its will.</summary>
    private async Task<SessionStart?> AuthorizeAsync(SessionStart start, CancellationToken deadline)
    {
        MqttConnect connect = start.Connect;
        var rights = new SessionRights(start.Identity, environment.Snapshots, environment.Time);
        if (!rights.Refresh())
        {
            return await RefuseAsync(AuditAction.AuthenticationFailed, GateProblems.CredentialsRefused, "login_fell", MqttReasons.BadCredentials);
        }

        Decision decision = rights.Connect();
        if (!decision.IsAllowed)
        {
            return await RefuseAsync(AuditAction.AccessDenied, GateProblems.AccessDenied, Word(decision, rights), MqttReasons.NotAuthorized, rights);
        }

        start.Permit = decision.Permit;
        if (!ClientIdRule.Allows(start.Options.ClientIds, connect.ClientId, start.Identity.Principal))
        {
            return await RefuseAsync(AuditAction.AccessDenied, MqttProblems.ClientIdRefused, "client_id_refused", MqttReasons.ClientIdInvalid, rights);
        }

        if (connect.Will is { } will)
        {
            decision = rights.Publish(System.Text.Encoding.UTF8.GetBytes(will.Topic), will.Qos, will.Retain);
            if (!decision.IsAllowed)
            {
                return await RefuseAsync(AuditAction.AccessDenied, GateProblems.AccessDenied, Word(decision, rights), MqttReasons.NotAuthorized, rights);
            }
        }

        if (connect.ClientId.Length == 0)
        {
            return start;
        }

        ClientIdLife life = connect.Version == MqttVersion.V5 ? ClientIdLife.OfV5(connect.SessionExpiry ?? 0) : ClientIdLife.OfV3(connect.CleanStart);
        return await ClaimAsync(start, connect.ClientId, life, deadline) is { } refusal
            ? await RefuseAsync(AuditAction.AccessDenied, MqttProblems.ClientIdRefused, refusal.Word, refusal.Outcome switch
            {
                ClientIdOutcome.TakenByOther => MqttReasons.ClientIdInvalid,
                ClientIdOutcome.TooMany => MqttReasons.QuotaExceeded,
                _ => MqttReasons.ServerUnavailable,
            })
            : start;
    }

    /// <summary>Takes hold of a client id; what keeps it from that, or null.</summary>
    public async ValueTask<ClientIdResult?> ClaimAsync(SessionStart start, string clientId, ClientIdLife life, CancellationToken deadline)
    {
        ClientIdResult result = await clientIds.ClaimAsync(
            start.Options.Broker, clientId, OwnerOf(start.Identity), life, deadline);
        if (!result.TryGet(out ClientIdClaim? claim))
        {
            return result;
        }

        start.Claim = claim;
        return null;
    }

    // A user who was made again under the name of another is another.
    private ClientIdOwner OwnerOf(SessionIdentity identity)
    {
        Gatehouse.Identity.Principal principal = identity.Login.Principal;
        string tag = environment.Snapshots.Current.Users.TryGetValue(principal.Name, out Gatehouse.Identity.UserDocument? user)
            && principal.Realm is Gatehouse.Identity.RealmNames.Native or Gatehouse.Identity.RealmNames.ApiKey
            ? user!.Created.UtcTicks.ToString(System.Globalization.CultureInfo.InvariantCulture)
            : "";
        string realm = principal.Realm == Gatehouse.Identity.RealmNames.ApiKey ? Gatehouse.Identity.RealmNames.Native : principal.Realm;
        return new ClientIdOwner(realm, principal.Name, tag);
    }

    private Task<SessionStart?> RefuseLoginAsync(AuthenticationResult result)
    {
        bool isLimited = result.Status == AuthenticationStatus.Limited;
        bool isMissing = result.Status == AuthenticationStatus.Missing;
        return RefuseAsync(
            isLimited ? AuditAction.LimitReached : isMissing ? AuditAction.AnonymousAccessDenied : AuditAction.AuthenticationFailed,
            isLimited ? GateProblems.LoginLimited : isMissing ? GateProblems.CredentialsNeeded : GateProblems.CredentialsRefused,
            result.Reason ?? result.Status.ToString().ToLowerInvariant(),
            isLimited ? MqttReasons.ConnectionRateExceeded : isMissing ? MqttReasons.NotAuthorized : MqttReasons.BadCredentials,
            name: result.PresentedName);
    }

    private async Task<SessionStart?> RefuseAsync(
        AuditAction action, ProblemDefinition problem, string word, byte reason, SessionRights? rights = null, string? name = null)
    {
        string? receipt = records.Refused(action, problem, word, name, rights);
        await AnswerAsync(reason, _connect is null ? null : SessionStart.Tell(_connect, receipt));
        return null;
    }

    private static string Word(in Decision decision, SessionRights rights) => decision.Denial.Reason switch
    {
        DenialReason.ExplicitDeny => "explicit_deny",
        DenialReason.UnknownOperation => "unknown_operation",
        _ => rights.Snapshot.NoGrant,
    };
}
