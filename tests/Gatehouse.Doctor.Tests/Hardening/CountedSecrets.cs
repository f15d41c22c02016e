using System.Security.Cryptography;
using System.Text;
using Gatehouse.Doctor.Hardening;

namespace Gatehouse.Doctor.Tests.Hardening;

/// <summary>Secrets that are the same in every run of a test, one after the other, and look like real ones.</summary>
internal sealed class CountedSecrets : ISecretSource
{
    private int _count;

    /// <summary>All that were made.</summary>
    public List<string> Made { get; } = [];

    public string Hex(int bytes) => Keep(Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes($"hex {++_count}")))[..(bytes * 2)]);

    public string Word(int length) => Keep(Convert.ToHexString(SHA512.HashData(Encoding.ASCII.GetBytes($"word {++_count}")))[..length]);

    private string Keep(string secret)
    {
        Made.Add(secret);
        return secret;
    }
}
