using System.Net;
using Gatehouse.Engine.Configuration;

namespace Gatehouse.Engine.Tests.Configuration;

/// <summary>A host with two addresses, one name and one user.</summary>
internal sealed class TestHost : IHostFacts
{
    public IReadOnlyCollection<IPAddress> OwnAddresses { get; } = [IPAddress.Loopback, IPAddress.IPv6Loopback, IPAddress.Parse("10.0.0.5")];

    public IReadOnlyCollection<IPAddress> Resolve(string name) => name == "myself.example.com" ? [IPAddress.Parse("10.0.0.5")] : [];

    public string? FipsObstacle { get; init; } = "OpenSSL's FIPS provider is not loaded";

    public bool UserExists(string nameOrUid) => nameOrUid is "etcd" or "1000";
}

/// <summary>A folder that goes with the test.</summary>
internal sealed class TestFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("gh-conf-").FullName;

    public string File(string name, string text, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite)
    {
        string path = System.IO.Path.Combine(Path, name);
        System.IO.File.WriteAllText(path, text);
        System.IO.File.SetUnixFileMode(path, mode);
        return path;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
