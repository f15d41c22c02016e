using System.Text.RegularExpressions;
using Gatehouse.Doctor.Facts;

namespace Gatehouse.Doctor.Hardening.Ignite;

/// <summary>Which version it is, by the names of its libraries: Ignite refuses settings and events that it does not know.</summary>
internal static partial class IgniteVersion
{
    /// <summary>The first whose settings say their unit (<c>idleTimeoutMillis</c>).</summary>
    public static readonly Version FirstWithUnits = new(3, 1);

    /// <summary>The first that records requests to REST.</summary>
    public static readonly Version FirstWithRestEvents = new(3, 2);

    /// <summary>The one of a node, or null.</summary>
    /// <param name="host">Where.</param>
    /// <param name="file">Its configuration file.</param>
    /// <param name="process">Its process, or null.</param>
    public static Version? Of(IHost host, string file, ProcessFact? process)
    {
        string folder = Path.GetDirectoryName(file) ?? "/";
        string home = folder == "/etc/ignite3db" ? "/usr/share/ignite3db" : Path.GetFileName(folder) == "etc" ? Path.GetDirectoryName(folder) ?? "/" : folder;
        IEnumerable<string> told = process is null ? [] : process.Arguments.Append(process.Environment?.GetValueOrDefault("CLASSPATH") ?? "");
        string libraries = process?.Environment?.GetValueOrDefault("LIBS_DIR") ?? Path.Combine(process?.Environment?.GetValueOrDefault("IGNITE_HOME") ?? home, "lib");
        Match? found = told.Concat(host.List(libraries)).Select(static text => Library().Match(text)).FirstOrDefault(static match => match.Success);
        return found is null ? null : Version.Parse(found.Groups["version"].ValueSpan);
    }

    [GeneratedRegex(@"ignite-(runner|core)-(?<version>[0-9]{1,4}\.[0-9]{1,4})\.[0-9]{1,4}(-[A-Za-z0-9]{1,20})?\.jar", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Library();
}
