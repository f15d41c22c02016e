using System.Collections.Immutable;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Rules;

/// <summary>What a rule saw: a fault, or that it could not decide.</summary>
/// <param name="Text">One sentence without secrets, lower case first, no full stop, user input in backticks.</param>
/// <param name="Evidence">Where.</param>
public sealed record Observation(string Text, ImmutableArray<Evidence> Evidence)
{
    /// <summary>How bad it is here, or null for the check's usual severity.</summary>
    public Severity? Severity { get; init; }

    /// <summary>Whether the rule could not decide; the text says what it lacks.</summary>
    public bool IsUnknown { get; init; }

    /// <summary>A fault at settings.</summary>
    public static Observation At(string text, params ReadOnlySpan<Setting> settings) => new(text, Shown.All(settings));

    /// <summary>A fault at settings, of a severity of its own.</summary>
    public static Observation At(Severity severity, string text, params ReadOnlySpan<Setting> settings) => new(text, Shown.All(settings)) { Severity = severity };

    /// <summary>A fault at any places.</summary>
    public static Observation Of(string text, params ImmutableArray<Evidence> evidence) => new(text, evidence);

    /// <summary>A fault at any places, of a severity of its own.</summary>
    public static Observation Of(Severity severity, string text, params ImmutableArray<Evidence> evidence) => new(text, evidence) { Severity = severity };

    /// <summary>It cannot be told.</summary>
    public static Observation Unknown(string text, params ReadOnlySpan<Setting> settings) => new(text, Shown.All(settings)) { IsUnknown = true };
}
