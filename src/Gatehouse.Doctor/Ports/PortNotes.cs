using System.Collections.Immutable;
using System.Net;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Probes;
using Gatehouse.Doctor.Rules;

namespace Gatehouse.Doctor.Ports;

/// <summary>What the ports of one installation said, written down by questions that run side by side.</summary>
internal sealed class PortNotes(Subject subject)
{
    private const int LongestName = 80;
    private readonly Lock _lock = new();
    private readonly List<Finding> _findings = [];
    private readonly SortedSet<string> _checks = new(StringComparer.Ordinal);

    /// <summary>The installation.</summary>
    public Subject Subject => subject;

    /// <summary>Everything that was written down.</summary>
    public ProbedSubject Result
    {
        get
        {
            lock (_lock)
            {
                return new ProbedSubject(Examination.Sort(_findings), [.. _checks]);
            }
        }
    }

    /// <summary>A check was made, whatever it gave.</summary>
    public void Made(params ReadOnlySpan<string> checks)
    {
        lock (_lock)
        {
            foreach (string check in checks)
            {
                _checks.Add(check);
            }
        }
    }

    /// <summary>Something was found.</summary>
    public void Found(string check, Observation observation)
    {
        Finding finding = RuleRun.Make(subject, check, observation);
        lock (_lock)
        {
            _checks.Add(check);
            _findings.Add(finding);
        }
    }

    /// <summary>Something was found.</summary>
    public void Found(string check, Severity severity, string text, params ImmutableArray<Evidence> evidence) => Found(check, Observation.Of(severity, text, evidence));

    /// <summary>It cannot be told.</summary>
    public void Undecided(string check, string text, params ImmutableArray<Evidence> evidence) => Found(check, Observation.Of(text, evidence) with { IsUnknown = true });

    /// <summary>Tries a login that everybody knows. Null, which is no answer, is an unknown finding: an answer that was not waited for may have been yes.</summary>
    /// <param name="check">The check that it is for.</param>
    /// <param name="target">The port.</param>
    /// <param name="tried">What was tried before.</param>
    /// <param name="service">Which service: its system, process and port.</param>
    /// <param name="pair">The pair's name: the user.</param>
    /// <param name="attempt">Tries; null where nobody answered.</param>
    public async Task<bool?> TryAsync(string check, IPEndPoint target, TriedPairs tried, string service, string pair, Func<Task<bool?>> attempt)
    {
        Made(check);
        bool? isTaken = await tried.OnceAsync(service, pair, attempt);
        if (isTaken is null)
        {
            Undecided(check, "whether the port takes a password that everybody knows cannot be told: the attempt got no answer in time", At(target, "no answer to a login"));
        }

        return isTaken;
    }

    /// <summary>Asks several things at once. A question that fails is an unknown finding of its check, and the others go on.</summary>
    public Task AskAsync(params IEnumerable<(string Check, Func<Task> Ask)> questions) => Task.WhenAll(questions.Select(question => GuardAsync(question.Check, question.Ask)));

    /// <summary>A port and what was seen there.</summary>
    public static Evidence At(IPEndPoint target, string what) => new(EvidenceKind.Port, target.ToString(), what);

    /// <summary>A word that the other side said, for sentences: short, and without characters that mean something to a terminal or a report.</summary>
    public static string Named(string said) =>
        string.Concat(said.Take(LongestName).Select(static c => char.IsAsciiLetterOrDigit(c) || "@._-:".Contains(c, StringComparison.Ordinal) ? c : '?'));

    private async Task GuardAsync(string check, Func<Task> ask)
    {
        Made(check);
        try
        {
            await ask();
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            // The text of an exception may quote what the other side said.
            Undecided(check, $"asking the port failed ({fault.GetType().Name}); please report it");
        }
    }
}
