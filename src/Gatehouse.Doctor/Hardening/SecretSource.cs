using System.Security.Cryptography;

namespace Gatehouse.Doctor.Hardening;

/// <summary>Makes secrets.</summary>
public interface ISecretSource
{
    /// <summary>Random bytes in lower-case hex.</summary>
    string Hex(int bytes);

    /// <summary>A random word of letters and digits, which every syntax takes without quotes.</summary>
    string Word(int length);
}

/// <summary>The system's own randomness.</summary>
public sealed class SystemSecrets : ISecretSource
{
    private const string Letters = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";

    /// <inheritdoc/>
    public string Hex(int bytes) => RandomNumberGenerator.GetHexString(bytes * 2, lowercase: true);

    /// <inheritdoc/>
    public string Word(int length) => RandomNumberGenerator.GetString(Letters, length);
}
