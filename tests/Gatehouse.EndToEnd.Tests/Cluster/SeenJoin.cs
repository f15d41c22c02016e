using System.Diagnostics;
using Gatehouse.EndToEnd.Tests.Running;
using Gatehouse.EndToEnd.Tests.Running.Hosts;

namespace Gatehouse.EndToEnd.Tests.Cluster;

/// <summary>
/// How the third node joined, looked at from outside: once without a way to etcd, until it had been told everything and was killed, and
/// then, with the same token, to its end under strace.
/// </summary>
internal sealed record SeenJoin
{
    /// <summary>The token, which a file gave it.</summary>
    public required string Token { get; init; }

    /// <summary>What lay beside the data folder when it was killed.</summary>
    public required IReadOnlyList<SeenFile> Stage { get; init; }

    /// <summary>What the second run said.</summary>
    public required ShellResult Result { get; init; }

    /// <summary>Every program that it started with its arguments, every file and folder that it opened or made.</summary>
    public required string[] Trace { get; init; }

    /// <summary>Joins the third node.</summary>
    public static async Task<SeenJoin> RunAsync(LabCluster cluster)
    {
        const int Third = 2;
        Daemon daemon = await cluster.PlaceAsync();
        LabHost host = cluster.Lab.Hosts[Third];
        string token = await cluster.TokenAsync(Third);
        await File.WriteAllTextAsync(host.Folder["token"], token + "\n");
        File.SetUnixFileMode(host.Folder["token"], UnixFileMode.UserRead | UnixFileMode.UserWrite);
        string[] join = ["join", "--file", host.Folder["token"], "--data", daemon.Data, "--config", daemon.ConfigurationFile];

        string etcd = cluster.Lab.Hosts[^1].Address + "/32";
        await NetworkLab.IpAsync("-n", host.Namespace, "route", "add", "unreachable", etcd);
        LabProcess stuck = host.Start(Repository.Launcher, join, daemon.Environment);
        string stage = daemon.Data + ".joining";
        var clock = Stopwatch.StartNew();
        while (!File.Exists(Path.Combine(stage, "store", "password")))
        {
            if (clock.Elapsed.TotalSeconds > 30 || stuck.HasExited)
            {
                throw new InvalidOperationException($"the joiner was not told of the store: {stuck.Output}");
            }

            await Task.Delay(10);
        }

        await stuck.KillAsync();
        SeenFile[] files = SeenFile.Below(stage);
        await NetworkLab.IpAsync("-n", host.Namespace, "route", "del", "unreachable", etcd);

        string trace = host.Folder["join.strace"];
        ShellResult result = await host.RunAsync(
            "strace", ["-f", "--seccomp-bpf", "-qq", "-s", "65536", "-e", "trace=execve,openat,creat,mkdir,mkdirat", "-o", trace, Repository.Launcher, .. join], daemon.Environment);
        OldCluster.Fine(result);
        await daemon.StartAsync();
        return new SeenJoin { Token = token, Stage = files, Result = result, Trace = await File.ReadAllLinesAsync(trace) };
    }
}

/// <summary>A file as it was found.</summary>
/// <param name="Path">Where.</param>
/// <param name="Mode">Who may do what.</param>
/// <param name="Content">What is in it.</param>
internal sealed record SeenFile(string Path, UnixFileMode Mode, byte[] Content)
{
    private const UnixFileMode Others = ~(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

    /// <summary>Whether nobody but its owner may do anything with it.</summary>
    public bool IsPrivate => (Mode & Others) == UnixFileMode.None;

    /// <summary>All files below a folder that have something in them, but for what a running daemon or etcd has locked.</summary>
    public static SeenFile[] Below(string folder) =>
    [
        .. Directory.EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint })
            .Where(static path => new FileInfo(path).Length > 0 && !path.EndsWith(".lock", StringComparison.Ordinal) && !path.Contains("/etcd/member/", StringComparison.Ordinal)).Select(static path => new SeenFile(path, File.GetUnixFileMode(path), Read(path))),
    ];

    /// <summary>Whether a secret stands in it, in whatever of these forms.</summary>
    public bool HasAny(IEnumerable<byte[]> secrets) => secrets.Any(secret => Content.AsSpan().IndexOf(secret) >= 0);

    private static byte[] Read(string path)
    {
        // A running daemon writes on.
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var content = new MemoryStream();
        stream.CopyTo(content);
        return content.ToArray();
    }
}
