using Gatehouse.Testing.Ignite.Wire;

namespace Gatehouse.Testing.Ignite.Client;

/// <summary>One frame that the server sent after the handshake.</summary>
/// <param name="RequestId">The request that it belongs to.</param>
/// <param name="Flags">1 assignment changed, 2 notification, 4 error, 8 an operation of the server.</param>
/// <param name="Timestamp">The observable timestamp.</param>
/// <param name="Error">What went wrong; null where nothing did.</param>
/// <param name="Payload">What the operation answers.</param>
public sealed record ThinAnswer(long RequestId, int Flags, long Timestamp, ThinError? Error, ReadOnlyMemory<byte> Payload)
{
    /// <summary>True where the server did what was asked.</summary>
    public bool IsOk => Error is null;

    /// <summary>The timestamp of the partition assignment where flag 1 is set.</summary>
    public long? AssignmentTimestamp { get; init; }

    /// <summary>Reads the payload from its beginning.</summary>
    public PackReader Reader() => Error is null ? new PackReader(Payload) : throw new ThinRefusedException(Error);

    /// <summary>Reads a frame's payload.</summary>
    public static ThinAnswer Parse(byte[] frame)
    {
        var reader = new PackReader(frame);
        long id = reader.Long();
        int flags = reader.Int();
        long? assignment = (flags & 1) != 0 ? reader.Long() : null;
        long timestamp = reader.Long();
        ThinError? error = (flags & 4) != 0 ? ThinError.Read(reader) : null;
        return new ThinAnswer(id, flags, timestamp, error, reader.Rest) { AssignmentTimestamp = assignment };
    }
}

/// <summary>The body of an error.</summary>
/// <param name="TraceId">By which the server's log names it.</param>
/// <param name="Code">Group * 65536 + number.</param>
/// <param name="JavaClass">The class of the exception.</param>
/// <param name="Message">What happened.</param>
/// <param name="Stack">The server's stack trace.</param>
/// <param name="Extensions">Keys of the extensions.</param>
public sealed record ThinError(Guid? TraceId, int? Code, string JavaClass, string? Message, string? Stack, IReadOnlyList<string> Extensions)
{
    /// <summary>Wrong credentials: group 15, code 2.</summary>
    public const int InvalidCredentials = 983042;

    /// <summary>Reads the body; its last part has to be understood or it is an error.</summary>
    public static ThinError Read(PackReader reader)
    {
        Guid? trace = reader.UuidOrNil();
        int? code = reader.TakeNil() ? null : reader.Int();
        string type = reader.Text();
        string? message = reader.TextOrNil();
        string? stack = reader.TextOrNil();
        var keys = new List<string>();
        for (int left = reader.TakeNil() ? 0 : reader.Int(); left > 0; left--)
        {
            keys.Add(reader.Text());
            reader.Skip();
        }

        return new ThinError(trace, code, type, message, stack, keys);
    }
}

/// <summary>The server said no.</summary>
public sealed class ThinRefusedException(ThinError error) : Exception($"{error.Code}: {error.Message}")
{
    /// <summary>What it said.</summary>
    public ThinError Error => error;
}
