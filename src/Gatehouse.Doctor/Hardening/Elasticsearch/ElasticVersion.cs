using System.Text.RegularExpressions;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Hardening.Elasticsearch;

/// <summary>Whether settings of version 7 and later are understood: a node does not start with names that it does not know.</summary>
internal static partial class ElasticVersion
{
    private const string HomeOption = "-Des.path.home=";
    private const int First = 7;

    // Names that came with 7 or 8.
    private static readonly string[] Modern =
        ["discovery.seed_hosts", "discovery.seed_providers", "cluster.initial_master_nodes", "xpack.security.enrollment.enabled", "xpack.security.autoconfiguration.enabled", "node.roles"];

    /// <summary>Whether it is version 7 or a later one; null where nothing tells.</summary>
    /// <param name="host">Where.</param>
    /// <param name="file">Its main file.</param>
    /// <param name="process">Its process, or null.</param>
    /// <param name="settings">What the file says.</param>
    public static bool? IsModern(IHost host, string file, ProcessFact? process, SettingTree settings)
    {
        string folder = Path.GetDirectoryName(file) ?? "/";
        string home = process?.Arguments.FirstOrDefault(static one => one.StartsWith(HomeOption, StringComparison.Ordinal))?[HomeOption.Length..]
            ?? (folder == "/etc/elasticsearch" ? "/usr/share/elasticsearch" : Path.GetDirectoryName(folder) ?? "/");
        Match? library = !Path.IsPathRooted(home) ? null : host.List(Path.Combine(home, "lib")).Select(static name => Library().Match(name)).FirstOrDefault(static match => match.Success);
        return library is not null ? int.Parse(library.Groups["major"].ValueSpan, System.Globalization.CultureInfo.InvariantCulture) >= First
            : Modern.Any(name => settings[name].IsSet) ? true
            : null;
    }

    [GeneratedRegex(@"^elasticsearch-(?<major>[0-9]{1,3})\.[0-9]{1,4}\.[0-9]{1,4}(-[A-Za-z0-9.]{1,20})?\.jar$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Library();
}
