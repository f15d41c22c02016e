using System.Collections.Immutable;
using System.Text;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Texts;
using Gatehouse.Doctor.Texts.Compose;
using Gatehouse.Doctor.Texts.Hocon;
using Gatehouse.Problems;

namespace Gatehouse.Doctor.Emqx.Reading;

/// <summary>Makes a subject of what lies at some places and what runs.</summary>
/// <param name="host">What can be seen.</param>
/// <param name="unit">A unit that was named beside the files, or null.</param>
internal sealed class EmqxLoader(IHost host, string? unit = null)
{
    private readonly List<EmqxFile> _files = [];

    /// <summary>Reads an installation.</summary>
    /// <param name="places">Where it lies.</param>
    /// <param name="main">Its <c>emqx.conf</c> on this host, there or not.</param>
    /// <param name="process">Its process, or null.</param>
    public EmqxSubject Load(EmqxPlaces places, string main, ProcessFact? process)
    {
        _files.Clear();
        EmqxRelease? release = (process is null ? null : EmqxRelease.Parse(EmqxProcess.VersionOf(process))) ?? EmqxRelease.Parse(Variable(places, "REL_VSN"));
        StartFacts start = process is null ? StartFacts.OfFiles(host, places, unit, release?.IsBefore(6, 3) != true) : StartFacts.None;
        _files.AddRange(start.Lost);
        EnvironmentVariables environment = process is null ? start.Environment : EnvironmentOf(process);
        HoconFile? conf = Hocon(main, "emqx.conf", places, isNeeded: process is not null);
        places = WithData(places, process, conf, environment);
        SettingTree settings = Settings(places, release, conf, environment, isLost: conf is null);
        return new EmqxSubject
        {
            Name = conf is null && process is not null && host.Look(main) is null ? process.Place : main,
            Host = host,
            Version = release?.ToString(),
            Process = process,
            Layers = Layers(conf is not null, process is not null),
            Settings = settings,
            Environment = environment,
            Places = places,
            Files = [.. _files],
            Flags = process is not null ? ErlangFlags.Of(process) : StartFacts.Flags(host, places),
            IsEnterprise = Variable(places, "IS_ENTERPRISE") switch { "yes" => true, "no" => false, _ => null },
            IsContainer = places.Prefix.Length > 0 && process is not null,
            UnitUser = start.User,
        };
    }

    /// <summary>Reads what a container would start with.</summary>
    /// <param name="places">Where it lies, with what is mounted.</param>
    /// <param name="name">What to call it.</param>
    /// <param name="environment">Its environment.</param>
    /// <param name="release">The image's version, or null.</param>
    /// <param name="isEnterprise">Whether the image is an enterprise build, or null.</param>
    /// <param name="service">The service.</param>
    /// <param name="lost">A file of variables that could not be read, or null.</param>
    public EmqxSubject Compose(EmqxPlaces places, string name, EnvironmentVariables environment, EmqxRelease? release, bool? isEnterprise, ComposeService service, string? lost)
    {
        _files.Clear();
        if (lost is not null)
        {
            _files.Add(new EmqxFile(lost, "a file of variables", "it is not there, or cannot be read"));
        }

        // Without a file of the host's the image's own is in force, which sets nothing that is not usual or in the environment.
        HoconFile? conf = Hocon(places.InEtc("emqx.conf"), "emqx.conf", places);
        bool isLost = conf is null && _files.Exists(static f => f.Role == "emqx.conf");
        return new EmqxSubject
        {
            Name = name,
            Host = host,
            Version = release?.ToString(),
            Layers = Layers(hasFile: true, hasProcess: false),
            Settings = Settings(places, release, conf, environment, isLost),
            Environment = environment,
            Places = places,
            Files = [.. _files],
            Flags = StartFacts.Flags(host, places),
            IsEnterprise = isEnterprise,
            IsContainer = true,
            UnitUser = service.User.IsSet ? service.User : null,
            Published = PublishedPorts.Of(service),
        };
    }

    /// <summary>Layers as a report names them.</summary>
    public static ImmutableArray<string> Layers(bool hasFile, bool hasProcess) => [.. new[] { hasFile ? "file" : null, hasProcess ? "process" : null }.OfType<string>()];

