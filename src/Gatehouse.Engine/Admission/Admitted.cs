using System.Net;

namespace Gatehouse.Engine.Admission;

/// <summary>A connection that passed step 2. Only <see cref="AdmissionControl"/> makes one; disposing gives its places back.</summary>
internal sealed class Admitted : IDisposable
{
    private readonly AdmissionControl _control;
    private readonly ListenerBudget _budget;
    private readonly SourceKey _key;
    private int _disposed;
    private int _inHandshake;

    internal Admitted(AdmissionControl control, ListenerBudget budget, IPEndPoint source, SourceKey key, bool inHandshake)
    {
        _control = control;
        _budget = budget;
        _key = key;
        Source = source;
        _inHandshake = inHandshake ? 1 : 0;
    }

    /// <summary>The client's address as it was decided on.</summary>
    public IPEndPoint Source { get; }

    /// <summary>The handshake is done or over: its place goes to the next.</summary>
    public void EndHandshake()
    {
        if (Interlocked.Exchange(ref _inHandshake, 0) == 1)
        {
            _control.ReturnHandshake(_budget, _key);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            EndHandshake();
            _control.ReturnConnection(_budget, _key);
        }
    }
}

/// <summary>What one listener has under way.</summary>
/// <param name="gate">The gate's name.</param>
internal sealed class ListenerBudget(string gate)
{
    internal int Open;
    internal int Handshakes;

    /// <summary>The gate's name.</summary>
    public string Gate { get; } = gate;
}
