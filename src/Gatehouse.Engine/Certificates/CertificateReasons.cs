namespace Gatehouse.Engine.Certificates;

/// <summary>Why a certificate was refused, for records. The words never change.</summary>
internal static class CertificateReasons
{
    /// <summary>Bytes that cannot be read in one way only.</summary>
    public const string Malformed = "certificate_malformed";

    /// <summary>A subject with parts of several values, or values that are no text.</summary>
    public const string Subject = "certificate_subject";

    /// <summary>Past its end.</summary>
    public const string Expired = "certificate_expired";

    /// <summary>Before its beginning.</summary>
    public const string NotYet = "certificate_not_yet";

    /// <summary>Not for clients, or an authority's own.</summary>
    public const string Purpose = "certificate_purpose";

    /// <summary>A key too short or a signature with a broken hash.</summary>
    public const string Weak = "certificate_weak";

    /// <summary>Not from the realm's authorities.</summary>
    public const string Untrusted = "certificate_untrusted";

    /// <summary>The realm has no authorities to ask.</summary>
    public const string NoAuthorities = "certificate_no_authorities";

    /// <summary>On its issuer's list.</summary>
    public const string Revoked = "certificate_revoked";

    /// <summary>Lists are required, and there is no good one of this issuer.</summary>
    public const string CrlMissing = "crl_missing";

    /// <summary>The issuer's list is past its next update.</summary>
    public const string CrlStale = "crl_stale";

    /// <summary>The field of the name is not there.</summary>
    public const string NameMissing = "certificate_name_missing";

    /// <summary>It is there more than once.</summary>
    public const string NameAmbiguous = "certificate_name_ambiguous";

    /// <summary>A name or group with characters that a person cannot see, or too long.</summary>
    public const string NameInvalid = "certificate_name_invalid";
}
