using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace Gatehouse.Doctor.Findings;

/// <summary>What one check says about one place.</summary>
public sealed record Finding
{
    /// <summary>The check's permanent id: <c>ES-001</c>.</summary>
    public required string Check { get; init; }

    /// <summary>How bad it is here.</summary>
    public required Severity Severity { get; init; }

    /// <summary>The system's word: <c>elasticsearch</c>.</summary>
    public required string System { get; init; }

    /// <summary>Which one of them: the main configuration file, or the process where there is none.</summary>
    public required string Subject { get; init; }

    /// <summary>The check's title, the same for every finding of it.</summary>
    public required string Title { get; init; }

    /// <summary>What is so here, in one sentence without secrets.</summary>
    public required string Text { get; init; }

    /// <summary>Where it was seen.</summary>
    public ImmutableArray<Evidence> Evidence { get; init; } = [];

    /// <summary>Whether the check could not decide; <see cref="Text"/> says what it lacked.</summary>
    public bool IsUnknown { get; init; }

    /// <summary>The risk as somebody accepted it, or null.</summary>
    public AcceptedRisk? Accepted { get; init; }

    /// <summary>Whether it counts: decided, and not accepted.</summary>
    public bool IsOpen => !IsUnknown && Accepted is null;

    /// <summary>Names this finding over runs: the same where only lines have moved. 16 hex digits.</summary>
    public string Fingerprint { get; private init; } = "";

    /// <summary>A check that could not be decided, for a reason that is none of its own.</summary>
    internal static Finding Unknown(string system, string subject, string check, string why)
    {
        CheckPage? page = CheckPage.Find(check);
        return new Finding
        {
            Check = check,
            Title = page?.Title ?? check,
            Severity = page?.Severity ?? Severity.High,
            System = system,
            Subject = subject,
            Text = why,
            IsUnknown = true,
        }.Sealed();
    }

    /// <summary>Gives it its fingerprint.</summary>
    public Finding Sealed()
    {
        var text = new StringBuilder().Append(Check).Append('\n').Append(System).Append('\n').Append(Subject);
        foreach (Evidence evidence in Evidence)
        {
            text.Append('\n').Append(evidence.Kind).Append(' ').Append(PlaceOf(evidence)).Append(' ').Append(NameOf(evidence));
        }

        return this with { Fingerprint = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))[..16] };
    }

    /// <summary>The first place that it was seen at, the same over runs; empty where there is none.</summary>
    internal string FirstPlace => Evidence.IsEmpty ? "" : PlaceOf(Evidence[0]);

    // A process gets another number with each start: `pid 812 (java)` is `(java)`.
    private static string PlaceOf(Evidence evidence) =>
        evidence.Place.StartsWith("pid ", StringComparison.Ordinal) ? evidence.Place.TrimStart("pid 0123456789".ToCharArray()) : evidence.Place;

    // A value may change while the fault stays.
    private static string NameOf(Evidence evidence) =>
        evidence.Kind is EvidenceKind.File or EvidenceKind.Environment ? evidence.Shown.Split(':', '=')[0].Trim() : "";
}
