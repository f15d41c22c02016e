using System.Text;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Hardening;
using Gatehouse.Trust.Files;
using Shouldly;

namespace Gatehouse.Doctor.Tests.Hardening;

/// <summary>A folder on disk that goes with the test, and short ways to plans over it.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public TemporaryFolder()
    {
        Path = Directory.CreateTempSubdirectory("gatehouse-harden-").FullName;
        Etc = System.IO.Path.Combine(Path, "etc");
        Backups = System.IO.Path.Combine(Path, "backups");
        Directory.CreateDirectory(Etc);
    }

    public string Path { get; }

    public string Etc { get; }

    public string Backups { get; }

    public string In(string name) => System.IO.Path.Combine(Etc, name);

    public string Write(string name, string text, string mode = "0644")
    {
        File.WriteAllText(In(name), text);
        File.SetUnixFileMode(In(name), (UnixFileMode)Convert.ToInt32(mode, 8));
        return In(name);
    }

    /// <summary>Everything in the folder: name, mode, owner, content; what a write left behind too.</summary>
    public string State() => string.Join('\n', Directory.EnumerateFileSystemEntries(Etc).Order(StringComparer.Ordinal).Select(static path =>
    {
        FileStatus.TryRead(path, out FileStatus status, out _).ShouldBeTrue();
        return $"{System.IO.Path.GetFileName(path)} {status.Octal} {status.Owner}:{status.Group} {(status.IsFile ? Convert.ToHexString(File.ReadAllBytes(path)) : "")}";
    }));

    /// <summary>A change of a file as it is on disk.</summary>
    public FileChange Change(string name, string text, FileRights? rights = null)
    {
        var host = new LinuxHost(TimeProvider.System);
        FileFact? there = host.Look(In(name));
        return new FileChange
        {
            Path = In(name),
            Old = host.Read(In(name)).Bytes,
            OldRights = there is null ? null : FileRights.Of(there.Status),
            New = Encoding.UTF8.GetBytes(text),
            Rights = rights ?? Own("0600"),
        };
    }

    public HardenPlan Plan(params FileChange[] changes) => new()
    {
        System = "ipfs-cluster",
        Subject = In("service.json"),
        Account = new ServiceAccount(PinnedFolder.EffectiveUser, 0, null, "it is this test"),
        Files = [.. changes],
    };

    public FileRights Own(string mode)
    {
        FileStatus.TryRead(Etc, out FileStatus folder, out _).ShouldBeTrue();
        return new FileRights(Convert.ToInt32(mode, 8), folder.Owner, folder.Group);
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
