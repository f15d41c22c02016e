using System.Collections.Concurrent;
using System.Text;

namespace Gatehouse.Testing.Ipfs;

/// <summary>One request as it came in; what concerns the body is final once <see cref="Ended"/> is done.</summary>
/// <param name="Method">The method.</param>
/// <param name="Target">The request target, byte for byte.</param>
/// <param name="Headers">Every header line in order of names; a repeated header has its values in one array.</param>
public sealed record RecordedRequest(string Method, string Target, IReadOnlyDictionary<string, string[]> Headers)
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The body's bytes that were read until now.</summary>
    public long BodyLength { get; internal set; }

    /// <summary>SHA-256 of all that was read of the body, in lower-case hex.</summary>
    public string BodyHash { get; internal set; } = "";

    /// <summary>The body's beginning, up to <see cref="StandInOptions.KeptBody"/> bytes.</summary>
    public byte[] Body { get; internal set; } = [];

    /// <summary>True where the body was read to its end.</summary>
    public bool IsComplete { get; internal set; }

    /// <summary>The status that was answered; 0 where nothing was.</summary>
    public int Status { get; internal set; }

    /// <summary>Done when the answer is.</summary>
    public Task Ended => _ended.Task;

    /// <summary>The body as text.</summary>
    public string Text => Encoding.UTF8.GetString(Body);

    /// <summary>The header's values joined by a comma, or null.</summary>
    public string? Header(string name) => Headers.TryGetValue(name, out string[]? values) ? string.Join(", ", values) : null;

    internal void End() => _ended.TrySetResult();
}

/// <summary>The last requests in the order in which they came.</summary>
public sealed class RequestLog
{
    private const int Kept = 10_000;
    private readonly ConcurrentQueue<RecordedRequest> _requests = new();

    private event Action<RecordedRequest>? Added;

    /// <summary>What came until now.</summary>
    public IReadOnlyList<RecordedRequest> All => [.. _requests];

    /// <summary>How many came until now.</summary>
    public int Count => _requests.Count;

    /// <summary>The last one.</summary>
    public RecordedRequest Last => All[^1];

    /// <summary>Forgets what came until now.</summary>
    public void Clear() => _requests.Clear();

    /// <summary>The first request that fits, of those that came or of those that come within <paramref name="limit"/>; its body may still be coming.</summary>
    public async Task<RecordedRequest> WaitAsync(Func<RecordedRequest, bool> fits, TimeSpan limit)
    {
        var waiting = new TaskCompletionSource<RecordedRequest>(TaskCreationOptions.RunContinuationsAsynchronously);
        void Look(RecordedRequest request)
        {
            if (fits(request))
            {
                waiting.TrySetResult(request);
            }
        }

        Added += Look;
        try
        {
            _requests.ToList().ForEach(Look);
            return await waiting.Task.WaitAsync(limit);
        }
        finally
        {
            Added -= Look;
        }
    }

    internal void Add(RecordedRequest request)
    {
        _requests.Enqueue(request);
        while (_requests.Count > Kept)
        {
            _requests.TryDequeue(out _);
        }

        Added?.Invoke(request);
    }
}
