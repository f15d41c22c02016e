using System.Collections.Immutable;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Ignite.Checks;

/// <summary>Code that a node takes and runs.</summary>
internal static class WorkChecks
{
    private const string Location = "deployment.location";
    private const string OldLocation = "deployment.deploymentLocation";
    private const string Queue = "compute.queueMaxSize";

    /// <summary>Its rules.</summary>
    public static ImmutableArray<Rule<IgniteSubject>> All { get; } =
    [
        Scope.Node("IGN-DEP-001", TakesCodeFromOutside),
        Scope.Node("IGN-CMP-001", QueuesWithoutEnd),
    ];

    private static IEnumerable<Observation> TakesCodeFromOutside(IgniteSubject subject, IgniteFile file)
    {
        Setting location = file.AtAny(Location, OldLocation);
        if (IgniteFile.TextOf(location, "deployment") is not { } path)
        {
            yield return file.Unsure(location);
            yield break;
        }

        if (IsOutside(path, subject.WorkFolder))
        {
            yield return Observation.Of($"units of code are taken from `{path}`, which is not below the node's working folder: what lies there is run", file.Show(location));
        }

        string? folder = path.StartsWith('/') ? path : subject.WorkFolder is { } work ? $"{work.TrimEnd('/')}/{path}" : null;
        string? onHost = folder is null ? null : subject.OnHost(folder);
        FileFact? fact = onHost is null ? null : subject.Host.Look(onHost);
        if (fact is { Status.OthersWrite: true })
        {
            yield return Observation.Of($"everybody on this host may put code into `{folder}`, and the node runs it", Shown.Of(fact, subject.Host), file.Show(location));
        }
        else if (onHost is null || (fact is null && subject.Host.Look(onHost[..onHost.LastIndexOf('/')]) is null))
        {
            // A folder that is not there yet is made by the node itself, in one that can be seen.
            string lack = folder is null ? "the node's working folder is not known" : $"`{folder}` cannot be seen";
            yield return new Observation($"{lack}, so who may put code into the node's folder for it cannot be told", [file.Show(location)]) { IsUnknown = true };
        }
    }

    private static IEnumerable<Observation> QueuesWithoutEnd(IgniteSubject subject, IgniteFile file)
    {
        Setting queue = file.At(Queue);
        if (IgniteFile.NumberOf(queue, int.MaxValue) is not { } size)
        {
            yield return file.Unsure(queue);
        }
        else if (size == int.MaxValue)
        {
            yield return Observation.Of("jobs queue up without end: one user can fill the node's memory", file.Show(queue));
        }
    }

    private static bool IsOutside(string path, string? work)
    {
        int depth = 0;
        foreach (string part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            depth += part == ".." ? -1 : part == "." ? 0 : 1;
            if (depth < 0)
            {
                return true;
            }
        }

        return path.StartsWith('/') && (work is null || path.Contains("/../", StringComparison.Ordinal) || !path.StartsWith(work.TrimEnd('/') + "/", StringComparison.Ordinal));
    }
}
