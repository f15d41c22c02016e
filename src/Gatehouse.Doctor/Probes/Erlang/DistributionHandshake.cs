using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Gatehouse.Doctor.Probes.Erlang;

/// <summary>
/// The handshake between Erlang nodes (Erlang/OTP, "Distribution Protocol"), of both sides what a question needs. Frames have two bytes of
/// length, over TLS four. Its first message is silent: the node answers with its name and a challenge, and logs nothing.
/// </summary>
internal static class DistributionHandshake
{
    // What OTP 25 to 27 demand; without 0x1, so that we are a hidden node that nobody is told of.
    private const ulong Flags = 0x4 | 0x10 | 0x80 | 0x100 | 0x200 | 0x400 | 0x800 | 0x1_0000 | 0x2_0000 | 0x4_0000 | 0x100_0000 | 0x200_0000 | (1UL << 34) | (1UL << 36);

    private const int DigestSize = 16;
    private const int MostName = 1024;

    /// <summary>Our name, which begins a handshake.</summary>
    public static byte[] Name(string name, bool isTls)
    {
        byte[] text = Encoding.Latin1.GetBytes(name);
        byte[] body = new byte[1 + 8 + 4 + 2 + text.Length];
        body[0] = (byte)'N';
        BinaryPrimitives.WriteUInt64BigEndian(body.AsSpan(1), Flags);
        BinaryPrimitives.WriteUInt32BigEndian(body.AsSpan(9), 1);
        BinaryPrimitives.WriteUInt16BigEndian(body.AsSpan(13), (ushort)text.Length);
        text.CopyTo(body, 15);
        return Frame(body, isTls);
    }

    /// <summary>The answer to the node's challenge, with one of ours. Where the cookie is right, the node lets us in.</summary>
    public static byte[] Reply(string cookie, uint challenge, uint ours, bool isTls)
    {
        byte[] body = new byte[1 + 4 + DigestSize];
        body[0] = (byte)'r';
        BinaryPrimitives.WriteUInt32BigEndian(body.AsSpan(1), ours);
        Digest(cookie, challenge).CopyTo(body, 5);
        return Frame(body, isTls);
    }

    /// <summary>Whether the node's last message proves that it has the cookie, too.</summary>
    public static bool IsAccepted(ReadOnlySpan<byte> bytes, string cookie, uint ours, bool isTls) =>
        TryFrame(bytes, isTls, out ReadOnlySpan<byte> body, out _) && body is [(byte)'a', ..] && body[1..].SequenceEqual(Digest(cookie, ours));

    /// <summary>What the node said to our name.</summary>
    public static DistributionAnswer Read(ReadOnlySpan<byte> bytes, bool isTls)
    {
        if (!TryFrame(bytes, isTls, out ReadOnlySpan<byte> status, out ReadOnlySpan<byte> rest) || status is not [(byte)'s', ..] || status.Length > MostName)
        {
            return DistributionAnswer.None;
        }

        string word = Encoding.Latin1.GetString(status[1..]);
        if (!TryFrame(rest, isTls, out ReadOnlySpan<byte> body, out _))
        {
            return new DistributionAnswer(word, null, 0);
        }

        return body switch
        {
            // N flags:8 challenge:4 creation:4 length:2 name
            [(byte)'N', ..] when body.Length >= 19 && (int)BinaryPrimitives.ReadUInt16BigEndian(body[17..]) is var length && body.Length >= 19 + length =>
                new DistributionAnswer(word, Encoding.UTF8.GetString(body.Slice(19, length)), BinaryPrimitives.ReadUInt32BigEndian(body[9..])),

            // n version:2 flags:4 challenge:4 name
            [(byte)'n', ..] when body.Length > 11 => new DistributionAnswer(word, Encoding.UTF8.GetString(body[11..]), BinaryPrimitives.ReadUInt32BigEndian(body[7..])),
            _ => new DistributionAnswer(word, null, 0),
        };
    }

    /// <summary>Whether a status and, where one follows, a challenge are there.</summary>
    public static bool IsWhole(ReadOnlyMemory<byte> bytes, bool isTls) =>
        TryFrame(bytes.Span, isTls, out ReadOnlySpan<byte> status, out ReadOnlySpan<byte> rest)
        && (status is not [(byte)'s', (byte)'o', (byte)'k', ..] || TryFrame(rest, isTls, out _, out _));

    /// <summary>A frame of its own.</summary>
    public static byte[] Frame(ReadOnlySpan<byte> body, bool isTls)
    {
        byte[] frame = new byte[(isTls ? 4 : 2) + body.Length];
        if (isTls)
        {
            BinaryPrimitives.WriteInt32BigEndian(frame, body.Length);
        }
        else
        {
            BinaryPrimitives.WriteUInt16BigEndian(frame, (ushort)body.Length);
        }

        body.CopyTo(frame.AsSpan(isTls ? 4 : 2));
        return frame;
    }

    /// <summary>Takes the first frame.</summary>
    public static bool TryFrame(ReadOnlySpan<byte> bytes, bool isTls, out ReadOnlySpan<byte> body, out ReadOnlySpan<byte> rest)
    {
        body = rest = default;
        int head = isTls ? 4 : 2;
        if (bytes.Length < head)
        {
            return false;
        }

        long length = isTls ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt16BigEndian(bytes);
        if (bytes.Length - head < length)
        {
            return false;
        }

        body = bytes.Slice(head, (int)length);
        rest = bytes[(head + (int)length)..];
        return true;
    }

    private static byte[] Digest(string cookie, uint challenge)
    {
#pragma warning disable CA5351 // the protocol has no other digest
        return MD5.HashData(Encoding.Latin1.GetBytes(cookie + challenge.ToString(CultureInfo.InvariantCulture)));
#pragma warning restore CA5351
    }
}

/// <summary>What a node said to the first message.</summary>
/// <param name="Status">Its status: <c>ok</c>, <c>not_allowed</c>; null where it is no such node.</param>
/// <param name="Node">Its name, or null.</param>
/// <param name="Challenge">Its challenge.</param>
internal readonly record struct DistributionAnswer(string? Status, string? Node, uint Challenge)
{
    private static readonly string[] Words = ["ok", "ok_simultaneous", "nok", "not_allowed", "alive"];

    /// <summary>It is no such node.</summary>
    public static DistributionAnswer None { get; }

    /// <summary>Whether the port speaks the distribution.</summary>
    public bool IsNode => Status is not null && (Words.Contains(Status) || Status.StartsWith("named:", StringComparison.Ordinal));

    /// <summary>Whether it goes on to a challenge.</summary>
    public bool IsChallenged => Node is not null && Status is "ok" or "ok_simultaneous";
}
