using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;

namespace Gatehouse.Doctor.Rounds;

/// <summary>What an earlier round found, kept so that the next one can say what changed.</summary>
/// <param name="Began">When it was.</param>
/// <param name="Findings">What was open.</param>
public sealed record LastRound(DateTimeOffset Began, ImmutableArray<PastFinding> Findings)
{
    /// <summary>Of a round, to be kept.</summary>
    public static LastRound Of(Examination examination) => new(
        examination.Began,
        [.. examination.Findings.Where(static f => f.IsOpen).Select(static f => new PastFinding(f.Fingerprint, f.Check, f.Severity, f.Subject, f.Text, f.FirstPlace)), .. examination.Earlier]);

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

    /// <summary>What is new, what is gone, and what of the earlier round was not looked at this time.</summary>
    /// <param name="now">What was found.</param>
    /// <param name="systems">What was looked at.</param>
    /// <param name="request">What was to be looked at: what is there no more went away, what was not meant did not.</param>
    public (Trend Trend, ImmutableArray<PastFinding> Earlier) Compare(ImmutableArray<Finding> now, ImmutableArray<ExaminedSystem> systems, ExaminationRequest request)
    {
        var before = Findings.Select(static f => f.Fingerprint).ToHashSet(StringComparer.Ordinal);
        List<Finding> fresh = [.. now.Where(f => f.IsOpen && !before.Contains(f.Fingerprint)).DistinctBy(static f => f.Fingerprint)];
        var open = now.Where(static f => f.IsOpen).Select(static f => f.Fingerprint).ToHashSet(StringComparer.Ordinal);
        var unknown = now.Where(static f => f.IsUnknown).Select(static f => (f.Check, f.Subject)).ToHashSet();
        var looked = systems.Select(static s => s.Subject).ToHashSet(StringComparer.Ordinal);
        var gone = ImmutableArray.CreateBuilder<PastFinding>();
        var earlier = ImmutableArray.CreateBuilder<PastFinding>();
        foreach (PastFinding past in Findings.Where(f => !open.Contains(f.Fingerprint)))
        {
            // The same check at the same place is the same finding, whatever is shown of it now.
            int same = fresh.FindIndex(f => f.Check == past.Check && f.Subject == past.Subject && (past.Place.Length == 0 || f.FirstPlace == past.Place));
            bool isMeant = looked.Contains(past.Subject) || request.Files.IsEmpty || request.Files.Any(file => ExaminedSystem.IsAt(past.Subject, file));
            if (same >= 0)
            {
                fresh.RemoveAt(same);
            }
            else
            {
                (isMeant && !unknown.Contains((past.Check, past.Subject)) ? gone : earlier).Add(past);
            }
        }

        return (new Trend(Began, [.. fresh.Select(static f => f.Fingerprint).Order(StringComparer.Ordinal)], gone.ToImmutable()), earlier.ToImmutable());
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true, UseStringEnumConverter = true, WriteIndented = true)]
[JsonSerializable(typeof(LastRound))]
internal sealed partial class LastRoundJson : JsonSerializerContext;
