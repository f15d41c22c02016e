using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Gatehouse.Trust.Authorities;

namespace Gatehouse.Trust.Enrolment;

/// <summary>
/// An enrolment token: one string that says where the cluster is, by which root it is known, who may join, and holds the key
/// that opens the door once. Form: <c>gh1_</c> and base64url of id 8, key 32, SHA-256 of the root 32, expiry 8 (unix seconds),
/// name, roles, addresses (each with its length), and the first 4 bytes of the SHA-256 of all that.
/// </summary>
public sealed class JoinToken : IDisposable
{
    /// <summary>What the text begins with: kind and version.</summary>
    public const string Prefix = "gh1_";

    /// <summary>Most addresses in one.</summary>
    public const int MostAddresses = 8;

    /// <summary>Most roles in one.</summary>
    public const int MostRoles = 4;

    /// <summary>Longest text, in characters.</summary>
    public const int MostCharacters = 4096;

    private const string Family = "gh";
    private const int IdBytes = 8;
    private const int KeyBytes = 32;
    private const int HashBytes = 32;
    private const int FixedBytes = IdBytes + KeyBytes + HashBytes + sizeof(long);
    private const int CheckBytes = 4;
    private const int MostRole = 32;

    private readonly byte[] _key;

    private JoinToken(string id, byte[] key)
    {
        Id = id;
        _key = key;
    }

    /// <summary>16 lower-case hex digits; no secret.</summary>
    public string Id { get; }

    /// <summary>The one-time key, 32 bytes. A secret.</summary>
    public ReadOnlyMemory<byte> Key => _key;

    /// <summary>SHA-256 of the key: all that the cluster keeps of it.</summary>
    public byte[] KeyHash => SHA256.HashData(_key);

    /// <summary>SHA-256 of the cluster's root certificate (DER), 64 lower-case hex digits.</summary>
    public required string CaFingerprint { get; init; }

    /// <summary>The name that the node will have.</summary>
    public required string Node { get; init; }

    /// <summary>Roles that it will have.</summary>
    public ImmutableArray<string> Roles { get; init; } = [];

    /// <summary>Where admin APIs of the cluster are reached, in the order in which they are tried.</summary>
    public required ImmutableArray<TokenAddress> Addresses { get; init; }

    /// <summary>From then on it is worthless.</summary>
    public required DateTimeOffset Expires { get; init; }

    /// <summary>Whether a node can have this name.</summary>
    public static bool IsNodeName(string name) => CertificateNames.IsNode(name);

    /// <summary>Makes one with a new id and key.</summary>
    public static JoinToken Create(
        string caFingerprint, string node, ImmutableArray<string> roles, ImmutableArray<TokenAddress> addresses, DateTimeOffset expires) =>
        new(RandomNumberGenerator.GetHexString(IdBytes * 2, lowercase: true), RandomNumberGenerator.GetBytes(KeyBytes))
        {
            CaFingerprint = caFingerprint,
            Node = node,
            Roles = roles,
            Addresses = addresses,
            Expires = DateTimeOffset.FromUnixTimeSeconds(expires.ToUnixTimeSeconds()),
        };

    /// <summary>Reads a token as it was shown, without white space; null, and why not.</summary>
    public static JoinToken? TryParse(ReadOnlySpan<char> text, out TokenFault fault)
    {
        byte[]? content = Decode(text, out fault);
        if (content is null)
        {
            return null;
        }

        try
        {
            JoinToken? token = new Reader(content).Read();
            fault = token is null ? TokenFault.Malformed : TokenFault.None;
            return token;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
        }
    }

    /// <summary>The token as text. A secret.</summary>
    public string Encode()
    {
        using var content = new MemoryStream();
        Span<byte> number = stackalloc byte[sizeof(long)];
        content.Write(Convert.FromHexString(Id));
        content.Write(_key);
        content.Write(Convert.FromHexString(CaFingerprint));
        BinaryPrimitives.WriteInt64BigEndian(number, Expires.ToUnixTimeSeconds());
        content.Write(number);
        WriteText(content, Node);
        content.WriteByte((byte)Roles.Length);
        foreach (string role in Roles)
        {
            WriteText(content, role);
        }

        content.WriteByte((byte)Addresses.Length);
        foreach (TokenAddress address in Addresses)
        {
            WriteText(content, address.ToString());
        }

        Span<byte> hash = stackalloc byte[HashBytes];
        SHA256.HashData(content.GetBuffer().AsSpan(0, (int)content.Length), hash);
        content.Write(hash[..CheckBytes]);
        string text = Prefix + Base64Url.EncodeToString(content.GetBuffer().AsSpan(0, (int)content.Length));
        CryptographicOperations.ZeroMemory(content.GetBuffer());
        return text;
    }

    /// <summary>Its id alone: a token in a log or a message would be one in wrong hands.</summary>
    public override string ToString() => $"token {Id}";

    /// <inheritdoc/>
    public void Dispose() => CryptographicOperations.ZeroMemory(_key);

