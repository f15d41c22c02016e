namespace Gatehouse.Engine.Gates;

/// <summary>A guarded entrance of any protocol.</summary>
internal interface IGate : IAsyncDisposable
{
    /// <summary>What it runs on now.</summary>
    GateModel Model { get; }

    /// <summary>What it did.</summary>
    GateCounters Counters { get; }

    /// <summary>Opens it.</summary>
    /// <exception cref="Problems.ProblemException">It cannot listen.</exception>
    Task StartAsync(CancellationToken cancellation);

    /// <summary>Takes a new model without dropping a connection; only where the listener is shared.</summary>
    void Replace(GateModel model);

    /// <summary>Accepts nothing more, lets what runs end until <paramref name="cancellation"/> says otherwise, then closes.</summary>
    Task StopAsync(CancellationToken cancellation);
}
