using System.Formats.Asn1;
using System.Globalization;
using System.Text;

namespace Gatehouse.Protocols.Ldap;

/// <summary>Search filters: from their text (RFC 4515) to the bytes of a request (RFC 4511 section 4.5.1.7).</summary>
public sealed class LdapFilter
{
    private const int MaxLength = 65_536;
    private const int MaxDepth = 32;

    private LdapFilter(string text, byte[] encoded)
    {
        Text = text;
        Encoded = encoded;
    }

    /// <summary>As it was read.</summary>
    public string Text { get; }

    internal ReadOnlyMemory<byte> Encoded { get; }

    /// <summary>
    /// Writes any text as a value in a filter (RFC 4515 section 3), so that it is that value and nothing more: everything but
    /// ASCII letters, digits and a few harmless signs becomes <c>\XX</c>.
    /// </summary>
    public static string Escape(string value) => Escape(Encoding.UTF8.GetBytes(value));

    /// <summary>The same for a value of bytes, such as a security identifier.</summary>
    public static string Escape(ReadOnlySpan<byte> value)
    {
        var escaped = new StringBuilder(value.Length + 16);
        foreach (byte b in value)
        {
            if (char.IsAsciiLetterOrDigit((char)b) || b is (byte)'-' or (byte)'_' or (byte)'.' or (byte)'@' or (byte)',' or (byte)'=' or (byte)' ')
            {
                escaped.Append((char)b);
            }
            else
            {
                escaped.Append('\\').Append(b.ToString("x2", CultureInfo.InvariantCulture));
            }
        }

        return escaped.ToString();
    }

    /// <summary>Reads a filter; <paramref name="error"/> says in lower case what is wrong and where.</summary>
    public static bool TryParse(string text, out LdapFilter? filter, out string? error)
    {
        filter = null;
        if (text.Length > MaxLength)
        {
            error = $"it is longer than {MaxLength} characters";
            return false;
        }

        var writer = new AsnWriter(AsnEncodingRules.BER);
        var reader = new Reader(text, writer);
        if (!reader.TryRead(0) || !reader.IsAtEnd)
        {
            error = $"character {reader.At + 1}: {reader.Error ?? "nothing more is expected here"}";
            return false;
        }

        error = null;
        filter = new LdapFilter(text, writer.Encode());
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => Text;

    private ref struct Reader(string text, AsnWriter writer)
    {
        private readonly string _text = text;
        private readonly AsnWriter _writer = writer;

        public int At { get; private set; }

        public string? Error { get; private set; }

        public readonly bool IsAtEnd => At == _text.Length;

        public bool TryRead(int depth)
        {
            if (depth > MaxDepth)
            {
                return Fail("nested too deep");
            }

            if (!TryTake('('))
            {
                return Fail("`(` is expected");
            }

            bool isFine = Peek() switch
            {
                '&' => TryReadList(0, depth),
                '|' => TryReadList(1, depth),
                '!' => TryReadNot(depth),
                _ => TryReadItem(),
            };
            return isFine && (TryTake(')') || Fail("`)` is expected"));
        }

        private bool TryReadList(int tag, int depth)
        {
            At++;
            var set = new Asn1Tag(TagClass.ContextSpecific, tag, isConstructed: true);

            // Not PushSetOf: that would sort, and the order is the operator's.
            using (_writer.PushSequence(set))
            {
                if (Peek() != '(')
                {
                    return Fail("`(` is expected");
                }

                while (Peek() == '(')
                {
                    if (!TryRead(depth + 1))
                    {
                        return false;
                    }
                }
            }

            return true;
        }

        private bool TryReadNot(int depth)
        {
            At++;
            using (_writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 2, isConstructed: true)))
            {
                return TryRead(depth + 1);
            }
        }

        private bool TryReadItem()
        {
            int start = At;
            while (At < _text.Length && (char.IsAsciiLetterOrDigit(_text[At]) || _text[At] is '-' or ';' or '.' or '_'))
            {
                At++;
            }

            string type = _text[start..At];
            if (Peek() == ':')
            {
                return TryReadExtensible(type);
            }

            if (type.Length == 0)
            {
                return Fail("an attribute is expected");
            }

            int tag = Peek() switch { '=' => 3, '>' => 5, '<' => 6, '~' => 8, _ => -1 };
            At += tag < 0 ? 0 : 1;
            if (tag < 0 || (tag != 3 && !TryTake('=')))
            {
                return Fail("`=`, `>=`, `<=`, `~=` or `:=` is expected");
            }

            return tag == 3 ? TryReadEquals(type) : TryReadValue(out byte[] value) && WriteAssertion(tag, type, value);
        }

