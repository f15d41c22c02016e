using System.Collections.Immutable;
using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;

namespace Gatehouse.Engine.Certificates;

/// <summary>Kinds of alternative names that may name a principal.</summary>
internal enum AlternativeNameKind
{
    /// <summary>rfc822Name.</summary>
    Email,

    /// <summary>dNSName.</summary>
    Dns,

    /// <summary>uniformResourceIdentifier.</summary>
    Uri,

    /// <summary>An otherName of Microsoft's, the user principal name.</summary>
    Upn,
}

/// <summary>The alternative names of a certificate (RFC 5280 section 4.2.1.6).</summary>
internal static class AlternativeNames
{
    private const string Extension = "2.5.29.17";
    private const string UserPrincipalName = "1.3.6.1.4.1.311.20.2.3";

    /// <summary>All names of one kind; false when the extension is there twice or cannot be read.</summary>
    public static bool TryRead(X509Certificate2 certificate, AlternativeNameKind kind, out ImmutableArray<string> names)
    {
        names = [];
        X509Extension[] found = [.. certificate.Extensions.Where(static e => e.Oid?.Value == Extension)];
        if (found.Length != 1)
        {
            return found.Length == 0;
        }

        try
        {
            names = Read(found[0].RawData, kind);
            return true;
        }
        catch (AsnContentException)
        {
            return false;
        }
    }

    private static ImmutableArray<string> Read(byte[] der, AlternativeNameKind kind)
    {
        ImmutableArray<string>.Builder names = ImmutableArray.CreateBuilder<string>();
        var outer = new AsnReader(der, AsnEncodingRules.DER);
        AsnReader list = outer.ReadSequence();
        outer.ThrowIfNotEmpty();
        Asn1Tag wanted = new(TagClass.ContextSpecific, kind switch
        {
            AlternativeNameKind.Email => 1,
            AlternativeNameKind.Dns => 2,
            AlternativeNameKind.Uri => 6,
            _ => 0,
        });
        while (list.HasData)
        {
            if (!list.PeekTag().HasSameClassAndValue(wanted))
            {
                list.ReadEncodedValue();
            }
            else if (kind != AlternativeNameKind.Upn)
            {
                names.Add(list.ReadCharacterString(UniversalTagNumber.IA5String, wanted));
            }
            else if (ReadUpn(list.ReadSequence(wanted)) is { } upn)
            {
                names.Add(upn);
            }
        }

        return names.ToImmutable();
    }

    // OtherName ::= SEQUENCE { type-id OBJECT IDENTIFIER, value [0] EXPLICIT ANY }; the value is a UTF8String.
    private static string? ReadUpn(AsnReader other)
    {
        if (other.ReadObjectIdentifier() != UserPrincipalName)
        {
            return null;
        }

        AsnReader value = other.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 0));
        string text = value.ReadCharacterString(UniversalTagNumber.UTF8String);
        value.ThrowIfNotEmpty();
        other.ThrowIfNotEmpty();
        return text;
    }
}
