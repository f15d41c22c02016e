using System.Net;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Ignite.Checks;
using Gatehouse.Doctor.Ports;
using Gatehouse.Doctor.Probes;
using Gatehouse.Doctor.Rules;

namespace Gatehouse.Doctor.Ignite.Ports;

/// <summary>
/// Asks the three doors of a node: with a thin client's handshake, a <c>GET</c> of REST, and a TLS handshake. Without and then, once, with the user that
/// every installation begins with.
/// </summary>
internal static class IgnitePorts
{
    private const string User = "ignite";
    private const string Password = "ignite";
    private const string State = "/management/v1/cluster/state";

    /// <summary>Asks all of them.</summary>
    public static async Task<ProbedSubject> AskAsync(IgniteSubject node, Prober prober, CancellationToken cancellation)
    {
        var notes = new PortNotes(node);
        IgniteFile? file = node.Node is { Fault: null } read ? read : null;
        await notes.AskAsync(
            ("IGN-SEC-001", () => AskClientPortAsync(notes, prober, file, cancellation)),
            ("IGN-SEC-001", () => AskRestAsync(notes, prober, file, cancellation)),
            ("IGN-NET-002", () => AskNetworkAsync(notes, prober, file, cancellation)));
        return notes.Result;
    }

    private static Door? DoorOf(PortNotes notes, Prober prober, IgniteFile? file, IgniteChannel channel) =>
        (file is null ? channel.DefaultPort : channel.PortOf(file)) is > 0 and <= IPEndPoint.MaxPort and var port ? Door.At(notes.Subject, prober, (int)port) : null;

    private static async Task AskClientPortAsync(PortNotes notes, Prober prober, IgniteFile? file, CancellationToken cancellation)
    {
        if (DoorOf(notes, prober, file, IgniteChannel.Client) is not { } door)
        {
            return;
        }

        bool? isTlsSet = file is null ? null : IgniteChannel.Client.IsTls(file);
        (IPEndPoint Target, IgniteVerdict Verdict, TlsAnswer? Tls)[] answers = await Task.WhenAll(door.EndPoints.Select(target => GreetAsync(prober, target, isTlsSet == true, null, cancellation)));
        (IPEndPoint Target, IgniteVerdict Verdict, TlsAnswer? Tls)[] spoke = [.. answers.Where(static a => a.Verdict != IgniteVerdict.Unknown || a.Tls is { SpeaksTls: true })];
        Gates.Note(notes, "GATE-001", door, "the client port", spoke.Select(static a => a.Target));
        NoteOpen(notes, "the client port", [.. spoke.Where(static a => a.Verdict == IgniteVerdict.LetIn).Select(static a => a.Target)]);
        if (spoke.Length == 0)
        {
            return;
        }

        (IPEndPoint target, IgniteVerdict verdict, TlsAnswer? tls) = spoke[0];
        NoteSpeech(notes, file, IgniteChannel.Client, target, isTlsSet, tls);
        if (verdict == IgniteVerdict.Refused && prober.Tried is { } tried
            && await notes.TryAsync("IGN-SEC-003", target, tried, door.Owner, User, async () => (await GreetAsync(prober, target, tls is not null, User, cancellation)).Verdict switch
            {
                IgniteVerdict.LetIn => true,
                IgniteVerdict.Refused => false,
                _ => null,
            }) == true)
        {
            NoteDefaultUser(notes, target, "handshake");
        }
    }

    private static async Task AskRestAsync(PortNotes notes, Prober prober, IgniteFile? file, CancellationToken cancellation)
    {
        bool isTlsSet = file is not null && IgniteChannel.Rest.IsTls(file) == true;
        long secure = (file is null ? null : IgniteFile.NumberOf(file.At(IgniteChannel.Rest.Tls("port")), PortChecks.DefaultSecureRest)) ?? PortChecks.DefaultSecureRest;
        Door?[] doors = [DoorOf(notes, prober, file, IgniteChannel.Rest), isTlsSet && secure is > 0 and <= IPEndPoint.MaxPort ? Door.At(notes.Subject, prober, (int)secure) : null];
        await Task.WhenAll(doors.OfType<Door>().Select(door => AskRestAsync(notes, prober, file, door, isTlsSet && door.Port == secure, cancellation)));
    }

    private static async Task AskRestAsync(PortNotes notes, Prober prober, IgniteFile? file, Door door, bool isTls, CancellationToken cancellation)
    {
        var question = new HttpQuestion(door.EndPoints[0], "GET", State);
        HttpDoor[] open = [.. (await Task.WhenAll(door.EndPoints.Select(target => HttpDoor.OpenAsync(prober, target, question, isTls, cancellation)))).OfType<HttpDoor>().Where(static d => IsNode(d.First))];
        Gates.Note(notes, "GATE-001", door, "REST", open.Select(static d => d.Target));
        NoteOpen(notes, "REST", [.. open.Where(static d => d.First.Status == 200).Select(static d => d.Target)]);
        IPEndPoint[] newborn = [.. open.Where(static d => d.First.Status == 409).Select(static d => d.Target)];
        if (newborn.Length > 0)
        {
            notes.Found(
                "IGN-SEC-001", newborn.Any(static e => !Door.IsLoopback(e.Address)) ? Severity.Critical : Severity.Medium, "the cluster is not initialized: whoever reaches REST first decides its configuration, users among it",
                [.. newborn.Select(static e => PortNotes.At(e, $"GET {State} without credentials: 409"))]);
        }

        if (open.FirstOrDefault() is not { } first)
        {
            return;
        }

        NoteSpeech(notes, file, IgniteChannel.Rest, first.Target, isTls ? true : null, first.Tls);
        // One attempt at a node: where there is a client port, it is made there.
        bool isOnlyDoor = DoorOf(notes, prober, file, IgniteChannel.Client) is null;
        if (isOnlyDoor && first.First.Status == 401 && prober.Tried is { } tried && await notes.TryAsync("IGN-SEC-003", first.Target, tried, door.Owner, User, async () =>
            await first.AskAsync(new HttpQuestion(first.Target, "GET", State).As(User, Password), cancellation) is { } answer ? answer.Status is 200 or 409 : null) == true)
        {
            NoteDefaultUser(notes, first.Target, $"GET {State}");
        }
    }

