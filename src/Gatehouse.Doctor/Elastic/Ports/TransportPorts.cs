using System.Net;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Ports;
using Gatehouse.Doctor.Probes;

namespace Gatehouse.Doctor.Elastic.Ports;

/// <summary>
/// Asks the port for nodes. In clear text its protocol has a ping of six bytes, which every node answers with the same and forgets; over TLS
/// the handshake shows whether a certificate is asked for.
/// </summary>
internal static class TransportPorts
{
    /// <summary>The letters of the protocol, and -1 for a message without content.</summary>
    internal static ReadOnlyMemory<byte> Ping { get; } = new byte[] { (byte)'E', (byte)'S', 0xff, 0xff, 0xff, 0xff };

    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(800);

    /// <summary>Asks it at each of its addresses.</summary>
    public static async Task AskAsync(NodeSubject node, PortNotes notes, Prober prober, Door door, CancellationToken cancellation)
    {
        bool? isTlsSet = node.SpeaksTls(node.Transport).Value;
        (IPEndPoint Target, Speech Speech, TlsAnswer Tls)[] answers = await Task.WhenAll(door.EndPoints.Select(async target =>
        {
            (Speech speech, TlsAnswer tls) = await AskAsync(prober, target, isTlsSet == true, cancellation);
            return (target, speech, tls);
        }));
        (IPEndPoint Target, Speech, TlsAnswer)[] plain = [.. answers.Where(static a => a.Speech == Speech.Plain)];
        if (plain.Length > 0)
        {
            bool isExposed = plain.Any(static a => !Door.IsLoopback(a.Target.Address));
            notes.Found(
                "ES-071", isExposed ? Severity.Critical : Severity.Medium, $"the port for nodes answers in plain text{(isExposed ? "" : ", on loopback")}: whoever reaches it may be a node",
                [.. plain.Select(static a => PortNotes.At(a.Target, "answers `ES`, in plain text"))]);
            if (isTlsSet == true)
            {
                notes.Found("ES-072", Severity.Critical, $"by the settings port {door.Port} speaks TLS, and it answers in plain text: the node runs with other settings than these", [PortNotes.At(plain[0].Target, "plain transport"), .. node.SpeaksTls(node.Transport).Evidence]);
            }
        }

        (IPEndPoint Target, Speech, TlsAnswer Tls)[] open = [.. answers.Where(static a => a is { Speech: Speech.Tls, Tls: { Verdict: TlsVerdict.Tls, AsksCertificate: false } })];
        if (open.Length > 0)
        {
            notes.Found(
                "ES-071", Severity.High, "the port for nodes makes a TLS connection with anybody: it asks for no certificate",
                [.. open.Select(static a => PortNotes.At(a.Target, "TLS without a certificate of the caller"))]);
        }

        if (answers.FirstOrDefault(static a => a is { Speech: Speech.Tls, Tls: { Verdict: TlsVerdict.Tls, AsksCertificate: true, Refuses: false } }) is { Target: { } lenient })
        {
            notes.Undecided("ES-071", LiveCertificate.Asked, PortNotes.At(lenient, "TLS that asks for a certificate and goes on without one"));
        }

        if (answers.All(static a => a.Speech == Speech.None))
        {
            notes.Undecided("ES-071", $"port {door.Port} is open and answers neither in plain text nor with TLS: whom it takes for a node cannot be told", PortNotes.At(door.EndPoints[0], "no answer of a node"));
        }

        Gates.Note(notes, "GATE-001", door, "the port for nodes", answers.Where(static a => a.Speech != Speech.None).Select(static a => a.Target));
        if (answers.FirstOrDefault(static a => a.Tls.Certificate is not null) is { Tls: { } shown } first)
        {
            LiveCertificate.Note(notes, "ES-016", first.Target, "the port for nodes", shown);
        }
    }

    private static async Task<(Speech Speech, TlsAnswer Tls)> AskAsync(Prober prober, IPEndPoint target, bool isTlsExpected, CancellationToken cancellation)
    {
        if (!isTlsExpected && await IsPlainAsync(prober, target, cancellation) is var isPlain && isPlain != false)
        {
            return (isPlain == true ? Speech.Plain : Speech.None, TlsAnswer.NoAnswer);
        }

        TlsAnswer tls = await prober.TlsAsync(target, TlsAsk.Any, cancellation);
        return tls.SpeaksTls ? (Speech.Tls, tls)
            : isTlsExpected && await IsPlainAsync(prober, target, cancellation) == true ? (Speech.Plain, tls)
            : (Speech.None, tls);
    }

    // Null where nobody takes the call.
    private static async Task<bool?> IsPlainAsync(Prober prober, IPEndPoint target, CancellationToken cancellation)
    {
        await using ProbeConnection? connection = await prober.ConnectAsync(target, cancellation);
        if (connection is null)
        {
            return null;
        }

        ProbeAnswer answer = await connection.ExchangeAsync(Ping, static bytes => bytes.Length >= 2, cancellation, Patience);
        return answer.Bytes.AsSpan().StartsWith("ES"u8);
    }

    private enum Speech
    {
        None,
        Plain,
        Tls,
    }
}
