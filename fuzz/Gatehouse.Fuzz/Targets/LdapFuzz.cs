using System.Text;
using Gatehouse.Identity;
using Gatehouse.Protocols.Ldap;
using static Gatehouse.Fuzz.OracleException;

namespace Gatehouse.Fuzz.Targets;

/// <summary>A directory's answers, filters and distinguished names: whatever the bytes are, they are read or refused, never thrown on.</summary>
public sealed class LdapFuzz : IFuzzTarget
{
    private const int Limit = 65_536;

    /// <inheritdoc/>
    public string Name => "ldap";

    /// <inheritdoc/>
    public IReadOnlyList<string> Dictionary { get; } =
        ["0\u000c\u0002\u0001\u0001", "a\u0007\n\u0001\u0000", "\u0004\u0000", "d", "1\u0000", "(uid=", "(&", "(|", "(!", ":=", "*", ")", "\\2a", "cn=", ",", "+", "\\,", "#04"];

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<byte> input)
    {
        LdapFrame frame = LdapReplyParser.Measure(input, Limit, out int length);
        Require(frame != LdapFrame.Known || length is >= 2 and <= Limit, "a length is within its limit");
        if (frame == LdapFrame.Known && length <= input.Length && LdapReplyParser.TryParse(input[..length].ToArray(), out LdapReply reply))
        {
            Require((reply.Kind == LdapReplyKind.Entry) == (reply.Entry is not null), "an entry is there with its kind");
            Require(reply.Result.Diagnostic is null || !reply.Result.Diagnostic.Any(char.IsControl), "a text has no control characters");
        }

        string text = Encoding.UTF8.GetString(input);
        if (LdapFilter.TryParse(text, out LdapFilter? filter, out string? error))
        {
            Require(filter is not null && error is null, "a filter has no error");
        }
        else
        {
            Require(error is not null, "a refusal has a reason");
        }

        if (DistinguishedName.TryParse(text, out DistinguishedName? name))
        {
            Require(DistinguishedName.TryParse(name!.Normalized, out DistinguishedName? again) && again!.Equals(name), "the normal form is the same name");
        }

        Require(LdapFilter.TryParse($"(a={LdapFilter.Escape(input)})", out _, out _) || input.Length > 16_384, "escaped bytes are a value");
    }
}