    private static byte[]? Decode(ReadOnlySpan<char> text, out TokenFault fault)
    {
        if (!text.StartsWith(Prefix, StringComparison.Ordinal))
        {
            fault = text.StartsWith(Family, StringComparison.Ordinal) && text.IndexOf('_') is > 2 and < 6 && text[2..text.IndexOf('_')].IndexOfAnyExceptInRange('0', '9') < 0
                ? TokenFault.OtherVersion
                : TokenFault.NotAToken;
            return null;
        }

        ReadOnlySpan<char> body = text[Prefix.Length..];
        if (text.Length > MostCharacters || body.Length < (FixedBytes + CheckBytes) * 4 / 3 || body.Length % 4 == 1)
        {
            fault = TokenFault.WrongLength;
            return null;
        }

        byte[] content = new byte[body.Length * 3 / 4];
        fault = Fault(body, content);
        if (fault == TokenFault.None)
        {
            return content;
        }

        CryptographicOperations.ZeroMemory(content);
        return null;
    }

    private static TokenFault Fault(ReadOnlySpan<char> body, byte[] content)
    {
        // The decoder skips white space and takes padding; a token has neither.
        foreach (char c in body)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_'))
            {
                return TokenFault.WrongCharacter;
            }
        }

        if (Base64Url.DecodeFromChars(body, content, out _, out int written) != OperationStatus.Done || written != content.Length
            || !body.SequenceEqual(Base64Url.EncodeToString(content)))
        {
            return TokenFault.Damaged;
        }

        Span<byte> hash = stackalloc byte[HashBytes];
        SHA256.HashData(content.AsSpan(0, content.Length - CheckBytes), hash);
        return hash[..CheckBytes].SequenceEqual(content.AsSpan(content.Length - CheckBytes)) ? TokenFault.None : TokenFault.Damaged;
    }

    private static void WriteText(MemoryStream into, string text)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(text);
        into.WriteByte(checked((byte)bytes.Length));
        into.Write(bytes);
    }

    /// <summary>Reads what the checksum covers; every length is looked at before it is used.</summary>
    private ref struct Reader(ReadOnlySpan<byte> content)
    {
        private readonly ReadOnlySpan<byte> _fixed = content[..FixedBytes];
        private ReadOnlySpan<byte> _rest = content[FixedBytes..^CheckBytes];

        public JoinToken? Read()
        {
            long seconds = BinaryPrimitives.ReadInt64BigEndian(_fixed[(IdBytes + KeyBytes + HashBytes)..]);
            if (seconds is < 0 or > 253_402_300_799 || !TryText(63, out string? node) || !CertificateNames.IsNode(node)
                || !TryTexts(0, MostRoles, MostRole, out ImmutableArray<string> roles) || !roles.All(IsRole)
                || !TryTexts(1, MostAddresses, TokenAddress.MostCharacters, out ImmutableArray<string> texts) || !_rest.IsEmpty)
            {
                return null;
            }

            ImmutableArray<TokenAddress>.Builder addresses = ImmutableArray.CreateBuilder<TokenAddress>(texts.Length);
            foreach (string text in texts)
            {
                if (!TokenAddress.TryParse(text, out TokenAddress? address))
                {
                    return null;
                }

                addresses.Add(address);
            }

            return new JoinToken(Convert.ToHexStringLower(_fixed[..IdBytes]), _fixed.Slice(IdBytes, KeyBytes).ToArray())
            {
                CaFingerprint = Convert.ToHexStringLower(_fixed.Slice(IdBytes + KeyBytes, HashBytes)),
                Node = node,
                Roles = roles,
                Addresses = addresses.MoveToImmutable(),
                Expires = DateTimeOffset.FromUnixTimeSeconds(seconds),
            };
        }

        private static bool IsRole(string role) => role.All(static c => char.IsAsciiLetterLower(c) || c == '-');

        private bool TryTexts(int fewest, int most, int longest, out ImmutableArray<string> texts)
        {
            texts = [];
            if (_rest.IsEmpty || _rest[0] < fewest || _rest[0] > most)
            {
                return false;
            }

            int count = _rest[0];
            _rest = _rest[1..];
            ImmutableArray<string>.Builder read = ImmutableArray.CreateBuilder<string>(count);
            for (int i = 0; i < count; i++)
            {
                if (!TryText(longest, out string? text))
                {
                    return false;
                }

                read.Add(text);
            }

            texts = read.MoveToImmutable();
            return true;
        }

        private bool TryText(int longest, [NotNullWhen(true)] out string? text)
        {
            text = null;
            int length = _rest.IsEmpty ? 0 : _rest[0];
            if (length == 0 || length > longest || length >= _rest.Length || _rest.Slice(1, length).IndexOfAnyExceptInRange((byte)'!', (byte)'~') >= 0)
            {
                return false;
            }

            text = Encoding.ASCII.GetString(_rest.Slice(1, length));
            _rest = _rest[(1 + length)..];
            return true;
        }
    }
}
