using System.Security.Cryptography;

namespace Gatehouse.Protocols.Libp2p;

/// <summary>What a port is to a private libp2p network. The words of <see cref="SwarmVerdicts.Word"/> are frozen.</summary>
public enum SwarmVerdict
{
    /// <summary><c>UNKNOWN</c>: nothing that could be told, or nothing at all.</summary>
    Unknown,

    /// <summary><c>OPEN</c>: libp2p without a private network.</summary>
    Open,

    /// <summary><c>PROTECTED_MATCH</c>: it holds this key.</summary>
    ProtectedMatch,

    /// <summary><c>PROTECTED_OTHER</c>: it holds another key.</summary>
    ProtectedOther,

    /// <summary><c>PROTECTED_LIKELY</c>: it behaves as a private network does.</summary>
    ProtectedLikely,

    /// <summary><c>NOT_LIBP2P</c>: something else.</summary>
    NotLibp2p,

    /// <summary><c>CLOSED</c>: no connection.</summary>
    Closed,
}

/// <summary>Judges what a port says, before and after it was spoken to. Null: it must be asked before anything can be told.</summary>
public static class SwarmVerdicts
{
    /// <summary>The frozen word.</summary>
    public static string Word(SwarmVerdict verdict) => verdict switch
    {
        SwarmVerdict.Open => "OPEN",
        SwarmVerdict.ProtectedMatch => "PROTECTED_MATCH",
        SwarmVerdict.ProtectedOther => "PROTECTED_OTHER",
        SwarmVerdict.ProtectedLikely => "PROTECTED_LIKELY",
        SwarmVerdict.NotLibp2p => "NOT_LIBP2P",
        SwarmVerdict.Closed => "CLOSED",
        _ => "UNKNOWN",
    };

    /// <summary>What it said unasked.</summary>
    public static SwarmVerdict? OfUnasked(ReadOnlySpan<byte> said, SwarmKey? key)
    {
        if (said.Length >= PnetHeader.HeaderSize && PnetHeader.IsClear(said))
        {
            return SwarmVerdict.Open;
        }

        if (said.Length >= PnetHeader.ProofSize && !IsText(said))
        {
            return key is null ? SwarmVerdict.ProtectedLikely
                : PnetHeader.IsProvenBy(key, said) ? SwarmVerdict.ProtectedMatch : SwarmVerdict.ProtectedOther;
        }

        if (!said.IsEmpty && IsText(said))
        {
            return SwarmVerdict.NotLibp2p;
        }

        return said.Length switch
        {
            0 => null,
            >= PnetHeader.NonceSize => key is null ? SwarmVerdict.ProtectedLikely : null,
            _ => SwarmVerdict.Unknown,
        };
    }

    /// <summary>What it said, from its first byte on, to nonce and encrypted header of this key.</summary>
    public static SwarmVerdict OfEncrypted(ReadOnlySpan<byte> said, SwarmKey key) =>
        PnetHeader.IsProvenBy(key, said) ? SwarmVerdict.ProtectedMatch

            // With another key it says nothing it could be known by: it waits, or closes.
            : said.Length >= PnetHeader.ProofSize ? SwarmVerdict.ProtectedOther : SwarmVerdict.ProtectedLikely;

    /// <summary>What it said to a header in clear.</summary>
    public static SwarmVerdict OfClear(ReadOnlySpan<byte> said) =>
        said.Length >= PnetHeader.HeaderSize && PnetHeader.IsClear(said) ? SwarmVerdict.Open
        : !said.IsEmpty && IsText(said) ? SwarmVerdict.NotLibp2p
        : SwarmVerdict.Unknown;

    /// <summary>Nonce, encrypted header and first proposal: what a member sends first.</summary>
    public static byte[] Greeting(SwarmKey key)
    {
        byte[] nonce = RandomNumberGenerator.GetBytes(PnetHeader.NonceSize);
        byte[] proposal = PnetHeader.Proposal.ToArray();
        using XSalsa20 cipher = key.Cipher(nonce);
        cipher.Apply(proposal);
        return [.. nonce, .. proposal];
    }

    private static bool IsText(ReadOnlySpan<byte> said)
    {
        foreach (byte b in said)
        {
            if (b is not ((>= (byte)' ' and <= (byte)'~') or (byte)'\r' or (byte)'\n' or (byte)'\t'))
            {
                return false;
            }
        }

        return true;
    }
}
