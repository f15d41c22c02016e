using Gatehouse.Problems;

namespace Gatehouse.Engine.Store.Etcd;

/// <summary>Whether etcd answers, by the last call. Thread-safe.</summary>
internal sealed class EtcdHealth
{
    private readonly Lock _turn = new();
    private StoreHealth _now = StoreHealth.Up;

    /// <summary>Where the time of day is taken from.</summary>
    public TimeProvider Time { get; set; } = TimeProvider.System;

    /// <summary>What is known.</summary>
    public StoreHealth Now => Volatile.Read(ref _now);

    /// <summary>A call was answered.</summary>
    public void Up()
    {
        if (!Now.IsUp)
        {
            lock (_turn)
            {
                _now = StoreHealth.Up;
            }
        }
    }

    /// <summary>A call failed at every member.</summary>
    public void Away(Problem problem)
    {
        lock (_turn)
        {
            _now = new StoreHealth(_now.AwaySince ?? Time.GetUtcNow(), problem);
        }
    }
}
