using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;

namespace Gatehouse.Engine.Certificates;

/// <summary>A place in a certificate: <c>subject.CN</c>, <c>subject.1.2.3.4</c>, <c>san.email</c>.</summary>
internal sealed class CertificateField
{
    private const string SubjectPrefix = "subject.";
    private readonly string? _oid;
    private readonly AlternativeNameKind _kind;

    private CertificateField(string? oid, AlternativeNameKind kind)
    {
        _oid = oid;
        _kind = kind;
    }

    /// <summary>Reads a word; null when it is none. An OID may stand alone.</summary>
    public static CertificateField? Parse(string word)
    {
        AlternativeNameKind? kind = word switch
        {
            "san.email" => AlternativeNameKind.Email,
            "san.dns" => AlternativeNameKind.Dns,
            "san.uri" => AlternativeNameKind.Uri,
            "san.upn" => AlternativeNameKind.Upn,
            _ => null,
        };
        if (kind is { } known)
        {
            return new CertificateField(null, known);
        }

        bool isPrefixed = word.StartsWith(SubjectPrefix, StringComparison.Ordinal);
        string? oid = isPrefixed || (word.Length > 0 && char.IsAsciiDigit(word[0])) ? Subject.OidOf(isPrefixed ? word[SubjectPrefix.Length..] : word) : null;
        return oid is null ? null : new CertificateField(oid, default);
    }

    /// <summary>All values there; false when the place cannot be read.</summary>
    public bool TryRead(X509Certificate2 certificate, Subject subject, out ImmutableArray<string> values)
    {
        if (_oid is null)
        {
            return AlternativeNames.TryRead(certificate, _kind, out values);
        }

        values = subject.Values(_oid);
        return true;
    }
}
