using Gatehouse.Engine.Ipfs.Ownership;

namespace Gatehouse.Engine.Ipfs;

/// <summary>How many adds each principal has under way: one that sends slowly costs the cluster disk and processor as long as it likes. Thread-safe.</summary>
/// <param name="most">Most of one principal.</param>
internal sealed class AddsUnderWay(int most)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<PinOwner, int> _counts = [];

    /// <summary>Counts one more; null where the principal has as many as it may. Ends with what is returned.</summary>
    public IDisposable? TryBegin(PinOwner owner)
    {
        lock (_lock)
        {
            int count = _counts.GetValueOrDefault(owner);
            if (count >= most)
            {
                return null;
            }

            _counts[owner] = count + 1;
            return new One(this, owner);
        }
    }

    private void End(PinOwner owner)
    {
        lock (_lock)
        {
            int count = _counts[owner] - 1;
            if (count == 0)
            {
                _counts.Remove(owner);
            }
            else
            {
                _counts[owner] = count;
            }
        }
    }

    private sealed class One(AddsUnderWay adds, PinOwner owner) : IDisposable
    {
        private AddsUnderWay? _adds = adds;

        public void Dispose() => Interlocked.Exchange(ref _adds, null)?.End(owner);
    }
}
