using System.Text;
using Gatehouse.Trust.Enrolment;
using static Gatehouse.Fuzz.OracleException;

namespace Gatehouse.Fuzz.Targets;

/// <summary>Enrolment tokens: a text is a token in one form only, or is refused with a reason; never thrown on.</summary>
public sealed class TokenFuzz : IFuzzTarget
{
    /// <inheritdoc/>
    public string Name => "token";

    /// <inheritdoc/>
    public IReadOnlyList<string> Dictionary { get; } = ["gh1_", "gh2_", "issuer", "127.0.0.1:7443", "[::1]:7443", "localhost:7443", "=", "-", "_"];

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<byte> input)
    {
        string text = Encoding.Latin1.GetString(input);
        using JoinToken? token = JoinToken.TryParse(text, out TokenFault fault);
        Require(token is null == (fault != TokenFault.None), "a refusal has a reason");
        if (token is not null)
        {
            Require(token.Encode() == text, "a token has one form");
            Require(!token.ToString().Contains(text, StringComparison.Ordinal), "a token does not show itself");
            Require(token.Addresses.Length is > 0 and <= JoinToken.MostAddresses && token.Roles.Length <= JoinToken.MostRoles, "lists are bounded");
        }

        // The checksum keeps what is behind it from ever being reached: what the input is, as the content of a token.
        string made = JoinToken.Prefix + Text(input);
        using JoinToken? inner = JoinToken.TryParse(made, out _);
        Require(inner is null || inner.Encode() == made, "a token with a right checksum has one form");
        Require(!TokenAddress.TryParse(text, out TokenAddress? address) || address.ToString() == text, "an address has one form");
    }

    private static string Text(ReadOnlySpan<byte> content) =>
        System.Buffers.Text.Base64Url.EncodeToString((byte[])[.. content, .. System.Security.Cryptography.SHA256.HashData(content)[..4]]);
}
