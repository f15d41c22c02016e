using System.Collections.Immutable;
using System.Text;
using Gatehouse.Administration.Cluster;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Configuration.Cluster;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;
using Gatehouse.Trust.Files;

namespace Gatehouse.Engine.Hosting.Joining;

/// <summary>The store's settings on their way from a member to a node that joins.</summary>
internal static class StoreHandover
{
    private const string FolderName = "store";
    private const int MostFile = 256 * 1024;

    /// <summary>What a joiner is told; null where the store is this node's alone.</summary>
    /// <exception cref="ProblemException">A file of the settings cannot be read.</exception>
    public static EnrolmentStore? Of(StoreConfiguration store, string folder) => !store.IsEtcd ? null : new EnrolmentStore
    {
        Endpoints = store.Endpoints,
        Prefix = store.Prefix,
        Ca = Read(store.Ca, folder, false),
        Certificate = Read(store.Certificate, folder, false),
        Key = Read(store.Key, folder, true),
        User = store.User,
        Password = store.Password is { } place ? place.Read(folder, out string why) ?? throw ConfigurationProblems.Secret.Exception(why) : null,
        MaxStaleSeconds = (long)store.MaxStale.TotalSeconds,
        Compaction = store.Compaction,
    };

    /// <summary>Writes the files that the settings need below a data folder, and gives settings that name them where they will lie.</summary>
    /// <param name="told">What the joiner was told.</param>
    /// <param name="folder">The data folder that is being made.</param>
    /// <param name="final">The data folder that it will be.</param>
    /// <exception cref="ProblemException">GH3005; GH3210: it makes no sense.</exception>
    public static StoreConfiguration Write(EnrolmentStore told, string folder, string final)
    {
        if (told.Endpoints.Count is 0 or > 32 || told.Endpoints.Any(static e => !StoreConfiguration.TryParseEndpoint(e, out _)) || !StoreConfiguration.IsPrefix(told.Prefix)
            || told.User?.Any(static c => c is < ' ' or > '~' or '"' or '\\') == true)
        {
            throw EnrolmentProblems.EnrolmentAnswerUnusable.Exception("the cluster's answer cannot be used: its store settings make no sense");
        }

        PrivateFolder.Ensure(Path.Combine(folder, FolderName));
        return new StoreConfiguration
        {
            Kind = StoreConfiguration.Etcd,
            Endpoints = [.. told.Endpoints],
            Prefix = told.Prefix,
            Ca = Keep(told.Ca, "ca.crt"),
            Certificate = Keep(told.Certificate, "client.crt"),
            Key = Keep(told.Key, "client.key"),
            User = told.User,
            Password = Keep(told.Password, "password") is { } password ? new SecretReference(password, null) : null,
            MaxStale = told.MaxStaleSeconds is { } seconds ? TimeSpan.FromSeconds(Math.Clamp(seconds, 60, 365L * 24 * 3600)) : new StoreConfiguration().MaxStale,
            Compaction = told.Compaction ?? true,
        };

        string? Keep(string? content, string name)
        {
            if (content is null)
            {
                return null;
            }

            SecretFile.Write(Path.Combine(folder, FolderName, name), Encoding.UTF8.GetBytes(content));
            return Path.Combine(final, FolderName, name);
        }
    }

    /// <summary>The same settings with their files where they lie now.</summary>
    public static StoreConfiguration In(StoreConfiguration store, string folder, string final) => store with
    {
        Ca = Moved(store.Ca, folder, final),
        Certificate = Moved(store.Certificate, folder, final),
        Key = Moved(store.Key, folder, final),
        Password = store.Password is { File: { } file } ? new SecretReference(Moved(file, folder, final), null) : store.Password,
    };

    private static string? Moved(string? path, string folder, string final) =>
        path is not null && path.StartsWith(final + "/", StringComparison.Ordinal) ? folder + path[final.Length..] : path;

    private static string? Read(string? file, string folder, bool isSecret)
    {
        if (file is null)
        {
            return null;
        }

        string path = Path.GetFullPath(file, folder);
        try
        {
            return new FileInfo(path).Length > MostFile
                ? throw ConfigurationProblems.Secret.Exception($"`{path}` is too long to be handed over")
                : isSecret ? Encoding.UTF8.GetString(SecretFile.Read(path)) : File.ReadAllText(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw ConfigurationProblems.Secret.Exception($"`{path}` cannot be read: {fault.Message}", null, fault);
        }
    }
}
