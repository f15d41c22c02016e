using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Gatehouse.Problems;
using Gatehouse.Problems.Doctor;
using Gatehouse.Trust.Files;

namespace Gatehouse.Doctor.Hardening.Applying;

/// <summary>
/// The backups of one installation: numbered folders (0700) of this user or root, in a place that the service's user cannot write to, for what
/// lies there is later written back with root's rights.
/// </summary>
internal sealed class BackupStore
{
    private const string ManifestName = "manifest.json";

    /// <summary>Opens the backups of an installation; makes nothing.</summary>
    /// <param name="root">The folder of all backups.</param>
    /// <param name="system">The system's word.</param>
    /// <param name="subject">Its main configuration file.</param>
    public BackupStore(string root, string system, string subject)
    {
        Root = Path.GetFullPath(root);
        string name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(subject)))[..12];
        Folder = Path.Combine(Root, $"{system}-{name}");
    }

    /// <summary>The folder of all backups.</summary>
    public string Root { get; }

    /// <summary>The folder of this installation's.</summary>
    public string Folder { get; }

    /// <summary>The newest one that is in force: not undone, not rolled back. Null where there is none.</summary>
    /// <exception cref="ProblemException">GH8167: it cannot be read; GH3001 to GH3004: others could have written it.</exception>
    public (string Folder, Manifest Manifest)? Newest()
    {
        if (!Directory.Exists(Folder))
        {
            return null;
        }

        PrivateFolder.Check(Root);
        PrivateFolder.Check(Folder);
        foreach (string folder in Numbered().OrderDescending(StringComparer.Ordinal))
        {
            Manifest manifest = Read(folder);
            if (manifest.State is Manifest.Applied or Manifest.Applying)
            {
                return (folder, manifest);
            }
        }

        return null;
    }

    /// <summary>Makes a folder for the next one.</summary>
    public string Next()
    {
        PrivateFolder.Ensure(Root);
        PrivateFolder.Ensure(Folder);
        int last = Numbered().Select(static folder => int.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture)).DefaultIfEmpty(0).Max();
        string folder = Path.Combine(Folder, (last + 1).ToString("D4", CultureInfo.InvariantCulture));
        PrivateFolder.Ensure(folder);
        return folder;
    }

    /// <summary>Writes what a backup holds.</summary>
    public static void Write(string folder, Manifest manifest) =>
        SecretFile.Write(Path.Combine(folder, ManifestName), JsonSerializer.SerializeToUtf8Bytes(manifest, ManifestJson.Default.Manifest));

    /// <summary>The old bytes of a file, or null where there was none.</summary>
    /// <exception cref="ProblemException">GH8167: they are not what was put there.</exception>
    public static byte[]? CopyOf(string folder, ManifestFile file)
    {
        if (file.Copy is null)
        {
            return null;
        }

        byte[] bytes = SecretFile.Read(Path.Combine(folder, Path.GetFileName(file.Copy)));
        return ManifestFile.HashOf(bytes) == file.OldHash
            ? bytes
            : throw HardenProblems.Backup.Exception($"the copy of `{file.Path}` in {folder} is damaged");
    }

    private static Manifest Read(string folder)
    {
        PrivateFolder.Check(folder);
        try
        {
            byte[]? bytes = SecretFile.ReadIfExists(Path.Combine(folder, ManifestName));
            return bytes is null
                ? new Manifest { System = "", Subject = "", Time = default, State = Manifest.RolledBack, Files = [] } // ended before anything was changed
                : JsonSerializer.Deserialize(bytes, ManifestJson.Default.Manifest) ?? throw new JsonException("null");
        }
        catch (JsonException wrong)
        {
            throw HardenProblems.Backup.Exception($"the list of the backup in {folder} cannot be read", null, wrong);
        }
    }

    private IEnumerable<string> Numbered() => Directory.EnumerateDirectories(Folder).Where(static folder => Path.GetFileName(folder) is { Length: 4 } name && name.All(char.IsAsciiDigit));
}
