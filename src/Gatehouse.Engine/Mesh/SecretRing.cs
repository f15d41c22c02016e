using System.Collections.Immutable;
using Gatehouse.Protocols.Mesh;

namespace Gatehouse.Engine.Mesh;

/// <summary>The keys of the secrets of the newest view, derived once. Thread-safe.</summary>
internal sealed class SecretRing
{
    private volatile Derived? _last;

    /// <summary>Keys in the view's order: the first is used to call.</summary>
    public ImmutableArray<SecretKeys> Of(MeshView view)
    {
        Derived? last = _last;
        if (last is null || !last.Secrets.Equals(view.Secrets))
        {
            last = new Derived(view.Secrets, [.. view.Secrets.Select(secret => Find(last, secret) ?? new SecretKeys(secret))]);
            _last = last;
        }

        return last.Keys;
    }

    // The same secret keeps its keys, by which it is recognised.
    private static SecretKeys? Find(Derived? last, ReadOnlyMemory<byte> secret)
    {
        foreach (SecretKeys keys in last?.Keys ?? [])
        {
            if (keys.IsOf(secret))
            {
                return keys;
            }
        }

        return null;
    }

    private sealed record Derived(ImmutableArray<ReadOnlyMemory<byte>> Secrets, ImmutableArray<SecretKeys> Keys);
}

/// <summary>The keys of one secret. They live as long as a tunnel that was proven with them.</summary>
internal sealed class SecretKeys(ReadOnlyMemory<byte> secret)
{
    private readonly byte[] _fingerprint = System.Security.Cryptography.SHA256.HashData(secret.Span);

    /// <summary>The derived keys.</summary>
    public MeshKeys Keys { get; } = new(secret.Span);

    /// <summary>Whether they are of this secret; constant time.</summary>
    public bool IsOf(ReadOnlyMemory<byte> secret)
    {
        Span<byte> hash = stackalloc byte[32];
        System.Security.Cryptography.SHA256.HashData(secret.Span, hash);
        return System.Security.Cryptography.CryptographicOperations.FixedTimeEquals(hash, _fingerprint);
    }
}
