using System.Buffers;
using System.Text;
using Gatehouse.Protocols.Ignite;

namespace Gatehouse.Doctor.Probes;

/// <summary>How a node of Ignite took a thin client's handshake.</summary>
public enum IgniteVerdict
{
    /// <summary>It is no such node, or did not answer.</summary>
    Unknown,

    /// <summary>The client was let in.</summary>
    LetIn,

    /// <summary>The client was refused.</summary>
    Refused,
}

/// <summary>A thin client's handshake, with which or without a user. It opens nothing on the node, and ends with the connection.</summary>
internal static class IgniteQuestion
{
    /// <summary>Asks.</summary>
    public static async Task<IgniteVerdict> AskAsync(ProbeConnection connection, string? user, string password, CancellationToken cancellation)
    {
        var question = new ArrayBufferWriter<byte>();
        IgniteHandshake.Write(question, IgniteHandshake.GeneralClient, IgniteFeatures.None, user, Encoding.UTF8.GetBytes(password));
        ProbeAnswer answer = await connection.ExchangeAsync(question.WrittenMemory, static bytes => Framing(bytes.Span, out _) != IgniteFraming.NeedMore, cancellation);
        return Read(answer.Bytes);
    }

    /// <summary>Reads what a node said.</summary>
    public static IgniteVerdict Read(ReadOnlySpan<byte> bytes) =>
        Framing(bytes, out IgniteFrame frame) == IgniteFraming.Complete
        && IgniteHandshakeAnswer.TryParse(bytes.Slice(frame.HeaderLength, frame.Length), out IgniteHandshakeAnswer? answer, out _) && answer is not null
            ? answer.Failure is null ? IgniteVerdict.LetIn : IgniteVerdict.Refused
            : IgniteVerdict.Unknown;

    private static IgniteFraming Framing(ReadOnlySpan<byte> bytes, out IgniteFrame frame) => IgniteFrame.TryRead(bytes, withMagic: true, Prober.MostBytes - 8, out frame, out _);
}
