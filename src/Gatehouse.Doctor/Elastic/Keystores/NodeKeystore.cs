using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Gatehouse.Doctor.Facts;

namespace Gatehouse.Doctor.Elastic.Keystores;

/// <summary>What is known of a node's store of secure settings.</summary>
internal enum KeystoreState
{
    /// <summary>There is none.</summary>
    Missing,

    /// <summary>It is there and cannot be read, or is of a kind that is not known.</summary>
    Refused,

    /// <summary>It has a password of its own.</summary>
    Locked,

    /// <summary>Its names are known.</summary>
    Open,
}

/// <summary>
/// <c>elasticsearch.keystore</c> and <c>opensearch.keystore</c>, formats 3 (6.3) to 6 (8.14). Without a password the store is only
/// obfuscated: whoever reads the file has the secrets. Names are for findings, values open key stores of certificates and are never shown.
/// </summary>
internal sealed class NodeKeystore
{
    private const int MostEntries = 10_000;
    private const int TagBytes = 16;
    private const int KeyBytes = 16;
    private const uint Magic = 0x3FD76C17;

    private readonly ImmutableDictionary<string, byte[]> _entries;

    private NodeKeystore(string path, KeystoreState state, string why, ImmutableDictionary<string, byte[]>? entries = null)
    {
        Path = path;
        State = state;
        Why = why;
        _entries = entries ?? ImmutableDictionary<string, byte[]>.Empty;
    }

    /// <summary>Where it is looked for.</summary>
    public string Path { get; }

    /// <summary>What is known of it.</summary>
    public KeystoreState State { get; }

    /// <summary>Why its names are not known, as the end of a sentence.</summary>
    public string Why { get; }

    /// <summary>Whether a name is in it; false where that is not known.</summary>
    public bool Holds(string name) => _entries.ContainsKey(name);

    /// <summary>A secret, or null.</summary>
    public string? Value(string name) => _entries.TryGetValue(name, out byte[]? bytes) ? Encoding.UTF8.GetString(bytes) : null;

    /// <summary>Reads one.</summary>
    /// <param name="host">Where.</param>
    /// <param name="path">Its path.</param>
    public static NodeKeystore Read(IHost host, string path)
    {
        FileContent content = host.Read(path);
        if (content.Bytes is not { } bytes)
        {
            return new NodeKeystore(path, content.IsMissing ? KeystoreState.Missing : KeystoreState.Refused, content.Why ?? "it cannot be read");
        }

        try
        {
            return Open(path, bytes);
        }
        catch (Exception fault) when (fault is CryptographicException or InvalidDataException or ArgumentException or OverflowException)
        {
            return new NodeKeystore(path, KeystoreState.Refused, "it is broken, or of a kind that is not known");
        }
    }

    // A header of Lucene: magic, name of the format, version; then whether there is a password, the length, and what is sealed.
    private static NodeKeystore Open(string path, byte[] bytes)
    {
        var outer = new KeystoreBytes(bytes, isLittle: false);
        if ((uint)outer.Number() != Magic)
        {
            throw new InvalidDataException();
        }

        outer.Take(outer.Byte()); // the name of the format: below 128 bytes long
        int version = outer.Number();
        if (version is < 3 or > 6)
        {
            throw new InvalidDataException();
        }

        if (outer.Byte() != 0)
        {
            return new NodeKeystore(path, KeystoreState.Locked, "it has a password");
        }

        // From version 5 on numbers are little-endian outside of the header and the sealed part.
        var data = new KeystoreBytes(outer.Rest(), isLittle: version >= 5);
        data = new KeystoreBytes(data.Take(data.Number()), isLittle: version >= 5);
        byte[] salt = data.Take(data.Number()), nonce = data.Take(data.Number()), isSealed = data.Take(data.Number());
        byte[] key = Rfc2898DeriveBytes.Pbkdf2("", salt, version >= 6 ? 210_000 : 10_000, HashAlgorithmName.SHA512, KeyBytes);
        byte[] plain = new byte[isSealed.Length - TagBytes];
        using (var cipher = new AesGcm(key, TagBytes))
        {
            cipher.Decrypt(nonce, isSealed.AsSpan(0, plain.Length), isSealed.AsSpan(plain.Length), plain, salt);
        }

        return new NodeKeystore(path, KeystoreState.Open, "", Entries(plain, hasKinds: version == 3));
    }

    private static ImmutableDictionary<string, byte[]> Entries(byte[] plain, bool hasKinds)
    {
        var inner = new KeystoreBytes(plain, isLittle: false);
        ImmutableDictionary<string, byte[]>.Builder found = ImmutableDictionary.CreateBuilder<string, byte[]>(StringComparer.Ordinal);
        int count = inner.Number();
        for (int i = 0; i < Math.Min(count, MostEntries); i++)
        {
            string name = Encoding.UTF8.GetString(inner.Take(inner.Short()));
            if (hasKinds)
            {
                inner.Take(inner.Short());
            }

            found[name] = inner.Take(inner.Number());
        }

        return found.ToImmutable();
    }
}
