using System.Collections.Immutable;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Ipfs.Kubo;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;
using Gatehouse.Doctor.Texts.Json;
using Gatehouse.Problems;

namespace Gatehouse.Doctor.Ipfs.Cluster;

/// <summary>Finds peers of IPFS Cluster, and reads what they are configured with.</summary>
internal static class ClusterFinder
{
    /// <summary>The service. `ipfs-cluster-follow` runs the same peer, with a configuration that comes from somewhere else.</summary>
    public static ServiceProgram Program { get; } = new()
    {
        Name = "ipfs-cluster-service",
        FileName = "service.json",
        Marker = "\"ipfs_connector\"",
        IsNameEnough = true,
        FolderVariable = "IPFS_CLUSTER_PATH",
        FolderOptions = ["config", "c"],
        HomeFolder = ".ipfs-cluster",
        ImageFolder = "/data/ipfs-cluster",
        Images = ["ipfs/ipfs-cluster", "ipfs-cluster"],
        UsualFolders = ["/etc/ipfs-cluster", "/var/lib/ipfs-cluster", "/var/lib/ipfs/.ipfs-cluster", "/opt/ipfs-cluster", "/data/ipfs-cluster", "/srv/ipfs-cluster"],
    };

    /// <summary>All peers on a host, or those that were named.</summary>
    public static IReadOnlyList<ClusterSubject> Find(IHost host, ExaminationRequest request)
    {
        ImmutableArray<Installation> installations = Installations.Find(host, request, Program);
        ImmutableArray<string> keys = installations.IsEmpty ? [] : KuboFinder.SwarmKeys(host);
        var found = new List<ClusterSubject>();
        foreach (Installation installation in installations)
        {
            found.Add(Read(host, installation, keys, found));
        }

        return found;
    }

    private static ClusterSubject Read(IHost host, Installation installation, ImmutableArray<string> keys, IReadOnlyList<ClusterSubject> peers)
    {
        ConfigReading<JsonFile> file = ConfigReading<JsonFile>.Read(host, installation, JsonFile.Read);
        SettingTree settings = SettingTree.Empty;
        Observation? blindness = file.Blindness;
        if (file.Document is { } document)
        {
            try
            {
                settings = IpfsClusterSettings.Of(document, installation.Launches.IsEmpty ? EnvironmentVariables.Unknown : installation.Launches[0].Environment);
            }
            catch (ProblemException fault)
            {
                blindness = Observation.Unknown($"the configuration cannot be told: {fault.Problem.Text}", document.Settings.Root);
            }

            Setting source = document.Settings.At("source");
            blindness ??= source.IsBlank() ? null : Observation.Unknown("the configuration is fetched from the address in `source` at every start, and nothing else in the file counts", source);
        }

        string? identity = installation.File is null ? null : $"{Path.GetDirectoryName(installation.File)}/identity.json";
        return new ClusterSubject
        {
            Name = installation.Name,
            Host = host,
            File = installation.File,
            Settings = settings,
            InFile = file.Document?.Settings ?? SettingTree.Empty,
            Identity = identity is null ? SettingTree.Empty : ConfigReading<JsonFile>.Read(host, identity, JsonFile.Read).Document?.Settings ?? SettingTree.Empty,
            Blindness = blindness,
            Launches = installation.Launches,
            Process = installation.Process,
            Version = installation.Version,
            Layers = installation.Layers(file.Document is not null),
            Peers = peers,
            SwarmKeys = keys,
        };
    }
}
