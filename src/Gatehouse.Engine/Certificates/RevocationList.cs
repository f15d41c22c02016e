using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Gatehouse.Engine.Certificates;

/// <summary>
/// One revocation list (RFC 5280 section 5), read whole. Delta lists, indirect ones and those of only a part of the
/// certificates are refused: each would leave out what it should name.
/// </summary>
internal sealed class RevocationList
{
    private readonly HashSet<BigInteger> _serials;
    private readonly ReadOnlyMemory<byte> _signed;
    private readonly byte[] _signature;
    private readonly string _algorithm;

    private RevocationList(
        byte[] issuer, (DateTimeOffset ThisUpdate, DateTimeOffset NextUpdate) times, HashSet<BigInteger> serials, ReadOnlyMemory<byte> signed, byte[] signature, string algorithm)
    {
        Issuer = issuer;
        (ThisUpdate, NextUpdate) = times;
        _serials = serials;
        _signed = signed;
        _signature = signature;
        _algorithm = algorithm;
    }

    /// <summary>The issuer's name, DER.</summary>
    public byte[] Issuer { get; }

    /// <summary>When it was made.</summary>
    public DateTimeOffset ThisUpdate { get; }

    /// <summary>When it ends to count.</summary>
    public DateTimeOffset NextUpdate { get; }

    /// <summary>How many certificates are on it.</summary>
    public int Count => _serials.Count;

    /// <summary>Whether a certificate is on it.</summary>
    /// <param name="serial">Its number.</param>
    public bool Names(BigInteger serial) => _serials.Contains(serial);

    /// <summary>Reads one; null when it is none that we understand completely.</summary>
    public static RevocationList? Read(ReadOnlyMemory<byte> der)
    {
        try
        {
            var outer = new AsnReader(der, AsnEncodingRules.DER);
            AsnReader list = outer.ReadSequence();
            outer.ThrowIfNotEmpty();
            ReadOnlyMemory<byte> signed = list.PeekEncodedValue();
            AsnReader body = list.ReadSequence();
            ReadOnlyMemory<byte> algorithm = list.ReadEncodedValue();
            byte[] signature = list.ReadBitString(out int unused);
            list.ThrowIfNotEmpty();
            return unused == 0 ? ReadBody(body, signed, algorithm, signature) : null;
        }
        catch (AsnContentException)
        {
            return null;
        }
    }

    /// <summary>Whether an authority made it: name, right to sign lists, signature.</summary>
    public bool IsOf(X509Certificate2 authority)
    {
        if (!authority.SubjectName.RawData.AsSpan().SequenceEqual(Issuer) || !MaySign(authority))
        {
            return false;
        }

        HashAlgorithmName? hash = _algorithm switch
        {
            "1.2.840.113549.1.1.11" or "1.2.840.10045.4.3.2" => HashAlgorithmName.SHA256,
            "1.2.840.113549.1.1.12" or "1.2.840.10045.4.3.3" => HashAlgorithmName.SHA384,
            "1.2.840.113549.1.1.13" or "1.2.840.10045.4.3.4" => HashAlgorithmName.SHA512,
            _ => null,
        };
        if (hash is not { } name)
        {
            return false;
        }

        try
        {
            if (_algorithm.StartsWith("1.2.840.113549.", StringComparison.Ordinal))
            {
                using RSA? rsa = authority.GetRSAPublicKey();
                return rsa?.VerifyData(_signed.Span, _signature, name, RSASignaturePadding.Pkcs1) == true;
            }

            using ECDsa? ecdsa = authority.GetECDsaPublicKey();
            return ecdsa?.VerifyData(_signed.Span, _signature, name, DSASignatureFormat.Rfc3279DerSequence) == true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private static bool MaySign(X509Certificate2 authority) =>
        authority.Extensions.OfType<X509KeyUsageExtension>().All(static u => u.KeyUsages.HasFlag(X509KeyUsageFlags.CrlSign));

    private static RevocationList? ReadBody(AsnReader body, ReadOnlyMemory<byte> signed, ReadOnlyMemory<byte> outerAlgorithm, byte[] signature)
    {
        // Section 5.1.2.1: version 2, since it has extensions; section 5.1.1.2: both algorithms are the same.
        if (!body.PeekTag().HasSameClassAndValue(Asn1Tag.Integer) || body.ReadInteger() != BigInteger.One
            || !body.PeekEncodedValue().Span.SequenceEqual(outerAlgorithm.Span))
        {
            return null;
        }

        string algorithm = body.ReadSequence().ReadObjectIdentifier();
        byte[] issuer = body.ReadEncodedValue().ToArray();
        DateTimeOffset thisUpdate = ReadTime(body);
        if (!body.HasData || !IsTime(body.PeekTag()))
        {
            return null; // without a next update (required by section 5.1.2.5) it would count for ever
        }

        DateTimeOffset nextUpdate = ReadTime(body);
        HashSet<BigInteger>? serials = [];
        if (body.HasData && body.PeekTag().HasSameClassAndValue(Asn1Tag.Sequence))
        {
            serials = ReadSerials(body.ReadSequence());
        }

        if (serials is null || (body.HasData && HasCritical(body.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 0)).ReadSequence())))
        {
            return null;
        }

        body.ThrowIfNotEmpty();
        return new RevocationList(issuer, (thisUpdate, nextUpdate), serials, signed, signature, algorithm);
    }

    // Null for an entry with a critical extension: it would be of another issuer (section 5.3.3).
    private static HashSet<BigInteger>? ReadSerials(AsnReader list)
    {
        HashSet<BigInteger> serials = [];
        while (list.HasData)
        {
            AsnReader entry = list.ReadSequence();
            serials.Add(entry.ReadInteger());
            ReadTime(entry);
            if (entry.HasData && HasCritical(entry.ReadSequence()))
            {
                return null;
            }

            entry.ThrowIfNotEmpty();
        }

        return serials;
    }

    private static bool HasCritical(AsnReader extensions)
    {
        while (extensions.HasData)
        {
            AsnReader extension = extensions.ReadSequence();
            extension.ReadObjectIdentifier();
            if (extension.PeekTag().HasSameClassAndValue(Asn1Tag.Boolean) && extension.ReadBoolean())
            {
                return true;
            }

            extension.ReadOctetString();
            extension.ThrowIfNotEmpty();
        }

        return false;
    }

    private static bool IsTime(Asn1Tag tag) => tag.HasSameClassAndValue(Asn1Tag.UtcTime) || tag.HasSameClassAndValue(Asn1Tag.GeneralizedTime);

    private static DateTimeOffset ReadTime(AsnReader reader) =>
        reader.PeekTag().HasSameClassAndValue(Asn1Tag.UtcTime) ? reader.ReadUtcTime(2049) : reader.ReadGeneralizedTime();
}
