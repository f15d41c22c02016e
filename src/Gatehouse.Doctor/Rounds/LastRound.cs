using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Gatehouse.Doctor.Findings;

namespace Gatehouse.Doctor.Rounds;

/// <summary>What an earlier round found, kept so that the next one can say what changed.</summary>
/// <param name="Began">When it was.</param>
/// <param name="Findings">What was open.</param>
public sealed record LastRound(DateTimeOffset Began, ImmutableArray<PastFinding> Findings)
{
    /// <summary>Of a round, to be kept.</summary>
    public static LastRound Of(Examination examination) => new(
        examination.Began,
        [.. examination.Findings.Where(static f => f.IsOpen).Select(static f => new PastFinding(f.Fingerprint, f.Check, f.Severity, f.Subject, f.Text))]);

    /// <summary>Reads one that was kept; null where it is none.</summary>
    public static LastRound? Read(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return JsonSerializer.Deserialize(bytes, LastRoundJson.Default.LastRound) is { Findings: { IsDefault: false } findings } read && findings.All(static f => f is not null) ? read : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>As bytes.</summary>
    public byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(this, LastRoundJson.Default.LastRound);

    /// <summary>What is new and what is gone.</summary>
    public Trend Compare(ImmutableArray<Finding> now)
    {
        var before = Findings.Select(static f => f.Fingerprint).ToHashSet(StringComparer.Ordinal);
        var open = now.Where(static f => f.IsOpen).Select(static f => f.Fingerprint).ToHashSet(StringComparer.Ordinal);
        return new Trend(Began, [.. open.Where(f => !before.Contains(f)).Order(StringComparer.Ordinal)], [.. Findings.Where(f => !open.Contains(f.Fingerprint))]);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true, UseStringEnumConverter = true, WriteIndented = true)]
[JsonSerializable(typeof(LastRound))]
internal sealed partial class LastRoundJson : JsonSerializerContext;
