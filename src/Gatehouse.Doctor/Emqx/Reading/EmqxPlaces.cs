using System.Collections.Immutable;

namespace Gatehouse.Doctor.Emqx.Reading;

/// <summary>A file or folder of the host that a container has at another place.</summary>
/// <param name="Inside">Where the container has it.</param>
/// <param name="Outside">Where the host has it.</param>
internal sealed record EmqxMount(string Inside, string Outside);

/// <summary>Where an installation lies.</summary>
/// <param name="Prefix">Where its <c>/</c> is on this host: empty, or <c>/proc/812/root</c> for a container's.</param>
/// <param name="Root">Its root folder, as itself sees it: <c>/usr/lib/emqx</c>, <c>/opt/emqx</c>.</param>
/// <param name="Etc">Its configuration folder, as itself sees it.</param>
/// <param name="Data">Its data folder, as itself sees it.</param>
internal sealed record EmqxPlaces(string Prefix, string Root, string Etc, string Data)
{
    private static readonly string[] PackageRoots = ["/usr/lib/emqx", "/usr/lib64/emqx"];

    /// <summary>What a container that does not run would have from this host.</summary>
    public ImmutableArray<EmqxMount> Mounts { get; init; } = [];

    /// <summary>Where the packages put things.</summary>
    public static EmqxPlaces Package(string prefix = "") => new(prefix, "/usr/lib/emqx", "/etc/emqx", "/var/lib/emqx");

    /// <summary>Where everything lies below one folder, as in container images and archives.</summary>
    public static EmqxPlaces Folder(string root, string prefix = "") => new(prefix, root, root + "/etc", root + "/data");

    /// <summary>By the folder of a release.</summary>
    public static EmqxPlaces OfRoot(string root, string prefix) => PackageRoots.Contains(root, StringComparer.Ordinal) ? Package(prefix) with { Root = root } : Folder(root, prefix);

    /// <summary>By the path of an <c>emqx.conf</c> on this host: what lies before <c>/etc/emqx</c> is where its <c>/</c> is.</summary>
    public static EmqxPlaces OfFile(string path)
    {
        string folder = path[..path.LastIndexOf('/')];
        if (folder.EndsWith("/etc/emqx", StringComparison.Ordinal))
        {
            return Package(folder[..^"/etc/emqx".Length]);
        }

        if (folder.EndsWith("/opt/emqx/etc", StringComparison.Ordinal))
        {
            return Folder("/opt/emqx", folder[..^"/opt/emqx/etc".Length]);
        }

        return folder.EndsWith("/etc", StringComparison.Ordinal) ? Folder(folder[..^"/etc".Length]) : new EmqxPlaces("", folder, folder, folder + "/data");
    }

    /// <summary>A path of a setting or argument as this host has it.</summary>
    public string OnHost(string path)
    {
        string inside = path.StartsWith("file://", StringComparison.Ordinal) ? path["file://".Length..] : path;
        inside = Variable(inside, "EMQX_ETC_DIR", Etc);
        if (inside.Length == 0 || inside[0] != '/')
        {
            inside = $"{Root}/{inside}";
        }

        return At(inside);
    }

    /// <summary>A file of the configuration folder as this host has it.</summary>
    public string InEtc(string name) => At($"{Etc}/{name}");

    /// <summary>A file of the data folder as this host has it.</summary>
    public string InData(string name) => At($"{Data}/{name}");

    private string At(string inside)
    {
        EmqxMount? mount = Mounts.Where(m => inside == m.Inside || inside.StartsWith(m.Inside + "/", StringComparison.Ordinal)).MaxBy(static m => m.Inside.Length);
        return mount is null ? Prefix + inside : mount.Outside + inside[mount.Inside.Length..];
    }

    private static string Variable(string text, string name, string value) =>
        text.Replace($"${{{name}}}", value, StringComparison.Ordinal).Replace($"${name}", value, StringComparison.Ordinal);
}
