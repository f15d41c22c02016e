namespace Gatehouse.Engine.Tokens;

/// <summary>Why a token was refused, for records. The words never change.</summary>
internal static class TokenReasons
{
    /// <summary>Not three parts of canonical base64url with strict JSON in two of them, or a claim of the wrong type.</summary>
    public const string Malformed = "token_malformed";

    /// <summary>Longer than <see cref="CompactToken.MaxLength"/>.</summary>
    public const string TooLong = "token_too_long";

    /// <summary>A member twice in one object.</summary>
    public const string Duplicate = "token_duplicate_member";

    /// <summary>Encrypted or compressed; neither is read.</summary>
    public const string Encrypted = "token_encrypted";

    /// <summary>Extensions that must be understood (<c>crit</c>).</summary>
    public const string Critical = "token_critical";

    /// <summary>A <c>typ</c> of something else than an identity or access token.</summary>
    public const string Type = "token_type";

    /// <summary>An algorithm outside of the list.</summary>
    public const string Algorithm = "token_algorithm";

    /// <summary>Another issuer.</summary>
    public const string Issuer = "token_issuer";

    /// <summary>For somebody else.</summary>
    public const string Audience = "token_audience";

    /// <summary>No key of this issuer fits.</summary>
    public const string KeyUnknown = "token_key_unknown";

    /// <summary>Several keys fit.</summary>
    public const string KeyAmbiguous = "token_key_ambiguous";

    /// <summary>The issuer's keys could not be fetched, for too long.</summary>
    public const string KeysUnavailable = "token_keys_unavailable";

    /// <summary>The signature does not fit.</summary>
    public const string Signature = "token_signature";

    /// <summary>No end.</summary>
    public const string NoExpiry = "token_no_expiry";

    /// <summary>Past its end.</summary>
    public const string Expired = "token_expired";

    /// <summary>Before its beginning.</summary>
    public const string NotYet = "token_not_yet";

    /// <summary>Valid for longer than allowed.</summary>
    public const string Lifetime = "token_lifetime";

    /// <summary>A required claim is missing or different.</summary>
    public const string Claim = "token_claim";

    /// <summary>No usable name.</summary>
    public const string Name = "token_name";

    /// <summary>More claims than are kept.</summary>
    public const string TooMany = "token_too_many_claims";

    /// <summary>Groups that are neither a text nor a list of texts.</summary>
    public const string Groups = "token_groups";
}