    // Other nodes speak a protocol of their own: where the file has no TLS nothing is said there.
    private static async Task AskNetworkAsync(PortNotes notes, Prober prober, IgniteFile? file, CancellationToken cancellation)
    {
        if (file is null || IgniteChannel.Network.IsTls(file) != true || DoorOf(notes, prober, file, IgniteChannel.Network) is not { } door)
        {
            return;
        }

        TlsAnswer[] answers = await Task.WhenAll(door.EndPoints.Select(target => prober.TlsAsync(target, TlsAsk.Any, cancellation)));
        foreach ((IPEndPoint target, TlsAnswer tls) in door.EndPoints.Zip(answers).Where(static a => a.Second.Verdict is TlsVerdict.Tls or TlsVerdict.NotTls or TlsVerdict.Refused).Take(1))
        {
            NoteSpeech(notes, file, IgniteChannel.Network, target, isTlsSet: true, tls.SpeaksTls ? tls : null);
            if (tls is { Verdict: TlsVerdict.Tls, AsksCertificate: true, Refuses: false })
            {
                notes.Undecided("IGN-NET-002", LiveCertificate.Asked, PortNotes.At(target, "TLS that asks for a certificate and goes on without one"));
            }
            else if (tls is { Verdict: TlsVerdict.Tls, AsksCertificate: false })
            {
                notes.Found(
                    "IGN-NET-002", door.IsExposed ? Severity.Critical : Severity.High, "the port for nodes makes a TLS connection with anybody: it asks for no certificate",
                    PortNotes.At(target, "TLS without a certificate of the caller"));
            }
        }
    }

    private static async Task<(IPEndPoint Target, IgniteVerdict Verdict, TlsAnswer? Tls)> GreetAsync(Prober prober, IPEndPoint target, bool isTls, string? user, CancellationToken cancellation)
    {
        await using ProbeConnection? connection = await prober.ConnectAsync(target, cancellation);
        if (connection is null)
        {
            return (target, IgniteVerdict.Unknown, null);
        }

        if (isTls)
        {
            TlsAnswer tls = await connection.SecureAsync(TlsAsk.Any, cancellation);
            return tls.SpeaksTls
                ? (target, tls.Verdict == TlsVerdict.Tls ? await IgniteQuestion.AskAsync(connection, user, Password, cancellation) : IgniteVerdict.Unknown, tls)
                : await GreetAsync(prober, target, isTls: false, user, cancellation);
        }

        return (target, await IgniteQuestion.AskAsync(connection, user, Password, cancellation), null);
    }

    private static void NoteOpen(PortNotes notes, string what, IPEndPoint[] open)
    {
        if (open.Length > 0)
        {
            bool isExposed = open.Any(static e => !Door.IsLoopback(e.Address));
            notes.Found(
                "IGN-SEC-001", isExposed ? Severity.Critical : Severity.High, $"{what} let somebody in without user and password",
                [.. open.Select(e => PortNotes.At(e, $"{what} without credentials: let in"))]);
        }
    }

    private static void NoteDefaultUser(PortNotes notes, IPEndPoint target, string how) =>
        notes.Found("IGN-SEC-003", Severity.Critical, $"the node let the user `{User}` in with the password that every installation begins with", PortNotes.At(target, $"{how} as {User}: let in"));

    // What a port speaks against what the file says, and the certificate that it shows.
    private static void NoteSpeech(PortNotes notes, IgniteFile? file, IgniteChannel channel, IPEndPoint target, bool? isTlsSet, TlsAnswer? tls)
    {
        notes.Made("IGN-RUN-003");
        if (isTlsSet == true && tls is null && file is not null)
        {
            notes.Found("IGN-RUN-003", Severity.High, $"the file has TLS on for {channel.Words}, and the port answers in clear: the node began with another configuration", PortNotes.At(target, "answers in clear"), file.Show(channel.Tls("enabled")));
        }

        if (tls is not null)
        {
            LiveCertificate.Note(notes, "IGN-TLS-007", target, channel.Words, tls);
        }
    }

    private static bool IsNode(HttpAnswer answer) =>
        answer.Status is 200 or 401 or 409
        && (answer.Text.Contains("cmgNodes", StringComparison.Ordinal) || answer.Text.Contains("clusterTag", StringComparison.Ordinal) || answer.Text.Contains("traceId", StringComparison.Ordinal)
            || answer.Header("Content-Type")?.Contains("problem+json", StringComparison.Ordinal) == true || answer.Header("WWW-Authenticate") is not null);
}
