using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text;

namespace Gatehouse.Protocols.Ldap;

/// <summary>Kinds of answers that are read.</summary>
public enum LdapReplyKind
{
    /// <summary>The end of a bind.</summary>
    Bind,

    /// <summary>One entry of a search.</summary>
    Entry,

    /// <summary>The server names another server. Never followed.</summary>
    Reference,

    /// <summary>The end of a search.</summary>
    SearchDone,

    /// <summary>The end of an extended operation; with message number 0 a notice, such as of disconnection.</summary>
    Extended,
}

/// <summary>How an operation ended (RFC 4511 section 4.1.9 and appendix A).</summary>
/// <param name="Code">The result code.</param>
/// <param name="Diagnostic">The server's text, cut to 256 characters, without control characters.</param>
public readonly record struct LdapResult(int Code, string Diagnostic)
{
    /// <summary>success (0).</summary>
    public const int Success = 0;

    /// <summary>timeLimitExceeded (3).</summary>
    public const int TimeLimitExceeded = 3;

    /// <summary>sizeLimitExceeded (4).</summary>
    public const int SizeLimitExceeded = 4;

    /// <summary>referral (10).</summary>
    public const int Referral = 10;

    /// <summary>adminLimitExceeded (11).</summary>
    public const int AdminLimitExceeded = 11;

    /// <summary>noSuchObject (32).</summary>
    public const int NoSuchObject = 32;

    /// <summary>inappropriateAuthentication (48).</summary>
    public const int InappropriateAuthentication = 48;

    /// <summary>invalidCredentials (49).</summary>
    public const int InvalidCredentials = 49;

    /// <summary>unwillingToPerform (53).</summary>
    public const int UnwillingToPerform = 53;

    /// <summary>invalidDNSyntax (34).</summary>
    public const int InvalidDnSyntax = 34;
}

/// <summary>One entry of a search.</summary>
/// <param name="Name">Its distinguished name as the server wrote it.</param>
/// <param name="Attributes">Values by attribute; names of attributes are compared without case.</param>
public sealed record LdapEntry(string Name, FrozenDictionary<string, ImmutableArray<byte[]>> Attributes)
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, true);

    /// <summary>Values of an attribute that are text; others are left out.</summary>
    public ImmutableArray<string> Texts(string attribute)
    {
        if (!Attributes.TryGetValue(attribute, out ImmutableArray<byte[]> values))
        {
            return [];
        }

        var texts = ImmutableArray.CreateBuilder<string>(values.Length);
        foreach (byte[] value in values)
        {
            try
            {
                texts.Add(StrictUtf8.GetString(value));
            }
            catch (DecoderFallbackException)
            {
                // Bytes, not text: not what was asked for here.
            }
        }

        return texts.DrainToImmutable();
    }
}

/// <summary>One message of a server.</summary>
/// <param name="Id">The number of the request it answers; 0: of none.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Result">Set but for entries and references.</param>
/// <param name="Entry">Set for entries.</param>
/// <param name="Cookie">For the end of a search: what asks for the next page, empty when there is none; null where the server gave no pages.</param>
public readonly record struct LdapReply(int Id, LdapReplyKind Kind, LdapResult Result = default, LdapEntry? Entry = null, ReadOnlyMemory<byte>? Cookie = null);
