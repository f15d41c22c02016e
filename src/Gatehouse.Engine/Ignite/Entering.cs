using System.Buffers;
using Gatehouse.Audit;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Gates;
using Gatehouse.Engine.Realms;
using Gatehouse.Policy;
using Gatehouse.Problems;
using Gatehouse.Protocols.Ignite;

namespace Gatehouse.Engine.Ignite;

/// <summary>
/// Steps 4 to 6 of a handshake. It is never passed on: the gate writes one of its own, with its own login and with the features that
/// client and gate both know.
/// </summary>
internal sealed class Entering(GateEnvironment environment, IgniteGateModel model, IGateConnectionFeature facts, ClientFrames client, CallRecords records, ConnectionRate rate)
{
    // Group 15, code 1 of Ignite's errors: an authentication type that nobody knows.
    private const int UnsupportedAuthentication = 983041;

    /// <summary>Reads the handshake and lets it in; null when it was refused, and answered.</summary>
    public async Task<SessionStart?> RunAsync(ulong requestId, CancellationToken deadline)
    {
        IgniteHandshake? handshake = await ReadAsync(deadline);
        if (handshake is null)
        {
            return null;
        }

        try
        {
            return await AdmitAsync(handshake, requestId);
        }
        finally
        {
            handshake.WipeSecrets();
        }
    }

    /// <summary>Answers a handshake that is not let in.</summary>
    public async Task AnswerAsync(int code, ProblemDefinition problem, string? receipt = null)
    {
        var answer = new ArrayBufferWriter<byte>(256);
        IgniteHandshakeAnswer.WriteFailure(answer, code, Denials.Text(problem, receipt));
        await client.WriteWholeAsync(answer.WrittenMemory);
    }

    /// <summary>Answers a handshake that is let in.</summary>
    public async Task WelcomeAsync(ReadOnlyMemory<byte> answer) => await client.WriteWholeAsync(answer);

    private async Task<IgniteHandshake?> ReadAsync(CancellationToken deadline)
    {
        while (true)
        {
            IgniteFraming framing = IgniteFrame.TryRead(
                client.Received.Span, withMagic: true, (int)model.Options.MaxHandshake, out IgniteFrame frame, out IgniteError error);
            if (framing == IgniteFraming.Complete)
            {
                bool isRead = IgniteHandshake.TryParse(
                    client.Received.Span.Slice(frame.HeaderLength, frame.Length), out IgniteHandshake? handshake, out error);

                // The password was in it.
                client.Received.Span[..(int)frame.TotalLength].Clear();
                client.Consume((int)frame.TotalLength);
                if (isRead)
                {
                    return handshake;
                }

                await AnswerAsync(IgniteCodes.AccessDenied, GateProblems.TamperedRequest);
                framing = IgniteFraming.Refused;
            }

            if (framing == IgniteFraming.Refused)
            {
                // Whoever begins otherwise is no Ignite client, and gets nothing.
                records.Refused(AuditAction.TamperedRequest, GateProblems.TamperedRequest, error.Word());
                return null;
            }

            try
            {
                if (await client.MoreAsync(frame.HeaderLength > 0 ? (int)frame.TotalLength : 0, deadline) == 0)
                {
                    return null;
                }
            }
            catch (OperationCanceledException)
            {
                records.Refused(AuditAction.LimitReached, IgniteProblems.HandshakeTimeout, "handshake_timeout");
                return null;
            }
        }
    }

