using System.Collections.Immutable;
using Gatehouse.Problems;
using Gatehouse.Problems.Doctor;
using Gatehouse.Trust.Files;

namespace Gatehouse.Doctor.Hardening.Applying;

/// <summary>Puts plans into force, and takes them back.</summary>
public static class HardenRun
{
    /// <summary>Writes every change, all or nothing, after a backup.</summary>
    /// <param name="plan">What is planned.</param>
    /// <param name="issued">Files of certificates that were issued for it.</param>
    /// <param name="backups">The folder of all backups.</param>
    /// <param name="now">The time.</param>
    /// <returns>The backup's folder, or null where there was nothing to do.</returns>
    /// <exception cref="ProblemException">GH8164 to GH8168, GH3001 to GH3005: nothing has changed, unless GH8165 says otherwise.</exception>
    public static string? Apply(HardenPlan plan, IEnumerable<FileChange> issued, string backups, DateTimeOffset now) => Apply(plan, issued, backups, now, null);

    /// <summary>Puts back what the last run replaced, and takes away what it made.</summary>
    /// <param name="system">The system's word.</param>
    /// <param name="subject">Its main configuration file.</param>
    /// <param name="backups">The folder of all backups.</param>
    /// <param name="isForced">Whether files that were changed since are put back too.</param>
    /// <returns>The files.</returns>
    /// <exception cref="ProblemException">GH8167: there is nothing; GH8166: files were changed since; GH8164, GH8165.</exception>
    public static ImmutableArray<string> Undo(string system, string subject, string backups, bool isForced)
    {
        var store = new BackupStore(backups, system, subject);
        (string folder, Manifest manifest) = store.Newest()
            ?? throw HardenProblems.Backup.Exception($"there is no backup of `{subject}` in {store.Root}", "--backup DIR says where they are");
        if (manifest.Subject != subject || manifest.System != system)
        {
            throw HardenProblems.Backup.Exception($"the backup in {folder} is of another installation");
        }

        var writes = new List<FileWrite>();
        var changed = new List<string>();
        foreach (ManifestFile file in manifest.Files)
        {
            byte[]? old = BackupStore.CopyOf(folder, file);
            (byte[]? there, FileRights? rights) = Now(file.Path, manifest.State == Manifest.Applying);
            string? hash = there is null ? null : ManifestFile.HashOf(there);
            if (hash == file.OldHash && (hash is null || rights == file.OldRights))
            {
                continue; // a run that was ended in its middle did not come to it
            }

            if (hash != file.NewHash || rights != file.NewRights)
            {
                changed.Add(file.Path);
            }

            writes.Add(new FileWrite(file.Path, there, old, file.OldRights));
        }

        if (changed.Count > 0 && !isForced)
        {
            throw HardenProblems.Changed.Exception(
                $"changed since they were hardened: {string.Join(", ", changed)}", "--force puts them back all the same, and what was changed is lost");
        }

        Write(writes, null, null);
        BackupStore.Write(folder, manifest with { State = Manifest.Undone });
        return [.. writes.Select(static write => write.Path)];
    }

    internal static string? Apply(HardenPlan plan, IEnumerable<FileChange> issued, string backups, DateTimeOffset now, Action<string>? beforeCommit)
    {
        var store = new BackupStore(backups, plan.System, plan.Subject);
        if (store.Newest() is { Manifest.State: Manifest.Applying } unfinished)
        {
            throw HardenProblems.Unfinished.Exception($"the run of {unfinished.Manifest.Time.UtcDateTime:yyyy-MM-dd HH:mm}Z ended in its middle", "--undo puts its files back");
        }

        // What was issued replaces what stood in the plan of the same file.
        FileChange[] made = [.. issued];
        FileChange[] changes = [.. plan.Files.Where(file => made.All(other => other.Path != file.Path)).Concat(made).Where(static file => file.IsChange)];
        if (changes.Length == 0)
        {
            return null;
        }

        string? folder = null;
        Manifest? manifest = null;
        try
        {
            Write([.. changes.Select(static c => new FileWrite(c.Path, c.Old, c.New, c.Rights))], before =>
            {
                folder = store.Next();
                manifest = Save(folder, plan, changes, before, now);
            }, beforeCommit);
        }
        catch (ProblemException failed) when (folder is not null && manifest is not null && failed.Problem.Definition != HardenProblems.NotRolledBack)
        {
            BackupStore.Write(folder, manifest with { State = Manifest.RolledBack });
            throw;
        }

        BackupStore.Write(folder!, manifest! with { State = Manifest.Applied }); // both were set before anything was put in place
        return folder;
    }

    private static Manifest Save(string folder, HardenPlan plan, FileChange[] changes, IReadOnlyList<FileRights?> before, DateTimeOffset now)
    {
        var files = ImmutableArray.CreateBuilder<ManifestFile>();
        for (int i = 0; i < changes.Length; i++)
        {
            FileChange change = changes[i];
            string? copy = change.Old is null ? null : $"{i:D3}.old";
            if (copy is not null)
            {
                SecretFile.Write(Path.Combine(folder, copy), change.Old);
            }

            files.Add(new ManifestFile
            {
                Path = change.Path,
                Copy = copy,
                OldHash = change.Old is null ? null : ManifestFile.HashOf(change.Old),
                OldRights = before[i] ?? default,
                NewHash = ManifestFile.HashOf(change.New),
                NewRights = change.Rights,
            });
        }

        var manifest = new Manifest { System = plan.System, Subject = plan.Subject, Time = now, State = Manifest.Applying, Files = files.ToImmutable() };
        BackupStore.Write(folder, manifest);
        return manifest;
    }

    private static void Write(IReadOnlyList<FileWrite> writes, Action<IReadOnlyList<FileRights?>>? save, Action<string>? beforeCommit)
    {
        using var transaction = new FileTransaction(beforeCommit);
        FileRights?[] before = [.. writes.Select(transaction.Look)];
        transaction.Prepare();
        save?.Invoke(before);
        transaction.Commit();
    }

    private static (byte[]? Bytes, FileRights? Rights) Now(string path, bool isUnfinished)
    {
        using var folder = PinnedFolder.Open(Path.GetDirectoryName(path) ?? "/");
        string name = Path.GetFileName(path);
        if (isUnfinished)
        {
            folder.Sweep(name);
        }

        return folder.Look(name) is { } status ? (folder.Read(name), FileRights.Of(status)) : (null, null);
    }
}
