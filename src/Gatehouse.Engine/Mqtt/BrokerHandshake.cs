using Gatehouse.Engine.Auditing;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Engine.Gates;
using Gatehouse.Engine.Mqtt.ClientIds;
using Gatehouse.Engine.Mqtt.Links;
using Gatehouse.Problems;
using Gatehouse.Protocols.Mqtt;
using Gatehouse.Protocols.ProxyProtocol;

namespace Gatehouse.Engine.Mqtt;

/// <summary>Step 7 of a CONNECT: the broker is dialled and told of the client; what it answers goes to the client.</summary>
internal sealed class BrokerHandshake(MqttGateModel model, IGateConnectionFeature facts, ClientLink client, Connecting connecting, System.Net.IPEndPoint listener)
{
    /// <summary>Opens the broker's side; null with the client answered and the failure recorded.</summary>
    public async Task<BrokerLink?> RunAsync(SessionStart start, ForwardControl control, AuditSlot slot, SessionRights rights, CancellationToken deadline)
    {
        BrokerDialResult dialled = await model.Dialer.OpenAsync(start.Permit, control, model.Options.ProxyProtocol ? Facts() : null);
        if (dialled.Broker is not { } broker)
        {
            bool isForeign = dialled.Failure == DialFailure.WrongOwner;
            if (isForeign)
            {
                start.Records.Alarm(GateProblems.UpstreamWrongOwner, dialled.Detail);
            }

            return await FailAsync(start, slot, rights, isForeign ? "upstream_refused_owner" : "upstream_unreachable", isForeign ? GateProblems.UpstreamWrongOwner : GateProblems.UpstreamUnreachable);
        }

        var link = new BrokerLink(broker);
        using CancellationTokenRegistration cut = deadline.UnsafeRegister(static state => ((BrokerLink)state!).Abort(), link);
        bool isOpen = false;
        try
        {
            isOpen = await ExchangeAsync(start, link, slot, rights, deadline);
        }
        finally
        {
            if (!isOpen)
            {
                link.Dispose();
            }
        }

        return isOpen ? link : null;
    }

    private async Task<bool> ExchangeAsync(SessionStart start, BrokerLink link, AuditSlot slot, SessionRights rights, CancellationToken deadline)
    {
        using (var batch = new ByteBatch())
        {
            start.Connect.Write(batch, ChangeOf(start));
            start.MayBeKept = true;
            bool isSent = await link.SendAsync(batch.Written);
            start.Connect.WipeSecrets();
            if (!isSent)
            {
                await FailAsync(start, slot, rights, "upstream_cut", GateProblems.UpstreamCut);
                return false;
            }
        }

        while (true)
        {
            MqttFraming framing = MqttFrame.TryRead(
                link.Received.Span, MqttSide.Server, start.Connect.Version, 256 * 1024, out MqttFrame frame, out _);
            if (framing == MqttFraming.Refused)
            {
                await FailAsync(start, slot, rights, "upstream_malformed", GateProblems.UpstreamMalformed);
                return false;
            }

            if (framing == MqttFraming.NeedMore)
            {
                if (await link.MoreAsync() > 0)
                {
                    continue;
                }

                bool isLate = deadline.IsCancellationRequested;
                await FailAsync(start, slot, rights, isLate ? "upstream_timeout" : "upstream_cut", isLate ? GateProblems.UpstreamTimeout : GateProblems.UpstreamCut);
                return false;
            }

            ReadOnlyMemory<byte> packet = link.Received[..frame.TotalLength];
            if (frame.Type == MqttPacketType.Auth && start.PassesAuthentication)
            {
                bool goesOn = await client.WriteAsync(packet);
                link.Consume(frame.TotalLength);
                if (goesOn && await PassAuthAsync(link, deadline))
                {
                    continue;
                }

                await FailAsync(start, slot, rights, "client_gone", null);
                return false;
            }

            if (frame.Type != MqttPacketType.ConnAck)
            {
                await FailAsync(start, slot, rights, "upstream_malformed", GateProblems.UpstreamMalformed);
                return false;
            }

            return await TakeConnAckAsync(start, link, slot, rights, frame);
        }
    }

