using System.Collections.Immutable;
using System.Net;
using Gatehouse.Doctor.Emqx.Reading;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;
using Gatehouse.Doctor.Texts.Compose;

namespace Gatehouse.Doctor.Emqx;

/// <summary>One installation of EMQX: what its files and environment set, what its process says, where it listens.</summary>
internal sealed class EmqxSubject : Subject
{
    /// <inheritdoc/>
    public override string System => "emqx";

    /// <inheritdoc/>
    public override IEnumerable<BlindSpot> Blind =>
        Files.Where(static file => file.Problem is not null && (file.Role.EndsWith(".conf", StringComparison.Ordinal) || file.Role.EndsWith(".hocon", StringComparison.Ordinal)))
            .Select(static file => new BlindSpot(file.Path, file.Problem!)); // filtered

    /// <inheritdoc/>
    public override IEnumerable<string> Used =>
        [.. Files.Select(static file => file.Path), .. Environment.All.Select(static variable => variable.Origin.Source), .. UnitUser?.Origin is { } unit ? [unit.Source] : Array.Empty<string>()];

    /// <summary>What is in force: files, the environment on top. What a file that could not be read may set is unknown.</summary>
    public required SettingTree Settings { get; init; }

    /// <summary>The environment that it runs or starts with.</summary>
    public required EnvironmentVariables Environment { get; init; }

    /// <summary>Where it lies.</summary>
    internal required EmqxPlaces Places { get; init; }

    /// <summary>Configuration files that were looked for and are there, read or not.</summary>
    internal ImmutableArray<EmqxFile> Files { get; init; } = [];

    /// <summary>The version, or null.</summary>
    internal EmqxRelease? Release => EmqxRelease.Parse(Version);

    /// <summary>Whether it is an enterprise build, or null.</summary>
    internal bool? IsEnterprise { get; init; }

    /// <summary>Whether it runs in a container, or would.</summary>
    internal bool IsContainer { get; init; }

    /// <summary>What its compose file publishes; null where it is no service of one, has the host's network, or where that cannot be told.</summary>
    internal ImmutableArray<ComposePort>? Published { get; init; }

    /// <summary>Arguments of the Erlang machine.</summary>
    internal ErlangFlags Flags { get; init; } = ErlangFlags.None;

    /// <summary>The user that it starts as by its unit, or null.</summary>
    internal Setting? UnitUser { get; init; }

    /// <summary>Listeners of MQTT, those there by default included.</summary>
    internal ImmutableArray<EmqxListener> Listeners => field.IsDefault ? field = ListenerReader.Of(this) : field;

    /// <summary>Rules of the file source; null where no file source is in force.</summary>
    internal AclFile? Acl => _acl.Value;

    /// <summary>Name, peers and ports between nodes.</summary>
    internal ClusterView Cluster => field ??= ClusterView.Of(this);

    /// <summary>Its cookies.</summary>
    internal EmqxCookies Cookies => field ??= EmqxCookies.Of(this);

    /// <summary>Files of certificates that something in force names.</summary>
    internal ImmutableArray<EmqxCertificate> Certificates => field.IsDefault ? field = [.. UsedCertificates.Of(this)] : field;

    private readonly Lazy<AclFile?> _acl;

    /// <summary>An installation.</summary>
    public EmqxSubject() => _acl = new Lazy<AclFile?>(() => AclReader.Of(this));

    /// <summary>A setting; never null.</summary>
    internal Setting this[string path] => Settings[path];

    /// <summary>Whether it is older than a version; null where its version is not known.</summary>
    internal bool? IsBefore(int major, int minor, int patch = 0) => Release?.IsBefore(major, minor, patch);

    /// <summary>
    /// Whether the security profile is <c>hardened</c> (6.2 and later; the default from 7.0). An Erlang machine sets what <c>-env</c> says over what it
    /// is started with. Null where the environment that would say it cannot be seen.
    /// </summary>
    internal bool? IsHardened =>
        IsBefore(6, 2) == true ? false
        : Process is null && Flags.Variable("EMQX_SECURITY_PROFILE") is { } flag ? flag.Value == "hardened"
        : Environment.Find("EMQX_SECURITY_PROFILE") is { } profile ? profile.Value is null ? null : profile.Value == "hardened"
        : IsEnvironmentHidden ? null
        : IsBefore(7, 0) == false;

