using System.Collections.Immutable;

namespace Gatehouse.Engine.Store.Etcd;

/// <summary>Which member is asked first: the one that answered last; one that failed comes last for some seconds. Thread-safe.</summary>
internal sealed class EtcdEndpoints(ImmutableArray<Uri> endpoints, TimeProvider time)
{
    private static readonly TimeSpan Shunned = TimeSpan.FromSeconds(5);

    private readonly long[] _failed = new long[endpoints.Length];
    private int _good;

    /// <summary>How many there are.</summary>
    public int Count => endpoints.Length;

    /// <summary>One by its place.</summary>
    public Uri this[int at] => endpoints[at];

    /// <summary>All of them, the most promising first.</summary>
    public int[] Order()
    {
        int good = Volatile.Read(ref _good);
        return [.. Enumerable.Range(0, endpoints.Length).Select(i => (good + i) % endpoints.Length).OrderBy(IsShunned)];
    }

    /// <summary>It answered.</summary>
    public void Good(int at)
    {
        Volatile.Write(ref _failed[at], 0);
        Volatile.Write(ref _good, at);
    }

    /// <summary>It did not.</summary>
    public void Bad(int at)
    {
        Volatile.Write(ref _failed[at], time.GetTimestamp());
        Interlocked.CompareExchange(ref _good, (at + 1) % endpoints.Length, at);
    }

    private bool IsShunned(int at) => Volatile.Read(ref _failed[at]) is var failed and not 0 && time.GetElapsedTime(failed) < Shunned;
}