    private async Task<bool> TakeConnAckAsync(SessionStart start, BrokerLink link, AuditSlot slot, SessionRights rights, MqttFrame frame)
    {
        using var answer = new ByteBatch();
        ConnAckFacts? read = Read(start, link.Received.Span.Slice(frame.HeaderLength, frame.Length), answer);
        if (read is not { } ack)
        {
            await FailAsync(start, slot, rights, "upstream_malformed", GateProblems.UpstreamMalformed);
            return false;
        }

        link.Consume(frame.TotalLength);
        if (ack.Code != 0)
        {
            start.MayBeKept = false;
            await RefusedAsync(start, slot, rights, ack.Code, answer);
            return false;
        }

        if (!await HoldAsync(start, ack))
        {
            await FailAsync(start, slot, rights, "client_id_unavailable", MqttProblems.ClientIdRefused);
            return false;
        }

        start.Records.Granted(slot, rights);
        return await client.WriteAsync(answer.Written);
    }

    /// <summary>Reads CONNACK and writes what the client gets for it.</summary>
    private static ConnAckFacts? Read(SessionStart start, ReadOnlySpan<byte> body, ByteBatch answer)
    {
        if (!MqttConnAck.TryParse(body, start.Connect.Version, out MqttConnAck ack, out _))
        {
            return null;
        }

        var options = start.Options;
        if (start.Connect.Version == MqttVersion.V5 && ack.Version == MqttVersion.V5)
        {
            start.AliasMaximum = Math.Min(ack.TopicAliasMaximum, options.MaxTopicAliases);
            start.BrokerMaxPacket = ack.MaximumPacketSize ?? MqttConfiguration.LargestPacket;
            ushort? keepAlive = KeepAliveOf(start);
            ack.Write(answer, new MqttConnAckChange
            {
                TopicAliasMaximum = start.AliasMaximum == ack.TopicAliasMaximum ? null : (ushort)start.AliasMaximum,
                MaximumPacketSize = options.MaxPacket < Math.Min(start.BrokerMaxPacket, MqttConfiguration.LargestPacket) ? (uint)options.MaxPacket : null,
                ReceiveMaximum = options.MaxInflight > 0 && options.MaxInflight < ack.ReceiveMaximum ? (ushort)options.MaxInflight : null,
                ServerKeepAlive = ack.ServerKeepAlive ?? keepAlive,
            });
            start.KeepAlive = Seconds(ack.ServerKeepAlive ?? keepAlive ?? start.Connect.KeepAlive);
        }
        else
        {
            ack.Write(answer, default);
            start.KeepAlive = Seconds(KeepAliveOf(start) ?? start.Connect.KeepAlive);
        }

        start.Expiry = ack.SessionExpiry ?? start.Connect.SessionExpiry ?? 0;
        return new ConnAckFacts(ack.Code, ack.AssignedClientId, ack.SessionPresent);
    }

    private async ValueTask<bool> HoldAsync(SessionStart start, ConnAckFacts ack)
    {
        MqttConnect connect = start.Connect;
        ClientIdLife life = connect.Version == MqttVersion.V5 ? ClientIdLife.OfV5(start.Expiry) : ClientIdLife.OfV3(connect.CleanStart);
        if (start.Claim is not null)
        {
            return await start.Claim.AcceptAsync(life, CancellationToken.None);
        }

        if (ack.AssignedClientId is not { Length: > 0 } assigned)
        {
            return true;
        }

        start.ClientId = assigned;
        start.Identity.SetClientId(assigned);
        start.Records.Client = $"mqtt {start.VersionWord} client {start.ShownClientId}";
        return await connecting.ClaimAsync(start, assigned, life, CancellationToken.None) is null
            && await start.Claim!.AcceptAsync(life, CancellationToken.None); // claimed
    }

