using System.Collections.Immutable;
using System.Net;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Ignite.Checks;

/// <summary>The numbers of a node's ports, and whether it really listens as its file says.</summary>
internal static class PortChecks
{
    /// <summary>The port of REST with TLS where nothing sets one.</summary>
    public const int DefaultSecureRest = 10400;

    private const int Lowest = 1024;

    /// <summary>Its rules.</summary>
    public static ImmutableArray<Rule<IgniteSubject>> All { get; } =
    [
        Scope.Node("IGN-PORT-001", HasImpossiblePorts),
        Scope.Node("IGN-RUN-003", ListensOtherwise),
    ];

    private static IEnumerable<Observation> HasImpossiblePorts(IgniteSubject subject, IgniteFile file)
    {
        ImmutableArray<Door> doors = Doors(file);
        foreach (Door door in doors.Where(static door => door.Number is null))
        {
            yield return file.Unsure(door.Setting);
        }

        foreach (Door door in doors.Where(static door => door.Number is < Lowest or > IPEndPoint.MaxPort))
        {
            yield return Observation.Of($"port {door.Number} of {door.Words} is not within {Lowest} and {IPEndPoint.MaxPort}, and a node does not start with it", file.Show(door.Setting));
        }

        foreach (IGrouping<long?, Door> same in doors.Where(static door => door.Number is not null && door.IsOpen).GroupBy(static door => door.Number))
        {
            if (same.Count() > 1)
            {
                yield return Observation.Of(
                    $"{string.Join(" and ", same.Select(static door => door.Words))} have one port, {same.Key}", [.. same.Select(door => file.Show(door.Setting))]);
            }
        }
    }

    // Sockets of a process are what is open now; the file is what will be open after the next start.
    private static IEnumerable<Observation> ListensOtherwise(IgniteSubject subject, IgniteFile file)
    {
        if (subject.Process is not { } process)
        {
            yield break;
        }

        ImmutableArray<SocketFact> sockets = [.. process.Sockets.Where(static socket => !socket.IsUdp)];
        if (sockets.IsEmpty)
        {
            yield return new Observation("the sockets of the node's process may not be seen, so they are not compared with its file", [Shown.Of(process, "its sockets are not seen")]) { IsUnknown = true };
            yield break;
        }

        foreach (Door door in Doors(file))
        {
            SocketFact? socket = sockets.FirstOrDefault(socket => socket.EndPoint.Port == door.Number);
            if (door.IsOpen && door.Number is not null && socket is null)
            {
                yield return Observation.Of($"the file sets port {door.Number} for {door.Words}, and the process does not listen on it: it began with another configuration", file.Show(door.Setting), Shown.Of(process, Listed(sockets)));
            }
            else if (!door.IsOpen && socket is not null)
            {
                yield return Observation.Of($"the file closes the plain port of {door.Words}, and the process listens on it: it began with another configuration", file.Show(door.Setting), Shown.Of(socket, $"{process.Place} listens"));
            }
            else if (socket is not null && door.Channel is { } channel && Reaches.Of(file, channel) == Reach.Private && Reaches.IsOpen(socket.EndPoint.Address))
            {
                yield return Observation.Of($"the file gives {door.Words} private addresses, and the process listens on `{socket.EndPoint}`: it began with another configuration", file.Show(channel.Key("listenAddresses")), Shown.Of(socket, $"{process.Place} listens"));
            }
        }
    }

    private static string Listed(ImmutableArray<SocketFact> sockets) => $"listens on {string.Join(", ", sockets.Select(static socket => socket.EndPoint.Port).Distinct().Order())}";

    private static ImmutableArray<Door> Doors(IgniteFile file)
    {
        IgniteChannel rest = IgniteChannel.Rest;
        bool? isTls = rest.IsTls(file);
        bool? isBoth = file.Flag(rest.Key("dualProtocol"));
        Setting secure = file.At(rest.Tls("port"));
        ImmutableArray<Door> doors = [Of(file, IgniteChannel.Network), Of(file, IgniteChannel.Client)];
        if (isTls is not null && isBoth is not null)
        {
            // With TLS alone the plain port is not opened.
            doors = doors.Add(new Door(rest.Words, rest.Port(file), rest.PortOf(file), null, IsOpen: !isTls.Value || isBoth.Value));
        }

        return isTls == true ? doors.Add(new Door("REST over TLS", secure, IgniteFile.NumberOf(secure, DefaultSecureRest), null, IsOpen: true)) : doors;
    }

    private static Door Of(IgniteFile file, IgniteChannel channel) => new(channel.Words, channel.Port(file), channel.PortOf(file), channel, IsOpen: true);

    private sealed record Door(string Words, Setting Setting, long? Number, IgniteChannel? Channel, bool IsOpen);
}
