using Gatehouse.Engine.Tokens;

namespace Gatehouse.Engine.Realms.Tokens;

/// <summary>Where a realm's keys come from.</summary>
internal interface IKeySource : IDisposable
{
    /// <summary>Counts up when the keys become others.</summary>
    int Epoch { get; }

    /// <summary>Why the last fetch failed, for people; null when it did not.</summary>
    string? LastFault { get; }

    /// <summary>The keys that count now, without waiting; null when there are none that could still be believed.</summary>
    KeySet? Current { get; }

    /// <summary>The keys that count now; null when there are none that could still be believed. Waits for a first fetch.</summary>
    ValueTask<KeySet?> GetAsync(CancellationToken cancellation);

    /// <summary>Asks for newer keys because a token names an unknown one. False when it is not the time for that.</summary>
    ValueTask<bool> TryRefreshAsync(CancellationToken cancellation);
}

/// <summary>Keys that the operator wrote.</summary>
internal sealed class WrittenKeys(KeySet keys) : IKeySource
{
    /// <inheritdoc/>
    public int Epoch => 0;

    /// <inheritdoc/>
    public string? LastFault => null;

    /// <inheritdoc/>
    public KeySet? Current => keys;

    /// <inheritdoc/>
    public ValueTask<KeySet?> GetAsync(CancellationToken cancellation) => ValueTask.FromResult<KeySet?>(keys);

    /// <inheritdoc/>
    public ValueTask<bool> TryRefreshAsync(CancellationToken cancellation) => ValueTask.FromResult(false);

    /// <inheritdoc/>
    public void Dispose()
    {
        // Nothing is held.
    }
}
