using Gatehouse.Problems;
using Gatehouse.Problems.Doctor;
using Gatehouse.Trust.Files;

namespace Gatehouse.Doctor.Hardening.Applying;

/// <summary>
/// Several files written together: first each is written beside its place, whereby nothing changes; then they are put in place one after the
/// other; where that fails, those already put are put back. A crash in between is what the backup is for.
/// </summary>
internal sealed class FileTransaction : IDisposable
{
    private readonly List<Staged> _staged = [];
    private readonly Action<string>? _beforeCommit;

    /// <summary>Begins one.</summary>
    /// <param name="beforeCommit">Called with each path just before it is put in place.</param>
    public FileTransaction(Action<string>? beforeCommit = null) => _beforeCommit = beforeCommit;

    /// <summary>Looks at a file as it is now, through no link: what is put back if it comes to that.</summary>
    /// <exception cref="ProblemException">GH3003 to GH3005: the place is not fit; GH8166: another content is there.</exception>
    public FileRights? Look(FileWrite write)
    {
        var folder = PinnedFolder.Open(Path.GetDirectoryName(write.Path) ?? "/");
        try
        {
            string name = Path.GetFileName(write.Path);
            folder.Sweep(name);
            FileStatus? there = folder.Look(name);
            byte[]? now = there is null ? null : folder.Read(name);
            bool isSame = (now is null && write.Expected is null) || (now is not null && write.Expected is not null && now.AsSpan().SequenceEqual(write.Expected));
            if (!isSame)
            {
                throw HardenProblems.Changed.Exception($"`{write.Path}` is not what it was when it was looked at", "run the same again");
            }

            _staged.Add(new Staged(folder, name, write, now, there is { } status ? FileRights.Of(status) : null));
            return _staged[^1].Rights;
        }
        catch (ProblemException)
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Writes every file beside its place.</summary>
    /// <exception cref="ProblemException">GH3005; nothing has changed then.</exception>
    public void Prepare()
    {
        foreach (Staged file in _staged.Where(static file => file.Write.Content is not null))
        {
            file.Temporary = Stage(file, file.Write.Content!, file.Write.Rights); // filtered
        }
    }

    /// <summary>Puts all in place, or none.</summary>
    /// <exception cref="ProblemException">GH8164: one failed, and all is as it was; GH8165: not all is.</exception>
    public void Commit()
    {
        int done = 0;
        try
        {
            for (; done < _staged.Count; done++)
            {
                Staged file = _staged[done];
                _beforeCommit?.Invoke(file.Write.Path);
                if (file.Temporary is { } temporary)
                {
                    file.Folder.Commit(temporary, file.Name);
                    file.Temporary = null;
                }
                else
                {
                    file.Folder.Delete(file.Name);
                }
            }

            foreach (Staged file in _staged)
            {
                file.Folder.Sync();
            }
        }
        catch (ProblemException failed)
        {
            string[] left = PutBack(_staged[..done]);
            throw left.Length == 0
                ? HardenProblems.RolledBack.Exception($"{failed.Problem.Text}; every file is as it was before", failed.Problem.Hint, failed)
                : HardenProblems.NotRolledBack.Exception($"{failed.Problem.Text}; not put back: {string.Join(", ", left)}", "the backup has them as they were", failed);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Staged file in _staged)
        {
            if (file.Temporary is { } temporary)
            {
                file.Folder.TryDelete(temporary);
            }

            file.Folder.Dispose();
        }
    }

    private static string[] PutBack(IEnumerable<Staged> files)
    {
        var left = new List<string>();
        foreach (Staged file in files.Reverse())
        {
            try
            {
                if (file.Before is { } before)
                {
                    file.Folder.Commit(Stage(file, before, file.Rights!.Value), file.Name); // there was a file
                }
                else
                {
                    file.Folder.Delete(file.Name);
                }

                file.Folder.Sync();
            }
            catch (ProblemException)
            {
                left.Add(file.Write.Path); // the others still go back
            }
        }

        return [.. left];
    }

    private static string Stage(Staged file, byte[] content, FileRights rights) => file.Folder.Stage(file.Name, content, rights.Mode, rights.Owner, rights.Group);

    private sealed class Staged(PinnedFolder folder, string name, FileWrite write, byte[]? before, FileRights? rights)
    {
        public PinnedFolder Folder { get; } = folder;

        public string Name { get; } = name;

        public FileWrite Write { get; } = write;

        public byte[]? Before { get; } = before;

        public FileRights? Rights { get; } = rights;

        public string? Temporary { get; set; }
    }
}
