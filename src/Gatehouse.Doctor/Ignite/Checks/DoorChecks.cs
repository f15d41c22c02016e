using System.Collections.Immutable;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;
using Gatehouse.Doctor.Texts.Compose;

namespace Gatehouse.Doctor.Ignite.Checks;

/// <summary>What all doors of a node are asked.</summary>
internal static class DoorChecks
{
    /// <summary>Who reaches a door, by its file, by the sockets that its process has open, and by what is published of its container.</summary>
    public static Reach ReachOf(IgniteSubject subject, IgniteFile file, IgniteChannel channel) =>
        Reaches.Live(subject, channel.PortOf(file)).Any() ? Reach.Exposed
        : subject.Published is { } ports ? (Published(ports, file, channel).Any() ? Reach.Exposed : Reach.Private)
        : Reaches.Of(file, channel);

    /// <summary>Where it is seen who reaches a door.</summary>
    public static ImmutableArray<Evidence> ShowReach(IgniteSubject subject, IgniteFile file, IgniteChannel channel)
    {
        ImmutableArray<Evidence> live = [.. Reaches.Live(subject, channel.PortOf(file)).Select(socket => Shown.Of(socket, $"{subject.Process?.Place} listens"))];
        ImmutableArray<Evidence> published =
        [
            .. Published(subject.Published ?? [], file, channel).Select(Show),
        ];
        return [.. published, file.Show(channel == IgniteChannel.Rest ? channel.Key("port") : channel.Key("listenAddresses")), .. live];
    }

    /// <summary>TLS is off: worse where everybody reaches the door.</summary>
    public static IEnumerable<Observation> HasNoTls(IgniteSubject subject, IgniteFile file, IgniteChannel channel, bool isWorse, string consequence)
    {
        string path = channel.Tls("enabled");
        if (channel.IsTls(file) is not { } isTls)
        {
            yield return file.Unsure(path);
        }
        else if (!isTls)
        {
            Severity severity = isWorse && ReachOf(subject, file, channel) == Reach.Exposed ? Severity.Critical : Severity.High;
            yield return Observation.Of(severity, $"TLS of {channel.Words} is off: {consequence}", file.Show(path));
        }
    }

    /// <summary>Everybody reaches the door.</summary>
    /// <param name="subject">The node.</param>
    /// <param name="file">Its file.</param>
    /// <param name="channel">The door.</param>
    /// <param name="consequence">What that means.</param>
    /// <param name="isShut">Whether strangers are sent away there, and it is only worth knowing.</param>
    public static IEnumerable<Observation> IsExposed(IgniteSubject subject, IgniteFile file, IgniteChannel channel, string consequence, bool isShut = false)
    {
        Setting addresses = file.At(channel.Key("listenAddresses"));
        switch (ReachOf(subject, file, channel))
        {
            case Reach.Exposed:
                bool isByFile = Reaches.Of(file, channel) == Reach.Exposed;
                string how = subject.Published is not null ? "its port is published on an address that other networks reach"
                    : !isByFile ? "it listens on an address that other networks reach, whatever its file says"
                    : !IgniteFile.IsGiven(addresses) || addresses.Children.IsEmpty ? "it listens on every interface, as no address is set"
                    : "its addresses are reached from other networks";
                yield return Observation.Of($"{channel.Words}: {how}; {consequence}", ShowReach(subject, file, channel)) with { Severity = isShut ? Severity.Info : null };
                break;
            case Reach.Unknown when file.Texts(channel.Key("listenAddresses")) is { } names:
                string name = names.First(static address => Reaches.Of(address) == Reach.Unknown);
                yield return new Observation($"which address `{name}` is, is not asked of any name server, so who reaches {channel.Words} cannot be told", [file.Show(addresses)]) { IsUnknown = true };
                break;
            case Reach.Unknown:
                yield return file.Unsure(addresses);
                break;
            default:
                break;
        }
    }

    /// <summary>Where a port of the container is published on an address that other networks reach.</summary>
    public static ImmutableArray<Evidence> PublishedPorts(IgniteSubject subject, int port) => [.. Published(subject.Published ?? [], $"{port}").Select(Show)];

    private static Evidence Show(ComposePort port) => new(EvidenceKind.File, port.Origin.Source, $"ports: {port.Published}:{port.Target}", port.Origin.Line, port.Origin.Column);

    // Ranges of ports are compared by their text: a node has one port.
    private static IEnumerable<ComposePort> Published(ImmutableArray<ComposePort> ports, IgniteFile file, IgniteChannel channel) =>
        Published(ports, $"{channel.PortOf(file)}");

    private static IEnumerable<ComposePort> Published(ImmutableArray<ComposePort> ports, string target) =>
        ports.Where(port => port.Protocol == "tcp" && port.Target == target && Reaches.Of(port.Host) != Reach.Private);

    /// <summary>A switch that should not be on.</summary>
    public static IEnumerable<Observation> IsOn(IgniteFile file, string path, string text)
    {
        if (file.Flag(path) is not { } isOn)
        {
            yield return file.Unsure(path);
        }
        else if (isOn)
        {
            yield return Observation.Of(text, file.Show(path));
        }
    }
}