    /// <summary>The broker said no: to the client where it is its matter, to the operator where it is the gate's.</summary>
    private async Task RefusedAsync(SessionStart start, AuditSlot slot, SessionRights rights, byte code, ByteBatch answer)
    {
        bool isLogin = start.Connect.Version == MqttVersion.V5 ? code is MqttReasons.BadCredentials or MqttReasons.NotAuthorized : code is 4 or 5;
        if (isLogin && start.Options.Credentials != Words.ClientCredentials && !start.PassesAuthentication)
        {
            start.Records.Alarm(ConfigurationProblems.UpstreamCredentialRefused, "the broker refuses the gate");
            await FailAsync(start, slot, rights, "upstream_refused_credential", ConfigurationProblems.UpstreamCredentialRefused);
            return;
        }

        start.Records.Failed(slot, rights, "upstream_refused", null);
        await client.WriteAsync(answer.Written);
    }

    private async Task<BrokerLink?> FailAsync(SessionStart start, AuditSlot slot, SessionRights rights, string word, ProblemDefinition? problem)
    {
        start.Records.Failed(slot, rights, word, problem);
        await connecting.AnswerAsync(MqttReasons.ServerUnavailable);
        return null;
    }

    private async Task<bool> PassAuthAsync(BrokerLink link, CancellationToken deadline)
    {
        while (true)
        {
            MqttFraming framing = MqttFrame.TryRead(client.Received.Span, MqttSide.Client, MqttVersion.V5, 128 * 1024, out MqttFrame frame, out _);
            if (framing == MqttFraming.Complete)
            {
                if (frame.Type != MqttPacketType.Auth
                    || !MqttAuth.TryParse(client.Received.Span.Slice(frame.HeaderLength, frame.Length), MqttVersion.V5, MqttSide.Client, out _, out _))
                {
                    return false;
                }

                bool isSent = await link.SendAsync(client.Received[..frame.TotalLength]);
                client.Consume(frame.TotalLength);
                return isSent;
            }

            if (framing == MqttFraming.Refused)
            {
                return false;
            }

            try
            {
                if (await client.MoreAsync(deadline) == 0)
                {
                    return false;
                }
            }
            catch (Exception fault) when (fault is OperationCanceledException or IOException)
            {
                return false;
            }
        }
    }

    private MqttConnectChange ChangeOf(SessionStart start)
    {
        string credentials = start.Options.Credentials;
        UpstreamIdentity? own = credentials == Words.NoCredentials ? model.Model.Upstream.Identity : null;
        bool isClients = credentials == Words.ClientCredentials;
        return new MqttConnectChange
        {
            Username = credentials == Words.UserNameOnly ? start.Identity.Principal.Name : isClients ? start.NameForBroker : own?.User,
            Password = PasswordOf(start, own, isClients),
            KeepAlive = KeepAliveOf(start),
            RemovesAuthentication = !start.PassesAuthentication,
        };
    }

    // Null where the client's own may stay.
    private static ushort? KeepAliveOf(SessionStart start)
    {
        var most = (ushort)start.Options.MaxKeepAlive.TotalSeconds;
        return most < ushort.MaxValue && (start.Connect.KeepAlive == 0 || start.Connect.KeepAlive > most) ? most : null;
    }

    private static byte[]? PasswordOf(SessionStart start, UpstreamIdentity? own, bool isClients)
    {
        if (own?.User is not null)
        {
            return own.Password.ToArray();
        }

        return isClients ? start.Connect.Password : null;
    }

    private static TimeSpan Seconds(ushort keepAlive) => TimeSpan.FromSeconds(keepAlive == 0 ? ushort.MaxValue : keepAlive);

    private ProxyHeaderFacts Facts() => new()
    {
        Source = facts.Connection.Source,
        Destination = listener,
        TlsVersion = facts.Secured is not { } tls ? null : tls.Protocol == System.Security.Authentication.SslProtocols.Tls13 ? "TLSv1.3" : "TLSv1.2",
        CommonName = facts.ClientCertificate is { } certificate ? Realms.ConnectionIdentity.FindCommonName(certificate) : null,
        HasCertificate = facts.ClientCertificate is not null,
        ServerName = facts.ServerName,
    };

    private readonly record struct ConnAckFacts(byte Code, string? AssignedClientId, bool SessionPresent);
}
