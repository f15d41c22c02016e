using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;

namespace Gatehouse.Doctor.Ignite.Checks;

/// <summary>The process: who it runs as, what its Java machine opens, which version it is.</summary>
internal static partial class HostChecks
{
    private const string Jmx = "-Dcom.sun.management.jmxremote";

    /// <summary>Its rules.</summary>
    public static ImmutableArray<Rule<IgniteSubject>> All { get; } =
    [
        Scope.Host("IGN-RUN-001", RunsAsRoot),
        Scope.Host("IGN-RUN-002", OpensJava),
        Scope.Host("IGN-VER-001", IsOld),
    ];

    private static IEnumerable<Observation> RunsAsRoot(IgniteSubject subject)
    {
        if (subject.Account is not { } account)
        {
            yield return Observation.Unknown("no process runs that could be looked at, and no file says which user a node runs as");
        }
        else if (account.IsRoot)
        {
            yield return Observation.Of("the node runs as root, and with it every job that a user sends", account.Evidence);
        }
    }

    private static IEnumerable<Observation> OpensJava(IgniteSubject subject)
    {
        bool isPlain = Find(subject, $"{Jmx}.ssl=false") is not null;
        bool isOpen = Find(subject, $"{Jmx}.authenticate=false") is not null;
        JavaFlag? host = FindPrefix(subject, $"{Jmx}.host=");
        if (FindPrefix(subject, $"{Jmx}.port=") is { } port && (isOpen || isPlain))
        {
            bool isLocal = host is not null && Reaches.IsThisHost(host.Text[$"{Jmx}.host=".Length..]);
            yield return Observation.Of(
                isOpen && !isLocal ? Severity.High : Severity.Medium,
                isOpen ? "JMX is open without a login: whoever reaches the port runs code in the node" : "JMX takes logins without TLS: who listens in learns them",
                port.Show(port.Text));
        }

        foreach (JavaFlag flag in subject.JavaFlags.Where(static flag => Debugger().IsMatch(flag.Text)))
        {
            bool isLocal = LocalAddress().IsMatch(flag.Text);
            yield return Observation.Of(
                isLocal ? Severity.Medium : Severity.High,
                $"the Java debugger is open {(isLocal ? "to everybody on this host" : "to the network")} without a login: whoever reaches it runs code in the node",
                flag.Show(flag.Text));
        }

        if (!subject.KnowsJavaFlags)
        {
            yield return Observation.Unknown("which flags the Java machine has is not fully known: no process runs whose environment could be looked at");
        }
    }

    private static IEnumerable<Observation> IsOld(IgniteSubject subject)
    {
        if (subject.Release is not { } release)
        {
            yield return Observation.Unknown("the version is not known: neither a process nor its libraries could be looked at");
        }
        else if (release.Major < 3)
        {
            yield return release < IgniteRelease.SafeIgnite2
                ? Observation.Of($"this is Ignite {release}, in which a crafted message runs code before any login (CVE-2024-52577); {IgniteRelease.SafeIgnite2} is the first without it", WhereSeen(subject))
                : Observation.Of(Severity.Info, $"this is Ignite {release}: the checks here are for Ignite 3, and nothing else of it was looked at", WhereSeen(subject));
        }
        else if (release < IgniteRelease.Newest)
        {
            yield return Observation.Of(Severity.High, $"Ignite {release} is older than {IgniteRelease.Newest}", WhereSeen(subject));
        }
    }

    private static ImmutableArray<Evidence> WhereSeen(IgniteSubject subject) =>
        subject.Process is { } process ? [Shown.Of(process, $"version {subject.Version}")]
        : subject.Account is { } account && subject.IsContainer ? [account.Evidence]
        : subject.Node is { } node ? [node.ShowFile(subject.Host)]
        : [];

    private static JavaFlag? Find(IgniteSubject subject, string text) => subject.JavaFlags.LastOrDefault(flag => flag.Text.Equals(text, StringComparison.OrdinalIgnoreCase));

    private static JavaFlag? FindPrefix(IgniteSubject subject, string text) => subject.JavaFlags.LastOrDefault(flag => flag.Text.StartsWith(text, StringComparison.Ordinal));

    [GeneratedRegex("^(-agentlib:jdwp|-agentpath:[^=]*jdwp|-Xrunjdwp)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Debugger();

    // From Java 9 on a port without an address is this host's own.
    [GeneratedRegex(@"address=(127\.[0-9.]+:|localhost:|\[::1\]:)?[0-9]+(,|$)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex LocalAddress();
}
