using System.Collections.Immutable;
using Gatehouse.Doctor.Facts;
using Gatehouse.Problems;
using Gatehouse.Problems.Doctor;

namespace Gatehouse.Doctor.Hardening;

/// <summary>Which installation is meant: its main configuration file, and its process where it runs.</summary>
/// <param name="File">The file.</param>
/// <param name="Process">The process, or null.</param>
internal sealed record Installation(string File, ProcessFact? Process)
{
    /// <summary>Processes that say they use the file, of users whom the file does not show to be its own: any user can say so.</summary>
    public ImmutableArray<ProcessFact> Strangers { get; init; } = [];

    /// <summary>The one that was named, or the only one that runs.</summary>
    /// <param name="host">Where.</param>
    /// <param name="named">A file or folder, or null.</param>
    /// <param name="name">The file's usual name.</param>
    /// <param name="fileOf">The file that a process of this host uses; null where it is none of the system.</param>
    /// <param name="usual">Places where it usually is.</param>
    /// <exception cref="ProblemException">GH8160, GH8162, GH8163.</exception>
    public static Installation Find(IHost host, string? named, string name, Func<ProcessFact, string?> fileOf, params ReadOnlySpan<string> usual)
    {
        (string File, ProcessFact Process)[] running =
            [.. host.Processes.Where(static p => p.Root.Length == 0).Select(p => (File: fileOf(p), Process: p)).Where(static one => one.File is not null).Select(static one => (one.File!, one.Process))];
        if (named is not null)
        {
            return Of(host, running, host.Look(named) is { Status.IsFolder: true } ? Path.Combine(named, name) : named);
        }

        string[] files = [.. running.Select(static one => one.File).Distinct(StringComparer.Ordinal)];
        if (files.Length > 1)
        {
            throw HardenProblems.Wish.Exception($"several run here: {string.Join(", ", files)}", "--file FILE says which one");
        }

        if (files.Length == 1)
        {
            return Of(host, running, files[0]);
        }

        foreach (string path in usual)
        {
            if (host.Look(path) is { Status.IsFile: true })
            {
                return new Installation(path, null);
            }
        }

        throw HardenProblems.Input.Exception($"no {name} was found on this host", "--file FILE says where it is");
    }

    private static Installation Of(IHost host, IEnumerable<(string File, ProcessFact Process)> running, string file)
    {
        FileFact? there = host.Look(file);
        ILookup<bool, ProcessFact> processes = running.Where(one => one.File == file).ToLookup(one => there is not null && one.Process.IsMeant(there), static one => one.Process);
        ProcessFact[] own = [.. processes[true]];
        return own.Select(static process => process.User).Distinct().Count() <= 1
            ? new Installation(file, own.FirstOrDefault()) { Strangers = [.. processes[false]] }
            : throw HardenProblems.Account.Exception($"processes of several users use `{file}`: {string.Join(", ", own.Select(static process => process.Place))}", "--user NAME says whose it is");
    }

    /// <summary>What a process was told by an option (<c>--config DIR</c>, <c>--config=DIR</c>), or null.</summary>
    public static string? Told(ProcessFact process, params ReadOnlySpan<string> options)
    {
        for (int i = 1; i < process.Arguments.Length; i++)
        {
            foreach (string option in options)
            {
                string argument = process.Arguments[i];
                string? value = argument == option && i + 1 < process.Arguments.Length ? process.Arguments[i + 1]
                    : argument.StartsWith(option + "=", StringComparison.Ordinal) ? argument[(option.Length + 1)..]
                    : null;
                if (value is not null)
                {
                    return process.WorkingDirectory is { } folder ? Path.GetFullPath(value, folder) : Path.IsPathRooted(value) ? value : null;
                }
            }
        }

        return null;
    }

    /// <summary>A variable of a process, or null.</summary>
    public static string? Variable(ProcessFact process, string name) => process.Environment?.GetValueOrDefault(name) is { Length: > 0 } value ? value : null;
}
