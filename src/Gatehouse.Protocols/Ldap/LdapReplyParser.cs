using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Formats.Asn1;
using System.Text;

namespace Gatehouse.Protocols.Ldap;

/// <summary>What the first bytes say about the length of a message.</summary>
public enum LdapFrame
{
    /// <summary>More bytes are needed to say.</summary>
    Incomplete,

    /// <summary>The length is known.</summary>
    Known,

    /// <summary>Not a message, or longer than allowed.</summary>
    Malformed,
}

/// <summary>A server's messages from bytes.</summary>
public static class LdapReplyParser
{
    private const int MaxDiagnostic = 256;
    private const int MaxAttributes = 256;
    private const int MaxControls = 16;
    private const int MaxCookie = 64 * 1024;

    /// <summary>
    /// Says how long the message is that begins here, head included. Only definite lengths, as RFC 4511 section 5.1 has it.
    /// </summary>
    public static LdapFrame Measure(ReadOnlySpan<byte> bytes, int limit, out int length)
    {
        length = 0;
        if (bytes.Length < 2)
        {
            return bytes is [] or [0x30] ? LdapFrame.Incomplete : LdapFrame.Malformed;
        }

        if (bytes[0] != 0x30)
        {
            return LdapFrame.Malformed;
        }

        int first = bytes[1];
        int head = 2;
        long body = first;
        if (first >= 0x80)
        {
            int count = first & 0x7f;
            if (count is 0 or > 4)
            {
                return LdapFrame.Malformed;
            }

            head += count;
            if (bytes.Length < head)
            {
                return LdapFrame.Incomplete;
            }

            body = 0;
            foreach (byte b in bytes[2..head])
            {
                body = (body << 8) | b;
            }
        }

        if (body > limit - head)
        {
            return LdapFrame.Malformed;
        }

        length = head + (int)body;
        return LdapFrame.Known;
    }

    /// <summary>Reads one whole message; false when it is malformed or of a kind that no request of ours is answered with.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> message, out LdapReply reply)
    {
        reply = default;
        try
        {
            var outer = new AsnReader(message, AsnEncodingRules.BER);
            AsnReader body = outer.ReadSequence();
            outer.ThrowIfNotEmpty();
            if (!body.TryReadInt32(out int id) || id < 0)
            {
                return false;
            }

            Asn1Tag tag = body.PeekTag();
            if (tag.TagClass != TagClass.Application || KindOf(tag.TagValue) is not { } kind)
            {
                return false;
            }

            AsnReader operation = body.ReadSequence(new Asn1Tag(TagClass.Application, tag.TagValue, isConstructed: true));
            reply = kind switch
            {
                LdapReplyKind.Entry => new LdapReply(id, kind, Entry: ReadEntry(operation)),
                LdapReplyKind.Reference => new LdapReply(id, kind),
                LdapReplyKind.SearchDone => new LdapReply(id, kind, ReadResult(operation), Cookie: ReadCookie(body)),
                _ => new LdapReply(id, kind, ReadResult(operation)),
            };
            return true;
        }
        catch (Exception malformed) when (malformed is AsnContentException or DecoderFallbackException)
        {
            return false;
        }
    }

    private static LdapReplyKind? KindOf(int tag) => tag switch
    {
        1 => LdapReplyKind.Bind,
        4 => LdapReplyKind.Entry,
        5 => LdapReplyKind.SearchDone,
        19 => LdapReplyKind.Reference,
        24 => LdapReplyKind.Extended,
        _ => null,
    };

    private static LdapResult ReadResult(AsnReader operation)
    {
        ReadOnlySpan<byte> code = operation.ReadEnumeratedBytes().Span;
        if (code.Length > 2 || (code[0] & 0x80) != 0)
        {
            throw new AsnContentException("a result code out of range");
        }

        int number = code.Length == 1 ? code[0] : (code[0] << 8) | code[1];
        operation.ReadOctetString(); // matchedDN
        string text = Encoding.UTF8.GetString(operation.ReadOctetString());
        string clean = string.Concat(text.Take(MaxDiagnostic).Select(static c => char.IsControl(c) ? ' ' : c)).Trim();
        return new LdapResult(number, clean);
    }

    // Controls that nobody asked for say nothing to us (RFC 4511 section 4.1.11); two of the one that was asked for say too much.
    private static ReadOnlyMemory<byte>? ReadCookie(AsnReader body)
    {
        var tag = new Asn1Tag(TagClass.ContextSpecific, 0, isConstructed: true);
        if (!body.HasData || !body.PeekTag().HasSameClassAndValue(tag))
        {
            return null;
        }

        byte[]? cookie = null;
        AsnReader controls = body.ReadSequence(tag);
        for (int i = 0; controls.HasData; i++)
        {
            AsnReader control = controls.ReadSequence();
            bool isPage = control.ReadOctetString().AsSpan().SequenceEqual("1.2.840.113556.1.4.319"u8);
            if (control.HasData && control.PeekTag().HasSameClassAndValue(Asn1Tag.Boolean))
            {
                control.ReadBoolean();
            }

            if (i == MaxControls || (isPage && cookie is not null))
            {
                throw new AsnContentException("too many controls, or one twice");
            }

            if (isPage)
            {
                var value = new AsnReader(control.ReadOctetString(), AsnEncodingRules.BER);
                AsnReader page = value.ReadSequence();
                value.ThrowIfNotEmpty();
                page.ReadIntegerBytes(); // the server's guess of how many there are
                cookie = page.ReadOctetString();
                page.ThrowIfNotEmpty();
            }
        }

        return cookie switch
        {
            null => (ReadOnlyMemory<byte>?)null, // of bytes it would become an empty cookie
            { Length: > MaxCookie } => throw new AsnContentException("a cookie too long"),
            _ => new ReadOnlyMemory<byte>(cookie),
        };
    }

    private static LdapEntry ReadEntry(AsnReader operation)
    {
        var strict = new UTF8Encoding(false, true);
        string name = strict.GetString(operation.ReadOctetString());
        var attributes = new Dictionary<string, ImmutableArray<byte[]>>(StringComparer.OrdinalIgnoreCase);
        AsnReader list = operation.ReadSequence();
        while (list.HasData)
        {
            AsnReader attribute = list.ReadSequence();
            string type = strict.GetString(attribute.ReadOctetString());
            AsnReader values = attribute.ReadSetOf(skipSortOrderValidation: true);
            var read = ImmutableArray.CreateBuilder<byte[]>();
            while (values.HasData)
            {
                read.Add(values.ReadOctetString());
            }

            if (attributes.Count == MaxAttributes || !attributes.TryAdd(type, read.ToImmutable()))
            {
                throw new AsnContentException("an attribute twice, or too many of them");
            }
        }

        return new LdapEntry(name, attributes.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase));
    }
}
