using System.Collections.Concurrent;
using Gatehouse.Testing.Ignite.Wire;

namespace Gatehouse.Testing.Ignite.Node;

/// <summary>One request as it came in.</summary>
/// <param name="Opcode">The operation, known or not.</param>
/// <param name="RequestId">The client's number.</param>
/// <param name="Payload">The frame's payload, byte for byte.</param>
/// <param name="User">Who was signed in.</param>
/// <param name="Connection">The number of the connection.</param>
/// <param name="Features">What both sides have.</param>
public sealed record RecordedCall(Op Opcode, long RequestId, byte[] Payload, string User, int Connection, FeatureSet Features)
{
    /// <summary>Reads the operands from their beginning.</summary>
    public PackReader Operands()
    {
        var reader = new PackReader(Payload);
        reader.Int();
        reader.Long();
        return reader;
    }
}

/// <summary>One handshake as it came in.</summary>
/// <param name="Payload">The frame's payload, byte for byte.</param>
/// <param name="Features">What the client has.</param>
/// <param name="Extensions">Keys as written and values, in order.</param>
/// <param name="User">Who was let in; null where nobody was.</param>
/// <param name="Bypassed">True where the extension of compute executors made the node ask for no password.</param>
public sealed record RecordedHandshake(
    byte[] Payload, FeatureSet Features, IReadOnlyList<(string Key, string Value)> Extensions, string? User, bool Bypassed);

/// <summary>One statement as it was read from a request.</summary>
/// <param name="Opcode">The operation that carried it.</param>
/// <param name="Sql">The text, a script's as a whole.</param>
/// <param name="Schema">The default schema that came along.</param>
/// <param name="User">Who was signed in.</param>
/// <param name="Modifiers">The byte of feature 13; null where there was none.</param>
public sealed record RecordedStatement(Op Opcode, string Sql, string? Schema, string User, byte? Modifiers);

/// <summary>What came, in order.</summary>
public sealed class CallLog
{
    private const int Kept = 100_000;
    private readonly ConcurrentQueue<RecordedCall> _calls = new();

    private event Action<RecordedCall>? Added;

    /// <summary>What came until now.</summary>
    public IReadOnlyList<RecordedCall> All => [.. _calls];

    /// <summary>How many came until now.</summary>
    public int Count => _calls.Count;

    /// <summary>Those of one operation.</summary>
    public IReadOnlyList<RecordedCall> Of(Op op) => [.. _calls.Where(c => c.Opcode == op)];

    /// <summary>Forgets what came until now.</summary>
    public void Clear() => _calls.Clear();

    /// <summary>The first call that fits, of those that came or of those that come within <paramref name="limit"/>.</summary>
    public async Task<RecordedCall> WaitAsync(Func<RecordedCall, bool> fits, TimeSpan limit)
    {
        var waiting = new TaskCompletionSource<RecordedCall>(TaskCreationOptions.RunContinuationsAsynchronously);
        void Look(RecordedCall call)
        {
            if (fits(call))
            {
                waiting.TrySetResult(call);
            }
        }

        Added += Look;
        try
        {
            _calls.ToList().ForEach(Look);
            return await waiting.Task.WaitAsync(limit);
        }
        finally
        {
            Added -= Look;
        }
    }

    internal void Add(RecordedCall call)
    {
        _calls.Enqueue(call);
        while (_calls.Count > Kept)
        {
            _calls.TryDequeue(out _);
        }

        Added?.Invoke(call);
    }
}
