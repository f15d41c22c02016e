using Gatehouse.Protocols.Ignite.Wire;

namespace Gatehouse.Protocols.Ignite;

/// <summary>What a node says of an error, without its stack trace and extensions.</summary>
/// <param name="TraceId">The node's id of it.</param>
/// <param name="Code">Group times 65,536 and a number within it.</param>
/// <param name="ClassName">The Java class.</param>
/// <param name="Message">The text.</param>
public sealed record IgniteFailure(Guid? TraceId, int? Code, string? ClassName, string? Message)
{
    /// <summary>The class that a gate names in its own errors.</summary>
    internal const string GateClass = "org.apache.ignite.lang.IgniteException";

    /// <summary>Reads the fields up to the message; what follows is of no use to a gate.</summary>
    internal static bool TryRead(scoped ref MessagePackReader reader, out IgniteFailure? failure)
    {
        failure = null;
        int? code = null;
        if (!reader.TryGuidOrNil(out Guid? trace))
        {
            return false;
        }

        if (!reader.TryNil())
        {
            if (!reader.TryInt(out int number))
            {
                return false;
            }

            code = number;
        }

        if (!reader.TryStringOrNil(int.MaxValue, out string? name) || !reader.TryStringOrNil(int.MaxValue, out string? message))
        {
            return false;
        }

        failure = new IgniteFailure(trace, code, name, message);
        return true;
    }

    /// <summary>Writes an error of the gate's own: no stack, no extensions.</summary>
    internal static void Write(scoped ref MessagePackWriter values, Guid? traceId, int code, string message)
    {
        if (traceId is { } id)
        {
            values.Guid(id);
        }
        else
        {
            values.Nil();
        }

        values.Number(code);
        values.Text(GateClass);
        values.Text(message);
        values.Nil();
        values.Nil();
    }

    /// <summary>Most bytes that <see cref="Write"/> takes.</summary>
    internal static int Measure(string message) =>
        64 + GateClass.Length + System.Text.Encoding.UTF8.GetByteCount(message);
}
