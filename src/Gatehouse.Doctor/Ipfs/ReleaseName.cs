using System.Text.RegularExpressions;

namespace Gatehouse.Doctor.Ipfs;

/// <summary>Versions as they stand in names of images and folders: neither program says its version in a file.</summary>
internal static partial class ReleaseName
{
    /// <summary>The version that a path (<c>/opt/ipfs-cluster-service_v1.1.4_linux-amd64/...</c>) or an image (<c>ipfs/kubo:v0.38.1</c>) names, or null.</summary>
    public static string? VersionIn(string? name) => name is not null && Named().Match(name) is { Success: true } match ? match.Groups["version"].Value : null;

    /// <summary>Whether a version is older than another; null where it is no version.</summary>
    public static bool? IsBefore(string? version, string other) =>
        Version.TryParse(version, out Version? known) ? known < Version.Parse(other) : null;

    [GeneratedRegex(@"(ipfs-cluster|kubo|go-ipfs)[a-z-]*[-_:@/]v?(?<version>[0-9]{1,4}\.[0-9]{1,4}\.[0-9]{1,4})(?![0-9.])", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Named();
}