    /// <summary>Whether a process runs whose environment may not be seen.</summary>
    internal bool IsEnvironmentHidden => Process is { Environment: null };

    /// <summary>A switch: what is set, or what is usual where nothing is; null where that cannot be told.</summary>
    internal bool? Flag(string path, bool? usual)
    {
        Setting setting = Settings[path];
        return setting.Kind is SettingKind.Missing or SettingKind.Null ? usual : setting.AsBoolean();
    }

    /// <summary>A word: what is set, or what is usual where nothing is; null where that cannot be told.</summary>
    internal string? Word(string path, string? usual)
    {
        Setting setting = Settings[path];
        return setting.Kind is SettingKind.Missing or SettingKind.Null ? usual : setting.Text;
    }

    /// <summary>The path under which a setting is in force for a listener: its zone's own, or the one for all.</summary>
    internal string PathFor(EmqxListener listener, string path)
    {
        string zoned = $"zones.{this[$"{listener.Path}.zone"].Text ?? "default"}.{path}";
        Setting own = this[zoned];
        return own.IsSet && (!own.IsUnknown || !this[path].IsUnknown) ? zoned : path;
    }

    /// <summary>The paths under which a setting is in force for some listener that is on, each once.</summary>
    internal ImmutableArray<string> PathsInForce(string path)
    {
        ImmutableArray<string> all = [.. Listeners.Where(static l => l.IsOn != false && l.Bind is not { Port: 0 }).Select(l => PathFor(l, path)).Distinct(StringComparer.Ordinal)];
        return all.IsEmpty ? [path] : all;
    }

    /// <summary>Where a setting stands, or that nothing sets it.</summary>
    internal Evidence Place(Setting setting) =>
        setting.Origin is not null ? Shown.Of(setting)
        : (Files.FirstOrDefault(static f => f is { Problem: null, Role: "emqx.conf" }) ?? Files.FirstOrDefault(static f => f.Problem is null)) is { } file ? new Evidence(EvidenceKind.File, file.Path, $"{setting.Path}: (not set)")
        : Process is { } process ? Shown.Of(process, $"{setting.Path} is not set")
        : new Evidence(EvidenceKind.File, Name, $"{setting.Path}: (not set)");

    /// <summary>A fault at settings, set or not.</summary>
    internal Observation Fault(string text, params ReadOnlySpan<string> paths) => new(text, Placed(paths));

    /// <summary>A fault at settings, set or not, of a severity of its own.</summary>
    internal Observation Fault(Severity severity, string text, params ReadOnlySpan<string> paths) => new(text, Placed(paths)) { Severity = severity };

    /// <summary>It cannot be told what a setting is, or what it means here.</summary>
    internal Observation Undecided(string path, string what)
    {
        Setting setting = Settings[path];
        string why = setting.IsUnknown ? setting.Reason ?? "its value is not known"
            : setting.IsSet ? "its value is not understood"
            : "its default depends on the version, which is not known";
        return new Observation($"{what}: `{path}` cannot be told, {why}", [Place(setting)]) { IsUnknown = true };
    }

    /// <summary>A switch that has to be one way.</summary>
    internal IEnumerable<Observation> Must(string path, bool good, bool? usual, string text, Severity? severity = null)
    {
        bool? value = Flag(path, usual);
        if (value is null)
        {
            yield return Undecided(path, $"whether {text}");
        }
        else if (value != good)
        {
            yield return Fault(text, path) with { Severity = severity };
        }
    }

    /// <summary>The address of a bind, the version's and profile's default where the file has none.</summary>
    internal IPAddress AddressOf(EmqxBind bind) => bind.Address ?? (IsHardened == true ? IPAddress.Loopback : IPAddress.Any);

    private ImmutableArray<Evidence> Placed(ReadOnlySpan<string> paths)
    {
        var found = ImmutableArray.CreateBuilder<Evidence>(paths.Length);
        foreach (string path in paths)
        {
            found.Add(Place(Settings[path]));
        }

        return found.MoveToImmutable();
    }
}
