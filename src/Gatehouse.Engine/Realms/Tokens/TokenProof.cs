using Gatehouse.Engine.Tokens;

namespace Gatehouse.Engine.Realms.Tokens;

/// <summary>
/// A login by token rests on the key that verified it: it falls when the issuer's keys as known here no longer give that key
/// for the token's key id, or can no longer be believed. Holds no token.
/// </summary>
internal sealed class TokenProof(IKeySource keys, TokenKey key, string? keyId, TokenAlgorithm algorithm) : IProof
{
    private volatile Judged? _judged;

    /// <inheritdoc/>
    public bool Stands(DateTimeOffset now)
    {
        if (keys.Current is not { } set)
        {
            return false;
        }

        if (_judged is not { } judged || !ReferenceEquals(judged.Keys, set))
        {
            _judged = judged = new Judged(set, set.Find(keyId, algorithm, out _)?.IsSameKey(key) == true);
        }

        return judged.IsGood;
    }

    private sealed record Judged(KeySet Keys, bool IsGood);
}
