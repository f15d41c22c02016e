using System.Net.Security;
using System.Security.Authentication;
using System.Text;
using Gatehouse.Audit;
using Gatehouse.Engine.Admission;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Listeners.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Listeners;

/// <summary>Step 3 of one listener: handshake within its deadline, then the rest of the connection over clear-text pipes.</summary>
internal sealed class TlsStep(
    ListenerSettings settings,
    ICertificateSource certificates,
    AdmissionControl admission,
    TimeProvider time,
    ILogger logger,
    ConnectionDelegate next)
{
    private const byte HandshakeRecord = 0x16;

    private static readonly byte[] PlainHttpAnswer = Encoding.ASCII.GetBytes(
        "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 21\r\nConnection: close\r\n\r\nthis port speaks TLS\n");

    private readonly TlsHandshake _handshake = new(settings, certificates, admission.IsRevoked);

    /// <summary>Runs the connection to its end.</summary>
    public async Task RunAsync(ConnectionContext connection, Admitted admitted, GateConnection live)
    {
        ClientStream stream = ClientStream.Of(connection);
        await using var tls = new SslStream(stream, leaveInnerStreamOpen: true);
        Secured? secured = await HandshakeAsync(connection, stream, tls, live);
        admitted.EndHandshake();
        if (secured is null)
        {
            return;
        }

        Interlocked.Increment(ref admission.Counters.HandshakesDoneTotal);
        if (settings.IsSparing)
        {
            stream.Spare();
            TlsMemory.Spare(tls, isSparing: true);
        }

        var features = new TlsFeatures(secured);
        connection.Features.Set<ITlsHandshakeFeature>(features);
        connection.Features.Set<ITlsConnectionFeature>(features);
        connection.Features.Set<ITlsApplicationProtocolFeature>(features);
        connection.Features.Set<IGateConnectionFeature>(new GateConnectionFeature(live, secured));
        if (settings.TakeStream is { } take && secured.ApplicationProtocol != SslApplicationProtocol.Http2)
        {
            await take(connection, tls);
            await TlsShutdown.SendAsync(tls);
            return;
        }

        await using var pipe = new SecuredPipe(tls);
        connection.Transport = pipe;
        await next(connection);
    }

    // Null: refused, recorded, and the connection is at its end.
    private async Task<Secured?> HandshakeAsync(ConnectionContext connection, ClientStream stream, SslStream tls, GateConnection live)
    {
        TlsHandshake.Attempt attempt = _handshake.Begin();
        using var deadline = new CancellationTokenSource(settings.Limits.HandshakeTimeout, time);
        string reason;
        string? detail = null;
        try
        {
            string? notTls = await PeekAsync(stream, deadline.Token);
            if (notTls is null)
            {
                Secured secured = await _handshake.RunAsync(tls, attempt, deadline.Token);
                live.Standing = secured.ClientCertificate is not null && attempt.Check is { } check
                    ? now => check.Stands(certificates.ClientAuthorities, now)
                    : null;
                return secured;
            }

            reason = notTls;
        }
        catch (OperationCanceledException)
        {
            reason = RefusalReasons.HandshakeTimeout;
        }
        catch (AuthenticationException fault)
        {
            reason = attempt.Check switch
            {
                { IsMissing: true } => RefusalReasons.CertificateMissing,
                { IsRefused: true } => RefusalReasons.CertificateRefused,
                _ => RefusalReasons.HandshakeFailed,
            };
            detail = (fault.InnerException ?? fault).Message;
        }
        catch (IOException)
        {
            reason = RefusalReasons.HandshakeAborted;
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // Hostile bytes: whatever the TLS library throws on them is a failed handshake, and it has its record.
            reason = RefusalReasons.HandshakeFailed;
            detail = $"{fault.GetType().Name}: {fault.Message}";
        }

        await RefuseAsync(connection, stream, live, reason, detail);
        return null;
    }

    private async Task RefuseAsync(ConnectionContext connection, ClientStream stream, GateConnection live, string reason, string? detail)
    {
        Interlocked.Increment(ref admission.Counters.HandshakesFailedTotal);
        Log.HandshakeFailed(logger, live.Source, settings.Gate, reason);

        // What was cut by the registry has its record already.
        if (live.CutReason is null)
        {
            admission.Refusals.Record(AuditAction.TlsFailed, settings.Gate, live.Source, reason, OneLine(detail), live.Id);
        }

        if (reason is RefusalReasons.HandshakeTimeout or RefusalReasons.HandshakeAborted or RefusalReasons.NotTls)
        {
            connection.Abort(new ConnectionAbortedException(reason));
            return;
        }

        // The alert, or the answer to clear-text HTTP, is on its way; the transport sends it and closes.
        await stream.FlushAsync(CancellationToken.None);
    }

    // The first byte tells TLS from anything else; it stays in the stream for the handshake.
    private async ValueTask<string?> PeekAsync(ClientStream stream, CancellationToken deadline)
    {
        // Behind a PROXY header it may be there already.
        if (stream.Peeked.IsEmpty && !await stream.PeekMoreAsync(1, deadline))
        {
            return RefusalReasons.HandshakeAborted;
        }

        byte first = stream.Peeked[0];
        if (first == HandshakeRecord)
        {
            return null;
        }

        // A method's first letter: the usual mistake of `http://` for `https://` deserves an answer.
        if (first is < (byte)'A' or > (byte)'Z' || settings.ApplicationProtocols.IsDefaultOrEmpty)
        {
            return RefusalReasons.NotTls;
        }

        await stream.WriteAsync(PlainHttpAnswer, deadline);
        await stream.FlushAsync(deadline);
        return RefusalReasons.PlainHttp;
    }

    private static string? OneLine(string? text) =>
        text is null ? null : string.Create(Math.Min(text.Length, 200), text, static (span, source) =>
        {
            for (int i = 0; i < span.Length; i++)
            {
                span[i] = char.IsControl(source[i]) ? ' ' : source[i];
            }
        });
}
