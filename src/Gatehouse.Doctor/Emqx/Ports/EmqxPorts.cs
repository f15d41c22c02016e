using System.Collections.Immutable;
using System.Net;
using Gatehouse.Doctor.Emqx.Checks;
using Gatehouse.Doctor.Emqx.Reading;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Ports;
using Gatehouse.Doctor.Probes;
using Gatehouse.Doctor.Probes.Mqtt;
using Gatehouse.Doctor.Rules;

namespace Gatehouse.Doctor.Emqx.Ports;

/// <summary>Asks the ports of a broker: for clients, for administrators, and between nodes.</summary>
internal static class EmqxPorts
{
    /// <summary>Asks all of them.</summary>
    public static async Task<ProbedSubject> AskAsync(EmqxSubject emqx, Prober prober, CancellationToken cancellation)
    {
        var notes = new PortNotes(emqx);
        IEnumerable<(string, Func<Task>)> clients =
            from listener in ListenerChecks.On(emqx)
            where listener.Kind is "tcp" or "ssl" && emqx.Flag($"{listener.Path}.proxy_protocol", false) != true // such a listener takes a client's word only behind a header
            let door = Door.At(emqx, prober, listener.Bind?.Port ?? EmqxListener.DefaultPort(listener.Kind))
            where door is not null
            select ("AUN-001", (Func<Task>)(() => AskListenerAsync(emqx, notes, prober, listener, door, cancellation)));
        await notes.AskAsync(
        [
            .. clients,
            ("ERL-016", () => BetweenNodes.AskAsync(emqx, notes, prober, cancellation)),
            ("DSH-002", () => DashboardPorts.AskAsync(emqx, notes, prober, cancellation)),
        ]);
        return notes.Result;
    }

    private static async Task AskListenerAsync(EmqxSubject emqx, PortNotes notes, Prober prober, EmqxListener listener, Door door, CancellationToken cancellation)
    {
        (IPEndPoint Target, TlsAnswer? Tls, bool? IsLetIn)[] answers = await Task.WhenAll(door.EndPoints.Select(async target => await AskAsync(prober, target, listener.IsTls, cancellation)));
        IPEndPoint[] open = [.. answers.Where(static a => a.IsLetIn == true).Select(static a => a.Target)];
        if (open.Length > 0)
        {
            bool isExposed = open.Any(static e => !Door.IsLoopback(e.Address));
            notes.Found(
                "AUN-001", isExposed ? Severity.Critical : Severity.Medium, $"{listener.Title} let a client in that had neither user nor password",
                [.. open.Select(static e => PortNotes.At(e, "CONNECT without user and password: accepted"))]);
        }

        notes.Made("LIS-001");
        IPEndPoint[] plain = [.. answers.Where(a => listener.IsTls && a is { Tls: { SpeaksTls: false }, IsLetIn: not null }).Select(static a => a.Target)];
        if (plain.Length > 0)
        {
            notes.Found(
                "LIS-001", plain.Any(static e => !Door.IsLoopback(e.Address)) ? Severity.High : Severity.Low, $"by the files {listener.Title} speaks TLS, and the port answers MQTT in clear: the broker runs with others than these",
                [.. plain.Select(static e => PortNotes.At(e, "MQTT in clear")), emqx.Place(listener.Node)]);
        }

        if (answers.FirstOrDefault(static a => a.Tls?.Certificate is not null) is { Tls: { } tls, Target: { } target })
        {
            LiveCertificate.Note(notes, "LIS-013", target, listener.Title, tls);
        }

        Gates.Note(notes, "GATE-001", door, listener.Title, answers.Where(static a => a.IsLetIn is not null || a.Tls is { SpeaksTls: true }).Select(static a => a.Target));
    }

    private static async Task<(IPEndPoint Target, TlsAnswer? Tls, bool? IsLetIn)> AskAsync(Prober prober, IPEndPoint target, bool isTls, CancellationToken cancellation)
    {
        if (!isTls)
        {
            return (target, null, await ConnectAsync(prober, target, cancellation));
        }

        await using ProbeConnection? connection = await prober.ConnectAsync(target, cancellation);
        if (connection is null)
        {
            return (target, null, null);
        }

        TlsAnswer tls = await connection.SecureAsync(TlsAsk.Any, cancellation);
        return tls.Verdict switch
        {
            TlsVerdict.Tls => (target, tls, await AnonymousConnect.AskAsync(connection, cancellation)),
            TlsVerdict.NotTls or TlsVerdict.Closed or TlsVerdict.NoAnswer => (target, tls, await ConnectAsync(prober, target, cancellation)),
            _ => (target, tls, null),
        };
    }

    private static async Task<bool?> ConnectAsync(Prober prober, IPEndPoint target, CancellationToken cancellation)
    {
        await using ProbeConnection? connection = await prober.ConnectAsync(target, cancellation);
        return connection is null ? null : await AnonymousConnect.AskAsync(connection, cancellation);
    }
}
