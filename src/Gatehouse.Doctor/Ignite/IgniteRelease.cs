using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace Gatehouse.Doctor.Ignite;

/// <summary>A version of Ignite, as far as checks need it.</summary>
internal readonly partial record struct IgniteRelease(int Major, int Minor, int Patch) : IComparable<IgniteRelease>
{
    /// <summary>The newest that was released when this program was made.</summary>
    public static IgniteRelease Newest { get; } = new(3, 1, 0);

    /// <summary>The first Ignite 2 without CVE-2024-52577.</summary>
    public static IgniteRelease SafeIgnite2 { get; } = new(2, 17, 0);

    /// <summary>The first that records events of computing.</summary>
    public static IgniteRelease ComputeEvents { get; } = new(3, 1, 0);

    /// <summary>The first that records requests to REST.</summary>
    public static IgniteRelease RestEvents { get; } = new(3, 2, 0);

    private static readonly FrozenSet<string> FirstEvents = FrozenSet.ToFrozenSet(
        [
            "USER_AUTHENTICATION_SUCCESS", "USER_AUTHENTICATION_FAILURE", "CLIENT_CONNECTION_ESTABLISHED", "CLIENT_CONNECTION_CLOSED",
            "QUERY_STARTED", "QUERY_FINISHED",
        ],
        StringComparer.Ordinal);

    private static readonly FrozenSet<string> ComputeNames = FrozenSet.ToFrozenSet(
        [
            "COMPUTE_JOB_QUEUED", "COMPUTE_JOB_EXECUTING", "COMPUTE_JOB_FAILED", "COMPUTE_JOB_COMPLETED", "COMPUTE_JOB_CANCELING", "COMPUTE_JOB_CANCELED",
            "COMPUTE_TASK_QUEUED", "COMPUTE_TASK_EXECUTING", "COMPUTE_TASK_FAILED", "COMPUTE_TASK_COMPLETED", "COMPUTE_TASK_CANCELED",
        ],
        StringComparer.Ordinal);

    private static readonly FrozenSet<string> RestNames =
        FrozenSet.ToFrozenSet(["REST_API_REQUEST_STARTED", "REST_API_REQUEST_FINISHED"], StringComparer.Ordinal);

    /// <summary>Reads <c>3.1.0</c>, <c>3.2.0-SNAPSHOT</c>, <c>3.1</c>; null for anything else.</summary>
    public static IgniteRelease? Parse(string? text)
    {
        Match match = Version().Match(text ?? "");
        return match.Success
            ? new IgniteRelease(Number(match, "major"), Number(match, "minor"), match.Groups["patch"].Success ? Number(match, "patch") : 0)
            : null;
    }

    /// <summary>The version in the name of a library on a class path or in a folder: <c>ignite-runner-3.1.0.jar</c>.</summary>
    public static string? OfLibrary(string text)
    {
        Match match = Library().Match(text);
        return match.Success ? match.Groups["version"].Value : null;
    }

    /// <summary>Since when there is an event; null where there is none of this name.</summary>
    public static IgniteRelease? Since(string @event) =>
        FirstEvents.Contains(@event) ? new IgniteRelease(3, 0, 0)
        : ComputeNames.Contains(@event) ? ComputeEvents
        : RestNames.Contains(@event) ? RestEvents
        : null;

    /// <inheritdoc/>
    public int CompareTo(IgniteRelease other) => (Major, Minor, Patch).CompareTo((other.Major, other.Minor, other.Patch));

    /// <summary>Earlier.</summary>
    public static bool operator <(IgniteRelease left, IgniteRelease right) => left.CompareTo(right) < 0;

    /// <summary>Later.</summary>
    public static bool operator >(IgniteRelease left, IgniteRelease right) => left.CompareTo(right) > 0;

    /// <summary>Not later.</summary>
    public static bool operator <=(IgniteRelease left, IgniteRelease right) => left.CompareTo(right) <= 0;

    /// <summary>Not earlier.</summary>
    public static bool operator >=(IgniteRelease left, IgniteRelease right) => left.CompareTo(right) >= 0;

    /// <inheritdoc/>
    public override string ToString() => $"{Major}.{Minor}.{Patch}";

    private static int Number(Match match, string group) => int.Parse(match.Groups[group].ValueSpan, provider: null);

    [GeneratedRegex(@"^(?<major>[0-9]{1,4})\.(?<minor>[0-9]{1,4})(\.(?<patch>[0-9]{1,4}))?(?![0-9])", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Version();

    [GeneratedRegex(@"ignite-(runner|core)-(?<version>[0-9]{1,4}\.[0-9]{1,4}\.[0-9]{1,4}(-[A-Za-z0-9]{1,20})?)\.jar", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Library();
}
