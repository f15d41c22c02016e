using System.Collections.Concurrent;
using System.Text;

namespace Gatehouse.Testing.Elasticsearch;

/// <summary>One request as it came in.</summary>
/// <param name="Method">The method.</param>
/// <param name="Target">The request target, byte for byte.</param>
/// <param name="Headers">Every header line in order of names; a repeated header has its values in one array.</param>
/// <param name="Body">The body as it came, still compressed where it was; empty where it was too long to keep.</param>
/// <param name="BodyLength">The body's length in bytes.</param>
/// <param name="IsComplete">False where the client went away before the end of the body.</param>
public sealed record RecordedRequest(
    string Method, string Target, IReadOnlyDictionary<string, string[]> Headers, byte[] Body, long BodyLength, bool IsComplete)
{
    /// <summary>The body as text.</summary>
    public string Text => Encoding.UTF8.GetString(Body);

    /// <summary>The header's values joined by a comma, or null.</summary>
    public string? Header(string name) => Headers.TryGetValue(name, out string[]? values) ? string.Join(", ", values) : null;
}

/// <summary>The last requests, in the order in which their bodies ended.</summary>
public sealed class RequestLog
{
    private readonly ConcurrentQueue<RecordedRequest> _requests = new();
    private readonly int _kept;

    internal RequestLog(int kept) => _kept = kept;

    /// <summary>What came until now.</summary>
    public IReadOnlyList<RecordedRequest> All => [.. _requests];

    /// <summary>How many came until now.</summary>
    public int Count => _requests.Count;

    /// <summary>The last one.</summary>
    public RecordedRequest Last => All[^1];

    /// <summary>Forgets what came until now.</summary>
    public void Clear() => _requests.Clear();

    /// <summary>The first request that fits, of those that came or of those that come within <paramref name="limit"/>.</summary>
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
        while (_requests.Count > _kept)
        {
            _requests.TryDequeue(out _);
        }

        Added?.Invoke(request);
    }

    private event Action<RecordedRequest>? Added;
}
