using Gatehouse.Problems;

namespace Gatehouse.Trust.Nodes;

/// <summary>Where a node's own key lies: never inside the data folder.</summary>
internal static class NodeKeyLocation
{
    private const string CredentialName = "gatehouse-node.key";

    /// <summary>The explicit path, else the systemd credential where there is one, else the user's configuration folder.</summary>
    /// <exception cref="ProblemException">GH3010.</exception>
    public static string Resolve(string dataDirectory, string? explicitPath, string nodeId)
    {
        string path = explicitPath is not null ? Path.GetFullPath(explicitPath) : Credential() ?? Default(nodeId);
        string data = RealPath(Path.GetFullPath(dataDirectory));
        string real = RealPath(path);
        if (real.Equals(data, StringComparison.Ordinal) || real.StartsWith(data.TrimEnd('/') + "/", StringComparison.Ordinal))
        {
            throw TrustProblems.NodeKeyInsideData.Exception(
                $"node key `{path}` would lie inside the data folder `{dataDirectory}`", "choose a place outside it with --key FILE");
        }

        return path;
    }

    /// <summary>A key that was put in its place before the first start, or null; its node id becomes the node's.</summary>
    public static string? Provisioned(string? explicitPath)
    {
        string? path = explicitPath is not null ? Path.GetFullPath(explicitPath) : Credential();
        return File.Exists(path) ? path : null;
    }

    /// <summary>A file beside the key that the node itself writes; credentials are read-only, so theirs stands in the configuration folder.</summary>
    public static string Beside(string keyPath, string nodeId, string extension) =>
        Path.GetFileName(keyPath) == CredentialName
            ? Path.ChangeExtension(Default(nodeId), extension)
            : Path.ChangeExtension(keyPath, extension);

    /// <summary>The path with every link on the way resolved; parts that are not there yet stay as written.</summary>
    internal static string RealPath(string path)
    {
        string current = "/";
        foreach (string part in Path.GetFullPath(path).Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            current = Path.Combine(current, part);
            FileInfo info = new(current);
            if (info.LinkTarget is not null && info.ResolveLinkTarget(returnFinalTarget: true) is { } target)
            {
                // The target's own parents may be links again.
                current = target.FullName == current ? current : RealPath(target.FullName);
            }
        }

        return current;
    }

    private static string? Credential()
    {
        string? folder = Environment.GetEnvironmentVariable("CREDENTIALS_DIRECTORY");
        if (string.IsNullOrEmpty(folder))
        {
            return null;
        }

        string path = Path.Combine(folder, CredentialName);
        return File.Exists(path) ? path : null;
    }

    private static string Default(string nodeId)
    {
        // XDG Base Directory Specification: a relative value is to be ignored.
        string? configured = Environment.GetEnvironmentVariable("XDG_CONFIG_HOME");
        string folder = configured is { Length: > 0 } && Path.IsPathRooted(configured)
            ? configured
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify), ".config");
        return Path.Combine(folder, "gatehouse", nodeId + ".key");
    }
}
