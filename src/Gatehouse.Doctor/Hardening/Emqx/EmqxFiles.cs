using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Texts;
using Gatehouse.Doctor.Texts.Hocon;
using Gatehouse.Problems;
using Gatehouse.Problems.Doctor;

namespace Gatehouse.Doctor.Hardening.Emqx;

/// <summary>
/// EMQX's files on top of each other: <c>base.hocon</c>, <c>cluster.hocon</c>, <c>emqx.conf</c>. Before 5.1 what the dashboard writes lies
/// above it: <c>emqx.conf</c>, <c>cluster-override.conf</c>, <c>local-override.conf</c>.
/// </summary>
/// <param name="Main"><c>emqx.conf</c>.</param>
/// <param name="Below">The files below it, the weakest first.</param>
/// <param name="Above">The files above it, the weakest first.</param>
/// <param name="Data">The folder of data.</param>
internal sealed record EmqxFiles(HoconFile Main, HoconFile[] Below, HoconFile[] Above, string Data)
{
    private static readonly Version FirstBelow = new(5, 1);

    /// <summary>What they say together, without the environment.</summary>
    public SettingTree InForce => field ??= With(Main, EnvironmentVariables.Empty);

    /// <summary>Reads them.</summary>
    /// <exception cref="ProblemException">GH8160, and those of the reader.</exception>
    public static EmqxFiles Read(IHost host, PlanDraft draft, Version version)
    {
        HoconOptions options = HoconOptions.Emqx with
        {
            Include = (including, name) => Path.GetFullPath(name, Path.GetDirectoryName(including) ?? "/") is var path && host.Read(path).Bytes is { } bytes ? new HoconInclude(path, bytes) : null,
        };
        var main = HoconFile.Read(draft.Needed(draft.File), draft.File, options);
        string data = main.Settings["node.data_dir"].Text is { } folder && Path.IsPathRooted(folder) ? folder : "/var/lib/emqx";
        string configs = Path.Combine(data, "configs");
        return version < FirstBelow
            ? new EmqxFiles(main, [], [.. Present(Path.Combine(configs, "cluster-override.conf"), Path.Combine(configs, "local-override.conf"))], data)
            : new EmqxFiles(main, [.. Present(draft.Beside("base.hocon"), Path.Combine(configs, "cluster.hocon"))], [], data);

        IEnumerable<HoconFile> Present(params string[] paths) =>
            paths.Select(path => (Path: path, Bytes: draft.Optional(path))).Where(static one => one.Bytes is not null).Select(one => HoconFile.Read(one.Bytes, one.Path, options));
    }

    /// <summary>What is in force with another main file and an environment.</summary>
    public SettingTree With(HoconFile main, EnvironmentVariables environment) => EmqxSettings.Of([.. Below, main, .. Above], environment);

    /// <summary>A path of a setting as this host has it, or null where that cannot be told.</summary>
    public string? OnHost(string written)
    {
        string path = written.StartsWith("file://", StringComparison.Ordinal) ? written["file://".Length..] : written;
        foreach ((string name, string folder) in ((string, string)[])[("EMQX_ETC_DIR", Path.GetDirectoryName(Main.Source) ?? "/"), ("EMQX_DATA_DIR", Data)])
        {
            path = path.Replace($"${{{name}}}", folder, StringComparison.Ordinal).Replace($"${name}", folder, StringComparison.Ordinal);
        }

        return Path.IsPathRooted(path) && !path.Contains('$', StringComparison.Ordinal) ? Path.GetFullPath(path) : null;
    }
}

/// <summary>Which version it is: settings of a later one keep the node from starting.</summary>
internal static partial class EmqxVersion
{
    private static readonly string[] ReleaseFolders = ["/usr/lib/emqx/releases", "/opt/emqx/releases"];

    /// <summary>As it was told, or as the package's folder of releases says.</summary>
    /// <exception cref="ProblemException">GH8162.</exception>
    public static Version Of(IHost host, string? told)
    {
        if (told is not null)
        {
            return Parse(told) ?? throw HardenProblems.Wish.Exception($"`{string.Concat(told.Take(20).Where(static c => !char.IsControl(c)))}` is no version of EMQX", "--product-version 5.8.6");
        }

        Version[] found = [.. ReleaseFolders.SelectMany(folder => host.List(folder)).Select(Parse).OfType<Version>()];
        return found.Length > 0
            ? found.Max()!
            : throw HardenProblems.Wish.Exception("which version of EMQX this is cannot be seen, and settings differ between them", "--product-version 5.8.6, as `emqx ctl status` says");
    }

    /// <summary>Whether it has an audit log: an enterprise build since 5.4, every one since 5.9. Where that cannot be told it is taken to have none.</summary>
    public static bool HasAuditLog(IHost host, Version version) => version >= new Version(5, 9)
        || (version >= new Version(5, 4) && ReleaseFolders.Any(folder => host.Read($"{folder}/emqx_vars").Bytes is { } bytes
            && Encoding.UTF8.GetString(bytes).Split('\n').Any(static line => line.Trim() is "IS_ENTERPRISE=\"yes\"" or "IS_ENTERPRISE=yes" or "IS_ENTERPRISE='yes'")));

    private static Version? Parse(string text)
    {
        Match match = Numbers().Match(text);
        return match.Success ? new Version(int.Parse(match.Groups["a"].Value, CultureInfo.InvariantCulture), int.Parse(match.Groups["b"].Value, CultureInfo.InvariantCulture)) : null;
    }

    [GeneratedRegex(@"^(?<a>[56])\.(?<b>\d{1,3})(\.\d{1,3})?([\-.].*)?$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Numbers();
}
