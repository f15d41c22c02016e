namespace Gatehouse.Engine.Auditing.Outputs;

/// <summary>One connection, or one kind of request, towards a receiver. Used by one task; throws what the network throws.</summary>
internal interface IOutputSink : IAsyncDisposable
{
    /// <summary>Whether <see cref="SendAsync"/> returning means that the receiver has the records.</summary>
    bool Acknowledges { get; }

    /// <summary>Sends lines in their order, and gives what the receiver said to them.</summary>
    Task<SinkAnswer> SendAsync(IReadOnlyList<OutgoingRecord> records, CancellationToken cancellation);

    /// <summary>Ends in order; true where the receiver said that it has read everything.</summary>
    Task<bool> FinishAsync(CancellationToken cancellation);

    /// <summary>Whether the receiver has ended the connection.</summary>
    bool IsLost { get; }
}
