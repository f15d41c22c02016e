using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;
using Gatehouse.Doctor.Texts.Json;

namespace Gatehouse.Doctor.Ipfs.Kubo;

/// <summary>Finds Kubo nodes, and reads what they are configured with.</summary>
internal static class KuboFinder
{
    /// <summary>The daemon.</summary>
    public static ServiceProgram Program { get; } = new()
    {
        Name = "ipfs",
        FileName = "config",
        Marker = "\"Addresses\"",
        FolderVariable = "IPFS_PATH",
        FolderOptions = ["repo-dir", "config", "c"],
        FileOptions = ["config-file"],
        HomeFolder = ".ipfs",
        ImageFolder = "/data/ipfs",
        Images = ["ipfs/kubo", "ipfs/go-ipfs", "kubo", "go-ipfs"],
        UsualFolders = ["/var/lib/ipfs", "/var/lib/ipfs/.ipfs", "/var/lib/kubo", "/data/ipfs", "/opt/ipfs", "/srv/ipfs", "/etc/ipfs"],
    };

    /// <summary>All nodes on a host, or those that were named.</summary>
    public static IReadOnlyList<KuboSubject> Find(IHost host, ExaminationRequest request) => [.. Installations.Find(host, request, Program).Select(installation => Read(host, installation))];

    /// <summary>Paths of the key files of private networks on a host.</summary>
    public static ImmutableArray<string> SwarmKeys(IHost host) =>
    [
        .. Installations.Find(host, ExaminationRequest.WholeHost, Program).Where(static i => i.File is not null)
            .Select(static i => $"{Path.GetDirectoryName(i.File)}/swarm.key").Where(path => host.Look(path) is { Status.IsFile: true }),
    ];

    private static KuboSubject Read(IHost host, Installation installation)
    {
        ConfigReading<JsonFile> file = ConfigReading<JsonFile>.Read(host, installation, JsonFile.Read);
        string? folder = Path.GetDirectoryName(installation.File);
        return new KuboSubject
        {
            Name = installation.Name,
            Host = host,
            File = installation.File,
            Settings = file.Document?.Settings ?? SettingTree.Empty,
            Blindness = file.Blindness,
            Launches = installation.Launches,
            Process = installation.Process,
            Version = installation.Version,
            Layers = installation.Layers(file.Document is not null),
            RepositoryVersion = folder is not null && int.TryParse(Encoding.UTF8.GetString(host.Read($"{folder}/version").Bytes ?? []), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out int version) ? version : null,
        };
    }
}
