using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;

namespace Gatehouse.Engine.Tokens;

/// <summary>The keys of an issuer (RFC 7517 section 5). Immutable.</summary>
internal sealed class KeySet
{
    /// <summary>Most keys; a longer list is refused whole.</summary>
    public const int MaxKeys = 100;

    private KeySet(ImmutableArray<TokenKey> keys, ImmutableArray<string> skipped, string fingerprint)
    {
        Keys = keys;
        Skipped = skipped;
        Fingerprint = fingerprint;
    }

    /// <summary>Those that can verify.</summary>
    public ImmutableArray<TokenKey> Keys { get; }

    /// <summary>Why others were left out, for people.</summary>
    public ImmutableArray<string> Skipped { get; }

    /// <summary>Of the text, to see changes.</summary>
    public string Fingerprint { get; }

    /// <summary>Reads a set; null when it is not one in strict JSON. Keys that cannot be used are left out (section 5).</summary>
    /// <param name="json">The text.</param>
    /// <param name="mayHoldSecrets">Whether shared secrets count: only where the operator wrote the set.</param>
    public static KeySet? Read(byte[] json, bool mayHoldSecrets)
    {
        if (!StrictObject.TryRead(json, out JsonElement root, out _) || !root.TryGetProperty("keys", out JsonElement list)
            || list.ValueKind != JsonValueKind.Array || list.GetArrayLength() > MaxKeys)
        {
            return null;
        }

        ImmutableArray<TokenKey>.Builder keys = ImmutableArray.CreateBuilder<TokenKey>();
        ImmutableArray<string>.Builder skipped = ImmutableArray.CreateBuilder<string>();
        int number = 0;
        foreach (JsonElement jwk in list.EnumerateArray())
        {
            number++;
            if (!TokenKey.TryRead(jwk, out TokenKey? key, out string reason))
            {
                skipped.Add($"key {number}: {reason}");
            }
            else if (key.Family == KeyFamily.Secret && !mayHoldSecrets)
            {
                skipped.Add($"key {number}: a shared secret that anybody can fetch");
            }
            else
            {
                keys.Add(key);
            }
        }

        return new KeySet(keys.ToImmutable(), skipped.ToImmutable(), Convert.ToHexString(SHA256.HashData(json)));
    }

    /// <summary>
    /// The key of a token. <c>kid</c> chooses within the set and is nothing else: no path, no address. Without one there must
    /// be exactly one key that takes the algorithm.
    /// </summary>
    public TokenKey? Find(string? id, TokenAlgorithm algorithm, out bool isAmbiguous)
    {
        TokenKey? found = null;
        isAmbiguous = false;
        foreach (TokenKey key in Keys)
        {
            if (key.Takes(algorithm) && (id is null || string.Equals(key.Id, id, StringComparison.Ordinal)))
            {
                isAmbiguous = found is not null;
                if (isAmbiguous)
                {
                    return null;
                }

                found = key;
            }
        }

        return found;
    }
}
