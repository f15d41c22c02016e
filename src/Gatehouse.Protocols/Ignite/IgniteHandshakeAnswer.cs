using System.Buffers;
using Gatehouse.Protocols.Ignite.Wire;

namespace Gatehouse.Protocols.Ignite;

/// <summary>A node's answer to a handshake, copied out of the buffer.</summary>
public sealed class IgniteHandshakeAnswer
{
    private const int MaxNodes = 4096;
    private const int MaxNameBytes = 65_535;

    private byte[] _identity = [];
    private byte[] _extensions = [];

    private IgniteHandshakeAnswer()
    {
    }

    /// <summary>Why the node refused, null if it did not; then all below is empty.</summary>
    public IgniteFailure? Failure { get; private init; }

    /// <summary>After how many milliseconds of silence the node closes; 0 for never.</summary>
    public long IdleTimeoutMillis { get; private set; }

    /// <summary>The node's id, another one after each start.</summary>
    public Guid NodeId { get; private set; }

    /// <summary>The node's name, by which clients find the node of a partition.</summary>
    public string NodeName { get; private set; } = "";

    /// <summary>The cluster's ids, oldest first; at least one.</summary>
    public IReadOnlyList<Guid> ClusterIds { get; private set; } = [];

    /// <summary>The cluster's name.</summary>
    public string ClusterName { get; private set; } = "";

    /// <summary>The product's version, as in <c>3.1.0</c> or <c>3.2.0.1-SNAPSHOT</c>.</summary>
    public string ProductVersion { get; private set; } = "";

    /// <summary>The known ones of the node's features.</summary>
    public IgniteFeatures Features { get; private set; }

    /// <summary>Reads an answer: the payload of the first frame.</summary>
    /// <param name="payload">What follows the length, exactly.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="error">Why it was refused.</param>
    public static bool TryParse(ReadOnlySpan<byte> payload, out IgniteHandshakeAnswer? answer, out IgniteError error)
    {
        answer = null;
        error = IgniteError.Malformed;
        var reader = new MessagePackReader(payload);
        if (!IgniteHandshakeParser.TryVersion(ref reader, out bool isOurs))
        {
            return false;
        }

        // Nil stands for no error. An error's own trace id is never nil here: clients would take it for a success.
        if (!reader.TryNil())
        {
            if (!IgniteFailure.TryRead(ref reader, out IgniteFailure? failure))
            {
                return false;
            }

            answer = new IgniteHandshakeAnswer { Failure = failure };
            error = IgniteError.None;
            return true;
        }

        if (!isOurs)
        {
            error = IgniteError.UnsupportedVersion;
            return false;
        }

        var read = new IgniteHandshakeAnswer();
        if (!read.TryReadRest(payload, ref reader))
        {
            return false;
        }

        answer = read;
        error = IgniteError.None;
        return true;
    }

    /// <summary>Writes a refusal: magic and frame. All clients show its code and message.</summary>
    /// <param name="to">Where to.</param>
    /// <param name="code">The code.</param>
    /// <param name="message">The text.</param>
    /// <param name="traceId">An id that the client shows with it.</param>
    public static void WriteFailure(IBufferWriter<byte> to, int code, string message, Guid traceId = default)
    {
        var frame = new IgniteFrameWriter(to, 3 + IgniteFailure.Measure(message), withMagic: true);
        IgniteHandshakeParser.WriteVersion(ref frame.Values);
        IgniteFailure.Write(ref frame.Values, traceId, code, message);
        frame.End(to);
    }

    /// <summary>Writes the answer with another idle timeout and other features, all else as the node sent it: magic and frame.</summary>
    /// <exception cref="InvalidOperationException">The node refused.</exception>
    public void Write(IBufferWriter<byte> to, long idleTimeoutMillis, IgniteFeatures features)
    {
        if (Failure is not null)
        {
            throw new InvalidOperationException("a refusal has no timeout and no features");
        }

        const int most = 64;
        var frame = new IgniteFrameWriter(to, most + _identity.Length + _extensions.Length, withMagic: true);
        IgniteHandshakeParser.WriteVersion(ref frame.Values);
        frame.Values.Nil();
        frame.Values.Number(idleTimeoutMillis);
        frame.Values.Raw(_identity);
        frame.Values.Binary(IgniteFeatureMask.ToBytes(features));
        frame.Values.Raw(_extensions);
        frame.End(to);
    }

    private bool TryReadRest(ReadOnlySpan<byte> payload, scoped ref MessagePackReader reader)
    {
        if (!reader.TryLong(out long idle))
        {
            return false;
        }

        int from = reader.Position;
        if (!reader.TryGuid(out Guid node) || !reader.TryString(MaxNameBytes, out string name) || !TryClusters(ref reader)
            || !reader.TryString(MaxNameBytes, out string cluster) || !reader.TryLong(out _) || !TryProduct(ref reader))
        {
            return false;
        }

        int to = reader.Position;
        if (!reader.TryBinary(out ReadOnlySpan<byte> bits))
        {
            return false;
        }

        int extensions = reader.Position;
        if (!TrySkipExtensions(ref reader) || !reader.IsAtEnd)
        {
            return false;
        }

        IdleTimeoutMillis = idle;
        NodeId = node;
        NodeName = name;
        ClusterName = cluster;
        Features = IgniteFeatureMask.Read(bits);
        _identity = payload[from..to].ToArray();
        _extensions = payload[extensions..].ToArray();
        return true;
    }

    private bool TryClusters(scoped ref MessagePackReader reader)
    {
        if (!reader.TryCount(out int count) || count is < 1 or > MaxNodes)
        {
            return false;
        }

        var ids = new List<Guid>();
        for (int i = 0; i < count; i++)
        {
            if (!reader.TryGuid(out Guid id))
            {
                return false;
            }

            ids.Add(id);
        }

        ClusterIds = ids;
        return true;
    }

    private bool TryProduct(scoped ref MessagePackReader reader)
    {
        if (!reader.TryInt(sbyte.MinValue, byte.MaxValue, out int major) || !reader.TryInt(sbyte.MinValue, byte.MaxValue, out int minor)
            || !reader.TryInt(sbyte.MinValue, byte.MaxValue, out int maintenance))
        {
            return false;
        }

        string patch = "";
        if (!reader.TryNil())
        {
            if (!reader.TryInt(sbyte.MinValue, byte.MaxValue, out int number))
            {
                return false;
            }

            patch = $".{number}";
        }

        if (!reader.TryStringOrNil(MaxNameBytes, out string? preRelease))
        {
            return false;
        }

        ProductVersion = $"{major}.{minor}.{maintenance}{patch}{(preRelease is null ? "" : "-" + preRelease)}";
        return true;
    }

    private static bool TrySkipExtensions(scoped ref MessagePackReader reader)
    {
        if (!reader.TryCount(out int count))
        {
            return false;
        }

        for (int i = 0; i < count; i++)
        {
            if (!reader.TryText(out _) || !reader.TrySkip())
            {
                return false;
            }
        }

        return true;
    }
}