    private async Task<SessionStart?> AdmitAsync(IgniteHandshake handshake, ulong requestId)
    {
        if (!rate.TryTake(facts.Connection.Source.Address, model.NewestOptions.ConnectionsPerSecond))
        {
            // In words, and after the handshake was read: clients come back without a pause where a connection just ends.
            return await RefuseAsync(AuditAction.LimitReached, GateProblems.LoginLimited, "connections_per_second", IgniteCodes.AccessDenied);
        }

        if (handshake.NamesExecutor)
        {
            return await RefuseAsync(AuditAction.TamperedRequest, IgniteProblems.ExecutorRefused, "compute_executor_id", IgniteCodes.AccessDenied);
        }

        if (handshake.AuthenticationType is not null && !handshake.IsBasic)
        {
            return await RefuseAsync(AuditAction.AuthenticationFailed, GateProblems.CredentialsRefused, "authentication_type", UnsupportedAuthentication);
        }

        if (model.TargetFor(facts.ServerName) is not { } target)
        {
            return await RefuseAsync(AuditAction.AccessDenied, IgniteProblems.NameUnknown, "server_name", IgniteCodes.AccessDenied);
        }

        // 4.
        AuthenticationResult result = await PasswordLogin.RunAsync(
            environment.Authenticator,
            handshake.Identity,
            handshake.Secret,
            (model.Model.Name, model.Model.Configuration.Realms),
            facts.Connection.Source.Address,
            facts.ClientCertificate,
            environment.Snapshots.Current);
        if (result is not { Status: AuthenticationStatus.Accepted, Authenticated: { } login })
        {
            return await RefuseLoginAsync(result);
        }

        if (login.IsBreakGlass)
        {
            records.Alarm(IdentityProblems.BreakGlassUsed, "a break-glass account logged in");
        }

        facts.Connection.Principal = login.Principal;
        records.Client = $"ignite client {handshake.ClientCode} features {IgniteFeatureMask.Text(handshake.Features)}";
        return await AuthorizeAsync(handshake, login, target, requestId);
    }

    /// <summary>Step 6: whether such a principal may be here at all.</summary>
    private async Task<SessionStart?> AuthorizeAsync(IgniteHandshake handshake, Authenticated login, NodeTarget target, ulong requestId)
    {
        string? commonName = facts.ClientCertificate is { } certificate ? ConnectionIdentity.FindCommonName(certificate) : null;
        var caller = new CallerFacts(facts.Connection.Source.Address, model.Model.Name, facts.ClientCertificate is not null, commonName, requestId);
        var rights = new CallRights(login, caller, environment.Snapshots, environment.Time);
        if (!rights.Refresh())
        {
            return await RefuseAsync(AuditAction.AuthenticationFailed, GateProblems.CredentialsRefused, "login_fell", IgniteCodes.InvalidCredentials);
        }

        Decision decision = rights.Enter();
        if (!decision.IsAllowed)
        {
            return await RefuseAsync(
                AuditAction.AccessDenied,
                GateProblems.AccessDenied,
                decision.Denial.Reason == DenialReason.ExplicitDeny ? "explicit_deny" : rights.Snapshot.NoGrant,
                IgniteCodes.AccessDenied,
                rights);
        }

        return new SessionStart
        {
            Model = model,
            Target = target,
            Realms = () => model.Newest.Configuration.Realms,
            Facts = caller,
            Rights = rights,
            Records = records,
            ClientCode = handshake.ClientCode,
            Features = handshake.Features & IgniteFeatures.Known,
            Permit = decision.Permit,
        };
    }

    private Task<SessionStart?> RefuseLoginAsync(AuthenticationResult result)
    {
        bool isLimited = result.Status == AuthenticationStatus.Limited;
        bool isMissing = result.Status == AuthenticationStatus.Missing;
        return RefuseAsync(
            isLimited ? AuditAction.LimitReached : isMissing ? AuditAction.AnonymousAccessDenied : AuditAction.AuthenticationFailed,
            isLimited ? GateProblems.LoginLimited : isMissing ? GateProblems.CredentialsNeeded : GateProblems.CredentialsRefused,
            result.Reason ?? result.Status.ToString().ToLowerInvariant(),
            IgniteCodes.InvalidCredentials,
            name: result.PresentedName);
    }

    private async Task<SessionStart?> RefuseAsync(
        AuditAction action, ProblemDefinition problem, string word, int code, CallRights? rights = null, string? name = null)
    {
        string? receipt = records.Refused(action, problem, word, name, rights);
        await AnswerAsync(code, problem, receipt);
        return null;
    }
}
