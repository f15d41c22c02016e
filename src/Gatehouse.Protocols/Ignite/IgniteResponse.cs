using Gatehouse.Protocols.Ignite.Wire;

namespace Gatehouse.Protocols.Ignite;

/// <summary>What a response says of itself.</summary>
[Flags]
public enum IgniteResponseFlags
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Partitions moved.</summary>
    PartitionsChanged = 1,

    /// <summary>It tells of an earlier request, and may come before that one's response.</summary>
    Notification = 2,

    /// <summary>It is an error.</summary>
    Error = 4,

    /// <summary>It is an order of the node to an executor. Behind a gate there is none: close.</summary>
    ServerOperation = 8,
}

/// <summary>The head of a response.</summary>
/// <param name="RequestId">The request's id; below zero for a server operation.</param>
/// <param name="Flags">What it is.</param>
/// <param name="ObservableTimestamp">The node's timestamp.</param>
/// <param name="ServerOperation">The server operation, null if it is none.</param>
/// <param name="BodyOffset">Where in the payload the error or the answer begins.</param>
public readonly record struct IgniteResponse(
    long RequestId, IgniteResponseFlags Flags, long ObservableTimestamp, int? ServerOperation, int BodyOffset)
{
    /// <summary>The most bytes that a head takes: a prefix of so many is enough to read it.</summary>
    public const int MaxHeadBytes = 41;

    /// <summary>Whether it is an error.</summary>
    public bool IsError => (Flags & IgniteResponseFlags.Error) != IgniteResponseFlags.None;

    /// <summary>Whether it tells of an earlier request.</summary>
    public bool IsNotification => (Flags & IgniteResponseFlags.Notification) != IgniteResponseFlags.None;

    /// <summary>Whether it is an order to an executor.</summary>
    public bool IsServerOperation => (Flags & IgniteResponseFlags.ServerOperation) != IgniteResponseFlags.None;

    /// <summary>Reads the head. Flags that are unknown are refused: nobody knows what they put into it.</summary>
    /// <param name="payload">The payload, or its first <see cref="MaxHeadBytes"/>.</param>
    /// <param name="response">The head.</param>
    /// <param name="error">Why it was refused.</param>
    public static bool TryParse(ReadOnlySpan<byte> payload, out IgniteResponse response, out IgniteError error)
    {
        response = default;
        error = IgniteError.Malformed;
        var reader = new MessagePackReader(payload);
        int? operation = null;
        if (!reader.TryLong(out long id) || !reader.TryInt(0, 15, out int number))
        {
            return false;
        }

        var flags = (IgniteResponseFlags)number;
        if (((flags & IgniteResponseFlags.PartitionsChanged) != IgniteResponseFlags.None && !reader.TryLong(out _)) || !reader.TryLong(out long timestamp))
        {
            return false;
        }

        if ((flags & IgniteResponseFlags.ServerOperation) != IgniteResponseFlags.None)
        {
            if (!reader.TryInt(out int order))
            {
                return false;
            }

            operation = order;
        }

        response = new IgniteResponse(id, flags, timestamp, operation, reader.Position);
        error = IgniteError.None;
        return true;
    }

    /// <summary>Reads the error of a response that is one.</summary>
    /// <param name="body">The payload from <see cref="BodyOffset"/> on.</param>
    /// <param name="failure">The error.</param>
    public static bool TryReadFailure(ReadOnlySpan<byte> body, out IgniteFailure? failure)
    {
        var reader = new MessagePackReader(body);
        return IgniteFailure.TryRead(ref reader, out failure);
    }
}