    private static EnvironmentVariables EnvironmentOf(ProcessFact process) => process.Environment is { } variables
        ? EnvironmentVariables.Of(process.Place, variables.OrderBy(static v => v.Key, StringComparer.Ordinal).Where(static v => v.Key != "EMQX_BOOT_CONFIGS"))
        : EnvironmentVariables.Unknown;

    private static EmqxPlaces WithData(EmqxPlaces places, ProcessFact? process, HoconFile? conf, EnvironmentVariables environment)
    {
        if (process is not null && ErlangFlags.ValueOf(process.Arguments, "-emqx_data_dir") is not null)
        {
            return places;
        }

        return EmqxSettings.Of(conf is null ? [] : [conf], environment)["node.data_dir"].Text is { Length: > 0 } data
            ? places with { Data = (data[0] == '/' ? data : $"{places.Root}/{data}").TrimEnd('/') }
            : places;
    }

    private SettingTree Settings(EmqxPlaces places, EmqxRelease? release, HoconFile? conf, EnvironmentVariables environment, bool isLost)
    {
        string override5 = places.InData("configs/cluster-override.conf");
        bool isOf50 = release?.IsBefore(5, 1) ?? (host.Look(override5) is not null && host.Look(places.InData("configs/cluster.hocon")) is null);
        HoconFile?[] files = isOf50
            ? [conf, Hocon(override5, "cluster-override.conf", places), Hocon(places.InData("configs/local-override.conf"), "local-override.conf", places)]
            : [Hocon(places.InEtc("base.hocon"), "base.hocon", places), Hocon(places.InData("configs/cluster.hocon"), "cluster.hocon", places), conf];

        // Whatever emqx.conf says is stronger than the files before it.
        SettingTree tree = EmqxSettings.Of(isLost ? [] : files.OfType<HoconFile>(), environment);
        return _files.Find(static f => f.Problem is not null) is { } lost
            ? new SettingTree(Partial(tree.Root, $"`{lost.Role}` cannot be read"), tree.Remarks)
            : tree;
    }

    private HoconFile? Hocon(string path, string role, EmqxPlaces places, bool isNeeded = false)
    {
        FileContent content = host.Read(path);
        if (content.Bytes is not { } bytes)
        {
            if (!content.IsMissing || isNeeded)
            {
                _files.Add(new EmqxFile(path, role, content.Why ?? "it cannot be read"));
            }

            return null;
        }

        try
        {
            HoconFile file = HoconFile.Read(bytes, path, HoconOptions.Emqx with { Include = (including, name) => Include(including, name, places) });
            _files.Insert(0, new EmqxFile(path, role, null));
            return file;
        }
        catch (ProblemException fault)
        {
            _files.Add(new EmqxFile(path, role, fault.Problem.ToString()));
            return null;
        }
    }

    private HoconInclude? Include(string including, string name, EmqxPlaces places)
    {
        string path = name.Contains("EMQX_ETC_DIR", StringComparison.Ordinal) ? places.OnHost(name)
            : name.StartsWith('/') ? places.Prefix + name
            : $"{including[..including.LastIndexOf('/')]}/{name}";
        return host.Read(path).Bytes is { } bytes ? new HoconInclude(path, bytes) : null;
    }

    // `REL_VSN="5.8.6"`
    private string? Variable(EmqxPlaces places, string name)
    {
        byte[]? bytes = host.Read($"{places.Prefix}{places.Root}/releases/emqx_vars").Bytes;
        string? line = bytes is null ? null : Encoding.UTF8.GetString(bytes).Split('\n').LastOrDefault(l => l.StartsWith(name + "=", StringComparison.Ordinal));
        return line?[(name.Length + 1)..].Trim().Trim('"', '\'');
    }

    private static Setting Partial(Setting setting, string why) => setting.Kind != SettingKind.Map ? setting : new Setting
    {
        Path = setting.Path,
        Kind = SettingKind.Map,
        Text = setting.Text,
        Raw = setting.Raw,
        IsQuoted = setting.IsQuoted,
        Origins = setting.Origins,
        Overridden = setting.Overridden,
        Children = [.. setting.Children.Select(child => Partial(child, why))],
        IsPartial = true,
        Reason = why,
    };
}