        /// <summary>Equality, presence and substrings begin the same.</summary>
        private bool TryReadEquals(string type)
        {
            if (!TryReadValue(out byte[] first))
            {
                return false;
            }

            if (Peek() != '*')
            {
                return WriteAssertion(3, type, first);
            }

            var pieces = new List<byte[]> { first };
            while (TryTake('*'))
            {
                if (!TryReadValue(out byte[] next))
                {
                    return false;
                }

                pieces.Add(next);
            }

            if (pieces.Count == 2 && pieces.TrueForAll(static p => p.Length == 0))
            {
                _writer.WriteOctetString(Encoding.ASCII.GetBytes(type), new Asn1Tag(TagClass.ContextSpecific, 7));
                return true;
            }

            return WriteSubstrings(type, pieces);
        }

        private bool WriteSubstrings(string type, List<byte[]> pieces)
        {
            if (pieces[1..^1].Exists(static p => p.Length == 0))
            {
                return Fail("`**` has no meaning");
            }

            using (_writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 4, isConstructed: true)))
            {
                _writer.WriteOctetString(Encoding.ASCII.GetBytes(type));
                using (_writer.PushSequence())
                {
                    for (int i = 0; i < pieces.Count; i++)
                    {
                        int kind = i == 0 ? 0 : i == pieces.Count - 1 ? 2 : 1;
                        if (pieces[i].Length > 0)
                        {
                            _writer.WriteOctetString(pieces[i], new Asn1Tag(TagClass.ContextSpecific, kind));
                        }
                    }
                }
            }

            return true;
        }

        /// <summary><c>attribute[:dn][:rule]:=value</c>, such as Active Directory's rule for nested groups.</summary>
        private bool TryReadExtensible(string type)
        {
            int end = _text.IndexOf('=', At);
            if (end < 0 || _text[end - 1] != ':')
            {
                At++;
                return Fail("`:=` is expected");
            }

            string[] words = end - 1 == At ? [] : _text[(At + 1)..(end - 1)].Split(':');
            bool isDn = words is ["dn", ..];
            string[] rules = isDn ? words[1..] : words;
            if (rules.Length > 1 || (rules.Length == 0 && type.Length == 0)
                || Array.Exists(rules, static r => r.Length == 0 || !r.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.')))
            {
                return Fail("`attribute:rule:=value` is expected");
            }

            At = end + 1;
            if (!TryReadValue(out byte[] value))
            {
                return false;
            }

            using (_writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 9, isConstructed: true)))
            {
                WriteText(rules.Length == 1 ? rules[0] : "", 1);
                WriteText(type, 2);
                _writer.WriteOctetString(value, new Asn1Tag(TagClass.ContextSpecific, 3));
                if (isDn)
                {
                    _writer.WriteBoolean(true, new Asn1Tag(TagClass.ContextSpecific, 4));
                }
            }

            return true;
        }

        private readonly void WriteText(string text, int tag)
        {
            if (text.Length > 0)
            {
                _writer.WriteOctetString(Encoding.ASCII.GetBytes(text), new Asn1Tag(TagClass.ContextSpecific, tag));
            }
        }

        private readonly bool WriteAssertion(int tag, string type, byte[] value)
        {
            using (_writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, tag, isConstructed: true)))
            {
                _writer.WriteOctetString(Encoding.ASCII.GetBytes(type));
                _writer.WriteOctetString(value);
            }

            return true;
        }

        /// <summary>Up to an unescaped <c>)</c> or <c>*</c>; <c>\XX</c> is a byte.</summary>
        private bool TryReadValue(out byte[] value)
        {
            var bytes = new List<byte>(32);
            Span<byte> encoded = stackalloc byte[4];
            value = [];
            while (At < _text.Length && _text[At] is not (')' or '*'))
            {
                char c = _text[At];
                if (c is '(' or '\0')
                {
                    return Fail("this character must be written as `\\XX`");
                }

                if (c == '\\')
                {
                    if (At + 2 >= _text.Length || !byte.TryParse(_text.AsSpan(At + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte b))
                    {
                        return Fail("two hexadecimal digits are expected after `\\`");
                    }

                    bytes.Add(b);
                    At += 3;
                    continue;
                }

                if (!Rune.TryGetRuneAt(_text, At, out Rune rune))
                {
                    return Fail("this is half of a character");
                }

                bytes.AddRange(encoded[..rune.EncodeToUtf8(encoded)]);
                At += rune.Utf16SequenceLength;
            }

            value = [.. bytes];
            return true;
        }

        private readonly char Peek() => At < _text.Length ? _text[At] : '\0';

        private bool TryTake(char c)
        {
            bool isThere = At < _text.Length && _text[At] == c;
            At += isThere ? 1 : 0;
            return isThere;
        }

        private bool Fail(string error)
        {
            Error ??= error;
            return false;
        }
    }
}
