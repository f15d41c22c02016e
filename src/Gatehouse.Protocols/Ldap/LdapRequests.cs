using System.Collections.Immutable;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Text;

namespace Gatehouse.Protocols.Ldap;

/// <summary>How far a search goes (RFC 4511 section 4.5.1.2). The numbers are the wire's.</summary>
public enum LdapScope
{
    /// <summary>The base entry only.</summary>
    Base = 0,

    /// <summary>The base and everything below.</summary>
    Subtree = 2,
}

/// <summary>One search. Aliases are never followed.</summary>
/// <param name="Base">Where, a distinguished name.</param>
/// <param name="Scope">How far.</param>
/// <param name="Filter">What.</param>
/// <param name="Attributes">Attributes asked for; none asks for the names only.</param>
/// <param name="MaxEntries">Entries wanted at most.</param>
/// <param name="MaxSeconds">Seconds the server may take.</param>
public sealed record LdapSearch(
    string Base, LdapScope Scope, LdapFilter Filter, ImmutableArray<string> Attributes, int MaxEntries, int MaxSeconds);

/// <summary>One page of a search (RFC 2696).</summary>
/// <param name="Size">Entries wanted in it.</param>
/// <param name="Cookie">What the server gave with the page before; empty for the first.</param>
public readonly record struct LdapPage(int Size, ReadOnlyMemory<byte> Cookie);

/// <summary>Requests as bytes (RFC 4511 section 4).</summary>
public static class LdapRequests
{
    /// <summary>The name of StartTLS (RFC 4511 section 4.14.1).</summary>
    public const string StartTlsOid = "1.3.6.1.4.1.1466.20037";

    /// <summary>The name of simple paged results (RFC 2696 section 2).</summary>
    public const string PagedResultsOid = "1.2.840.113556.1.4.319";

    /// <summary>No attributes at all (RFC 4511 section 4.5.1.8).</summary>
    private const string NoAttributes = "1.1";

    /// <summary>
    /// A simple bind (RFC 4513 section 5.1). An empty name or password would be an anonymous or unauthenticated bind, which
    /// servers answer with success: neither can be written. The caller clears the bytes, which hold the password.
    /// </summary>
    /// <exception cref="ArgumentException">Name or password is empty.</exception>
    public static byte[] Bind(int id, string name, string password)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentException.ThrowIfNullOrEmpty(password);
        var writer = new AsnWriter(AsnEncodingRules.BER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(id);
            using (writer.PushSequence(new Asn1Tag(TagClass.Application, 0, isConstructed: true)))
            {
                writer.WriteInteger(3);
                writer.WriteOctetString(Encoding.UTF8.GetBytes(name));
                byte[] secret = Encoding.UTF8.GetBytes(password);
                writer.WriteOctetString(secret, new Asn1Tag(TagClass.ContextSpecific, 0));
                CryptographicOperations.ZeroMemory(secret);
            }
        }

        return Finish(writer);
    }

    /// <summary>
    /// A search. With a page it asks for that; a server that has no pages gives everything at once, since the control is not
    /// critical.
    /// </summary>
    public static byte[] Search(int id, LdapSearch search, LdapPage? page = null)
    {
        var writer = new AsnWriter(AsnEncodingRules.BER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(id);
            using (writer.PushSequence(new Asn1Tag(TagClass.Application, 3, isConstructed: true)))
            {
                writer.WriteOctetString(Encoding.UTF8.GetBytes(search.Base));
                WriteEnumerated(writer, (byte)search.Scope);
                WriteEnumerated(writer, 0); // derefAliases: never
                writer.WriteInteger(search.MaxEntries);
                writer.WriteInteger(search.MaxSeconds);
                writer.WriteBoolean(false); // typesOnly
                writer.WriteEncodedValue(search.Filter.Encoded.Span);
                using (writer.PushSequence())
                {
                    foreach (string attribute in search.Attributes is [] ? [NoAttributes] : search.Attributes)
                    {
                        writer.WriteOctetString(Encoding.UTF8.GetBytes(attribute));
                    }
                }
            }

            if (page is { } wanted)
            {
                WritePage(writer, wanted);
            }
        }

        return Finish(writer);
    }

    /// <summary>Asks to go over to TLS (RFC 4511 section 4.14).</summary>
    public static byte[] StartTls(int id)
    {
        var writer = new AsnWriter(AsnEncodingRules.BER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(id);
            using (writer.PushSequence(new Asn1Tag(TagClass.Application, 23, isConstructed: true)))
            {
                writer.WriteOctetString(Encoding.ASCII.GetBytes(StartTlsOid), new Asn1Tag(TagClass.ContextSpecific, 0));
            }
        }

        return Finish(writer);
    }

    /// <summary>Says goodbye (RFC 4511 section 4.3).</summary>
    public static byte[] Unbind(int id)
    {
        var writer = new AsnWriter(AsnEncodingRules.BER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(id);
            writer.WriteNull(new Asn1Tag(TagClass.Application, 2));
        }

        return Finish(writer);
    }

    private static void WritePage(AsnWriter writer, LdapPage page)
    {
        var value = new AsnWriter(AsnEncodingRules.BER);
        using (value.PushSequence())
        {
            value.WriteInteger(page.Size);
            value.WriteOctetString(page.Cookie.Span);
        }

        // Controls (RFC 4511 section 4.1.11): criticality is left out where it is false.
        using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0, isConstructed: true)))
        using (writer.PushSequence())
        {
            writer.WriteOctetString(Encoding.ASCII.GetBytes(PagedResultsOid));
            writer.WriteOctetString(value.Encode());
        }
    }

    /// <summary>Takes the bytes and clears the writer's own.</summary>
    private static byte[] Finish(AsnWriter writer)
    {
        byte[] bytes = writer.Encode();
        writer.Reset();
        return bytes;
    }

    private static void WriteEnumerated(AsnWriter writer, byte value) => writer.WriteEncodedValue([0x0a, 0x01, value]);
}
