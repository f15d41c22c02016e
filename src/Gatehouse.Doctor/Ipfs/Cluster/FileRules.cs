using System.Collections.Immutable;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Ipfs.Cluster;

/// <summary>The files themselves: who may open them, what should not stand in them, and whose they are.</summary>
internal static class FileRules
{
    /// <summary>The newest version that is known here.</summary>
    public const string NewestVersion = "1.1.6";

    /// <summary>IC008: files with secrets that others may open.</summary>
    public static IEnumerable<Observation> Modes(ClusterSubject subject)
    {
        if (subject.File is null || subject.Folder is null)
        {
            return [];
        }

        var found = new List<Observation>();
        found.AddRange(FileModes.Check(subject.Host, subject.Folder, "folder of the peer"));
        found.AddRange(FileModes.Check(subject.Host, subject.File, "secret of the cluster, passwords of its APIs"));
        found.AddRange(FileModes.Check(subject.Host, $"{subject.Folder}/identity.json", "private key of the peer"));
        foreach (ApiSection api in new[] { subject.Rest, subject.Pinning })
        {
            if (api["ssl_key_file"].Text is { Length: > 0 } key && subject.PathOf(key) is { } path)
            {
                found.AddRange(FileModes.Check(subject.Host, path, $"TLS key of the {api.Title}"));
            }
        }

        return found.DistinctBy(static o => o.Evidence[0].Place);
    }

    /// <summary>IC009: a private key beside the settings.</summary>
    public static IEnumerable<Observation> PrivateKeys(ClusterSubject subject)
    {
        Setting own = subject.InFile.At("cluster", "private_key");
        if (!own.IsBlank())
        {
            yield return Observation.At("the private key of the peer stands in `service.json`, which is copied from peer to peer", own);
        }

        foreach (ApiSection api in new[] { subject.Rest, subject.Pinning })
        {
            Setting key = subject.InFile.At("api", api.Name, "private_key");
            if (!key.IsBlank())
            {
                yield return Observation.At($"the private key of the {api.Title}'s own libp2p host stands in `service.json`", key);
            }
        }
    }

    /// <summary>IC010: a configuration that comes from somewhere else at every start.</summary>
    public static IEnumerable<Observation> RemoteSource(ClusterSubject subject)
    {
        Setting source = subject.InFile.At("source");
        if (source.IsUnknown)
        {
            yield return Observation.Unknown($"where the configuration comes from cannot be told: {source.Reason}", source);
        }
        else if (!source.IsBlank())
        {
            bool isTls = source.Text?.StartsWith("https://", StringComparison.OrdinalIgnoreCase) == true;
            yield return isTls
                ? Observation.At(Severity.Medium, "whoever controls the address in `source` decides about this peer at every start", source)
                : Observation.At(Severity.High, "`source` is fetched without TLS at every start: whoever sits on the way decides about this peer", source);
        }
    }

    /// <summary>IC095: names that nobody reads.</summary>
    public static IEnumerable<Observation> UnknownKeys(ClusterSubject subject)
    {
        bool isOldVersion = ReleaseName.IsBefore(subject.Version, "0.9.0") == true;
        foreach (Setting setting in ClusterKeys.Strangers(subject.InFile))
        {
            yield return isOldVersion && (ClusterKeys.WasRead(setting) || ClusterKeys.Instead(setting) is not null)
                ? Observation.Of(Severity.Info, $"`{setting.Path}` counts in this old version and in no newer one", NameOf(setting))
                : ClusterKeys.WasRead(setting) ? Observation.Of(Severity.Info, $"`{setting.Path}` was read by older versions and is no longer", NameOf(setting))
                : ClusterKeys.Instead(setting) is { } instead ? Observation.Of($"`{setting.Path}` is a name of older versions; now it is `{instead}`, and the old one is ignored", NameOf(setting))
                : ClusterKeys.Nearest(setting) is { } nearest ? Observation.Of($"`{setting.Path}` is ignored; `{nearest}` may be meant", NameOf(setting))
                : Observation.Of($"`{setting.Path}` is ignored: there is no setting of this name", NameOf(setting));
        }

        foreach (Remark remark in subject.InFile.Remarks.Where(static r => r.Kind == RemarkKind.DuplicateKey))
        {
            yield return Observation.Of($"`{remark.Subject}` stands there twice, and only the last one counts", NameOf(remark, EvidenceKind.File));
        }

        foreach (Remark remark in subject.Settings.Remarks.Where(static r => r.Kind == RemarkKind.UnknownVariable && !IsOfOthers(r.Subject)))
        {
            yield return Observation.Of($"the variable `{remark.Subject}` is ignored: there is no setting of this name", NameOf(remark, EvidenceKind.Environment));
        }
    }

    /// <summary>IC096: older than what is known.</summary>
    public static IEnumerable<Observation> Version(ClusterSubject subject)
    {
        ImmutableArray<Evidence> place = subject.Launches.IsEmpty ? [] : [subject.Launches[0].Show(subject.Version is null ? "version not known" : $"version {subject.Version}")];
        bool? isOld = ReleaseName.IsBefore(subject.Version, NewestVersion);
        if (isOld is null)
        {
            yield return Observation.Of(Severity.Info, "neither a path nor an image says which version runs; `ipfs-cluster-service --version` does", place) with { IsUnknown = true };
        }
        else if (isOld.Value)
        {
            yield return Observation.Of($"version {subject.Version} is older than {NewestVersion}, and repaired dependencies come with releases only", place);
        }
    }

    // Without the value: it may be a secret under a misspelt name.
    private static Evidence NameOf(Setting setting) => new(EvidenceKind.File, setting.Origin?.Source ?? "", setting.Path.ToString(), setting.Origin?.Line ?? 0, setting.Origin?.Column ?? 0);

    private static Evidence NameOf(Remark remark, EvidenceKind kind) => new(kind, remark.Origin.Source, remark.Subject, remark.Origin.Line, remark.Origin.Column);

    // Kubernetes puts the addresses of a service that is called `cluster` into every environment.
    private static bool IsOfOthers(string variable) =>
        variable.StartsWith("CLUSTER_PORT", StringComparison.Ordinal) || variable.Contains("_SERVICE_HOST", StringComparison.Ordinal) || variable.Contains("_SERVICE_PORT", StringComparison.Ordinal)
        || variable.StartsWith("CLUSTER_PUBSUB_", StringComparison.Ordinal); // settings, in letters that vary by version
}
