using System.Collections.Frozen;

namespace Gatehouse.Engine.Tokens;

/// <summary>What kind of key an algorithm takes.</summary>
internal enum KeyFamily
{
    /// <summary>RSA.</summary>
    Rsa,

    /// <summary>An elliptic curve.</summary>
    Ec,

    /// <summary>A shared secret.</summary>
    Secret,
}

/// <summary>
/// A signature algorithm (RFC 7518 section 3.1). What is not in the table does not exist here: <c>none</c> in any spelling,
/// and the Edwards curves, which the platform does not have.
/// </summary>
/// <param name="Name">The name, compared byte for byte.</param>
/// <param name="Family">The kind of key.</param>
/// <param name="Bits">The curve's size, or for shared secrets the hash's, which is also the least size of the secret; 0 for RSA.</param>
internal sealed record TokenAlgorithm(string Name, KeyFamily Family, int Bits)
{
    private static readonly FrozenDictionary<string, TokenAlgorithm> All = new TokenAlgorithm[]
    {
        new("RS256", KeyFamily.Rsa, 0), new("RS384", KeyFamily.Rsa, 0), new("RS512", KeyFamily.Rsa, 0),
        new("PS256", KeyFamily.Rsa, 0), new("PS384", KeyFamily.Rsa, 0), new("PS512", KeyFamily.Rsa, 0),
        new("ES256", KeyFamily.Ec, 256), new("ES384", KeyFamily.Ec, 384), new("ES512", KeyFamily.Ec, 521),
        new("HS256", KeyFamily.Secret, 256), new("HS384", KeyFamily.Secret, 384), new("HS512", KeyFamily.Secret, 512),
    }.ToFrozenDictionary(static a => a.Name, StringComparer.Ordinal);

    /// <summary>The algorithm of a name; null when there is none.</summary>
    public static TokenAlgorithm? Find(string name) => All.GetValueOrDefault(name);
}
