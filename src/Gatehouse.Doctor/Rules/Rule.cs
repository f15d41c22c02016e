using System.Collections.Immutable;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Findings;

namespace Gatehouse.Doctor.Rules;

/// <summary>One installation of a guarded system as it was found on a host: files, process, ports.</summary>
public abstract class Subject
{
    /// <summary>The system's word: <c>emqx</c>.</summary>
    public abstract string System { get; }

    /// <summary>Which one: the main configuration file's path, or the process where no file was found.</summary>
    public required string Name { get; init; }

    /// <summary>The host it is on.</summary>
    public required IHost Host { get; init; }

    /// <summary>Its version as far as known (<c>5.8.6</c>), or null.</summary>
    public string? Version { get; init; }

    /// <summary>Its process, or null where none runs or none may be seen.</summary>
    public ProcessFact? Process { get; init; }

    /// <summary>What could be seen: <c>file</c>, <c>process</c>, <c>port</c>.</summary>
    public ImmutableArray<string> Layers { get; init; } = [];

    /// <summary>What of its configuration could not be read, so that hardly anything can be said of it.</summary>
    public virtual IEnumerable<BlindSpot> Blind => [];

    /// <summary>Files besides the main one that something of it was read from.</summary>
    public virtual IEnumerable<string> Used => [];
}

/// <summary>One check of one kind of system.</summary>
/// <param name="Id">The permanent id; its page is <c>docs/doctor/ID.md</c>.</param>
/// <param name="Look">Looks, and gives what it saw: nothing where all is well. It changes nothing and asks nobody.</param>
/// <typeparam name="T">The kind of system.</typeparam>
public sealed record Rule<T>(string Id, Func<T, IEnumerable<Observation>> Look)
    where T : Subject;

/// <summary>Makes findings of what rules see.</summary>
public static class RuleRun
{
    /// <summary>Lets every rule look. A rule that fails is an unknown finding, and the others go on.</summary>
    public static IEnumerable<Finding> Findings<T>(T subject, IEnumerable<Rule<T>> rules)
        where T : Subject
    {
        foreach (Rule<T> rule in rules)
        {
            foreach (Observation observation in Look(subject, rule))
            {
                yield return Make(subject, rule.Id, observation);
            }
        }
    }

    /// <summary>Makes a finding of what was seen.</summary>
    /// <param name="subject">Where.</param>
    /// <param name="id">The check's id, which has a page.</param>
    /// <param name="observation">What.</param>
    public static Finding Make(Subject subject, string id, Observation observation)
    {
        CheckPage page = CheckPage.Find(id) ?? throw new InvalidOperationException($"{id} has no page");
        return new Finding
        {
            Check = page.Id,
            Title = page.Title,
            Severity = observation.Severity ?? page.Severity,
            System = subject.System,
            Subject = subject.Name,
            Text = observation.Text,
            Evidence = observation.Evidence,
            IsUnknown = observation.IsUnknown,
        }.Sealed();
    }

    private static List<Observation> Look<T>(T subject, Rule<T> rule)
        where T : Subject
    {
        try
        {
            return [.. rule.Look(subject)];
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            // The text of an exception may quote a file.
            return [Observation.Unknown($"the check itself failed ({fault.GetType().Name}); please report it")];
        }
    }
}
