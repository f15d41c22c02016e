using System.Collections.Immutable;
using Gatehouse.Identity;

namespace Gatehouse.Administration;

/// <summary>See <see cref="TokenSettings"/>.</summary>
public sealed record TokenView
{
    /// <summary>The issuer.</summary>
    public required string Issuer { get; set; }

    /// <summary>Audiences.</summary>
    public IReadOnlyList<string> Audiences { get; set; } = [];

    /// <summary>Algorithms.</summary>
    public IReadOnlyList<string> Algorithms { get; set; } = ["RS256", "ES256"];

    /// <summary>
    /// Keys as a JSON Web Key Set. Shown are public ones only: with HS algorithms they are secrets, and stay where a request
    /// leaves them out.
    /// </summary>
    public string? Keys { get; set; }

    /// <summary>Only in answers: whether keys are written. What a request says here is not looked at.</summary>
    public bool? KeysSet { get; set; }

    /// <summary>Where keys are fetched.</summary>
    public string? KeysUrl { get; set; }

    /// <summary>Authorities for fetching, PEM.</summary>
    public string? Authorities { get; set; }

    /// <summary>JSON pointer of the name.</summary>
    public string NameClaim { get; set; } = "/sub";

    /// <summary>JSON pointer of the groups.</summary>
    public string? GroupsClaim { get; set; }

    /// <summary>Claims that must have these values.</summary>
    public IReadOnlyDictionary<string, string?>? Require { get; set; }

    /// <summary>Seconds that clocks may differ.</summary>
    public int SkewSeconds { get; set; } = 60;

    /// <summary>Seconds that a token may be valid.</summary>
    public int MaxSeconds { get; set; } = 86_400;

    /// <summary>How the API shows them.</summary>
    public static TokenView From(TokenSettings settings) => new()
    {
        Issuer = settings.Issuer,
        Audiences = settings.Audiences,
        Algorithms = settings.Algorithms,
        Keys = settings.HasSecretKeys ? null : settings.Keys,
        KeysSet = settings.Keys is not null,
        KeysUrl = settings.KeysUrl,
        Authorities = settings.Authorities,
        NameClaim = settings.NameClaim,
        GroupsClaim = settings.GroupsClaim,
        Require = settings.Require is { Count: > 0 } require ? require.ToDictionary(static pair => pair.Key, static string? (pair) => pair.Value, StringComparer.Ordinal) : null,
        SkewSeconds = settings.SkewSeconds,
        MaxSeconds = settings.MaxSeconds,
    };

    /// <summary>The document to keep.</summary>
    public TokenSettings ToDocument() => new()
    {
        Issuer = Issuer,
        Audiences = [.. Audiences],
        Algorithms = [.. Algorithms],
        Keys = Keys,
        KeysUrl = KeysUrl,
        Authorities = Authorities,
        NameClaim = NameClaim,
        GroupsClaim = GroupsClaim,
        Require = (Require ?? ImmutableDictionary<string, string?>.Empty)
            .ToImmutableSortedDictionary(static pair => pair.Key, static pair => pair.Value ?? "", StringComparer.Ordinal),
        SkewSeconds = SkewSeconds,
        MaxSeconds = MaxSeconds,
    };
}
