using System.Collections.Immutable;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Ipfs.Kubo;

/// <summary>One Kubo node.</summary>
internal sealed class KuboSubject : Subject
{
    /// <summary>The first version that knows <c>API.Authorizations</c>; older ones ignore it.</summary>
    public const string FirstWithAuthorizations = "0.25.0";

    /// <inheritdoc/>
    public override string System => "kubo";

    /// <inheritdoc/>
    public override IEnumerable<BlindSpot> Blind => ConfigReading.BlindSpots(File, Blindness, Layers);

    /// <inheritdoc/>
    public override IEnumerable<string> Used => Launches.Select(static launch => launch.Place);

    /// <summary>Its <c>config</c> as a path of this host, or null where it cannot be told.</summary>
    public required string? File { get; init; }

    /// <summary>Its repository's folder, or null.</summary>
    public string? Folder => Path.GetDirectoryName(File);

    /// <summary>What the file says.</summary>
    public SettingTree Settings { get; init; } = SettingTree.Empty;

    /// <summary>Why its settings cannot be told, or null.</summary>
    public Observation? Blindness { get; init; }

    /// <summary>What starts it, a process first.</summary>
    public ImmutableArray<Launch> Launches { get; init; } = [];

    /// <summary>The number of its repository's format, or null.</summary>
    public int? RepositoryVersion { get; init; }

    /// <summary>Users of the RPC API.</summary>
    public Setting Authorizations => At("API", "Authorizations");

    /// <summary>Whether this version heeds <see cref="Authorizations"/>; null where its version cannot be told.</summary>
    /// <remarks>Formats up to 14 belong to versions before 0.23, formats from 16 on to versions after 0.25.</remarks>
    public bool? HeedsAuthorizations => ReleaseName.IsBefore(Version, FirstWithAuthorizations) is { } isOld ? !isOld : RepositoryVersion switch { <= 14 => false, >= 16 => true, _ => null };

    /// <summary>The setting in force under names, which count in any case.</summary>
    public Setting At(params ReadOnlySpan<string> names) => Settings.At(names);

    /// <summary>A setting, or what it would stand in.</summary>
    public Setting Near(Setting setting) => Settings.Near(setting);

    /// <summary>Where the RPC API listens: <c>--api</c> stands above the file. Null where it cannot be told.</summary>
    public ImmutableArray<(ServiceAddress Address, Evidence Place)>? Api()
    {
        (Launch Launch, string Value)[] options = [.. Launches.Select(static l => (l, CommandLine.Value(l.Arguments, "api"))).Where(static o => o.Item2 is { Length: > 0 }).Select(static o => (o.l, o.Item2!))]; // filtered
        return options.Length > 0
            ? [.. options.Select(static o => (ServiceAddress.Parse(o.Value), o.Launch.Show($"--api {o.Value}")))]
            : Placed(At("Addresses", "API"));
    }

    /// <summary>Where the gateway listens; null where it cannot be told.</summary>
    public ImmutableArray<(ServiceAddress Address, Evidence Place)>? Gateway() => Placed(At("Addresses", "Gateway"));

    /// <summary>Where others than this host reach one of them: by its configuration, or by a socket that the process has in spite of it.</summary>
    public ImmutableArray<Evidence> Exposures(ImmutableArray<(ServiceAddress Address, Evidence Place)> addresses)
    {
        Evidence[] said = [.. addresses.Where(static a => a.Address.IsExposed).Select(static a => a.Place)];
        HashSet<int> ports = [.. addresses.Where(static a => !a.Address.IsExposed && a.Address.Port > 0).Select(static a => a.Address.Port)];
        ports.ExceptWith(addresses.Where(static a => a.Address.IsExposed).Select(static a => a.Address.Port));
        return
        [
            .. said,
            .. ProcessSockets.Of(Process, Host).Where(socket => !socket.IsUdp && socket.IsExposed && ports.Contains(socket.EndPoint.Port))
                .Select(socket => Shown.Of(socket, $"{Process!.Place} listens here")), // the sockets are its
        ];
    }

    private static ImmutableArray<(ServiceAddress Address, Evidence Place)>? Placed(Setting setting) =>
        ServiceAddress.Read(setting) is { } found ? [.. found.Select(static a => (a.Address, Shown.Of(a.Setting)))] : null;
}
