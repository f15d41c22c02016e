using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Gatehouse.Doctor.Probes.Erlang;

/// <summary>
/// The challenge of gen_rpc 3: whoever asks gets the hash of the cookie and the asker's own number, before having shown anything. So one
/// question says whether the cookie is a given one. Terms are in Erlang's external format (Erlang/OTP, "External Term Format").
/// </summary>
internal static class RpcChallenge
{
    /// <summary>Bytes of a challenge.</summary>
    public const int Size = 8;

    private const int ResponseSize = 32;

    private static ReadOnlySpan<byte> Asked => "gen_rpc_authenticate_c"u8;

    private static ReadOnlySpan<byte> Answered => "gen_rpc_authenticate_cr"u8;

    /// <summary>A question.</summary>
    /// <param name="challenge">Eight random bytes.</param>
    /// <param name="node">The name of the node that is asked, or null; one that is not its own is refused.</param>
    public static byte[] Question(ReadOnlySpan<byte> challenge, string? node)
    {
        byte[] name = Encoding.UTF8.GetBytes(node ?? "");
        byte[] term = [0x83, 0x68, 2, 0x64, 0, (byte)Asked.Length, .. Asked, 0x6d, 0, 0, 0, Size, .. challenge[..Size]];
        byte[] tail = node is null ? [] : [(byte)(name.Length >> 8), (byte)name.Length, .. name];
        byte[] head = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(head, term.Length + tail.Length);
        return [.. head, .. term, .. tail];
    }

    /// <summary>Reads what came back.</summary>
    public static RpcAnswer Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 4 || BinaryPrimitives.ReadUInt32BigEndian(bytes) is var length && (length > Prober.MostBytes || bytes.Length - 4 < length))
        {
            return RpcAnswer.None;
        }

        ReadOnlySpan<byte> term = bytes.Slice(4, (int)length);
        if (term is not [0x83, 0x68, var size, ..] || !TryAtom(term[3..], out ReadOnlySpan<byte> atom, out ReadOnlySpan<byte> rest))
        {
            return RpcAnswer.None;
        }

        return size == 3 && atom.SequenceEqual(Answered) && rest is [0x6d, 0, 0, 0, ResponseSize, ..] && rest.Length >= 5 + ResponseSize ? new RpcAnswer(IsRpc: true, rest.Slice(5, ResponseSize).ToArray())
            : size == 2 && atom.SequenceEqual("error"u8) ? new RpcAnswer(IsRpc: rest.IndexOf("badrpc"u8) >= 0, null)
            : RpcAnswer.None;
    }

    /// <summary>Whether an answer is whole.</summary>
    public static bool IsWhole(ReadOnlyMemory<byte> bytes) => bytes.Length >= 4 && bytes.Length - 4 >= BinaryPrimitives.ReadUInt32BigEndian(bytes.Span);

    /// <summary>What a node with a cookie answers.</summary>
    public static byte[] Response(string cookie, ReadOnlySpan<byte> challenge) => SHA256.HashData([.. Encoding.UTF8.GetBytes(cookie), .. challenge]);

    // ATOM_EXT and ATOM_UTF8_EXT have two bytes of length, SMALL_ATOM_EXT and SMALL_ATOM_UTF8_EXT one.
    private static bool TryAtom(ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> atom, out ReadOnlySpan<byte> rest)
    {
        (int head, int length) = bytes switch
        {
            [0x64 or 0x76, var high, var low, ..] => (3, (high << 8) | low),
            [0x73 or 0x77, var small, ..] => (2, small),
            _ => (0, 0),
        };
        bool isAtom = head > 0 && bytes.Length >= head + length;
        atom = isAtom ? bytes.Slice(head, length) : default;
        rest = isAtom ? bytes[(head + length)..] : default;
        return isAtom;
    }
}

/// <summary>What a port said to a challenge.</summary>
/// <param name="IsRpc">Whether it is gen_rpc.</param>
/// <param name="Response">Hash of cookie and challenge, or null where it refused.</param>
internal readonly record struct RpcAnswer(bool IsRpc, byte[]? Response)
{
    /// <summary>Something else.</summary>
    public static RpcAnswer None { get; }

    /// <summary>Whether the node has this cookie.</summary>
    public bool Proves(string cookie, ReadOnlySpan<byte> challenge) => Response is not null && CryptographicOperations.FixedTimeEquals(Response, RpcChallenge.Response(cookie, challenge));
}
