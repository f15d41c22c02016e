using System.Collections.Concurrent;
using System.Text;
using Gatehouse.Engine.Store;
using Gatehouse.Problems;
using Gatehouse.Trust.Sealing;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Elasticsearch.Handles;

/// <summary>
/// Handles that keep the upstream's id because other places name it too: tasks and asynchronous searches. They are kept below
/// <c>handles/</c> of the store's runtime state, the newest in memory besides. What is not found belongs to nobody. Thread-safe.
/// </summary>
internal sealed class HandleBook(Sealer sealer, IStateStore store, TimeProvider time, ILogger logger)
{
    /// <summary>Most handles in memory.</summary>
    internal int MaxHeld { get; init; } = 16 * 1024;

    private readonly ConcurrentDictionary<string, Handle> _held = new(StringComparer.Ordinal);

    /// <summary>How many are in memory.</summary>
    internal int Held => _held.Count;

    /// <summary>Writes one down. From the call on this node knows it; when the task ends, every node does, or the log says why not.</summary>
    public async Task PutAsync(Handle handle)
    {
        string key = KeyOf(handle.Kind, handle.Gate, handle.UpstreamId);
        if (_held.Count >= MaxHeld)
        {
            MakeRoom();
        }

        _held[key] = handle;
        try
        {
            await store.PutRuntimeAsync(key, HandleContent.Write(handle), handle.Expires, CancellationToken.None);
        }
        catch (Exception fault) when (fault is ProblemException or ObjectDisposedException)
        {
            // This node goes on with what it has in memory; without it the owner is refused, never anybody else let in.
            Log.NotKept(logger, handle.Kind, fault);
        }
    }

    /// <summary>Looks one up for who names it.</summary>
    /// <returns>The handle, or null with the reason.</returns>
    public async ValueTask<(Handle? Handle, HandleFault Fault)> FindAsync(HandleKind kind, string gate, string id, HandleOwner who)
    {
        string key = KeyOf(kind, gate, id);
        if (!_held.TryGetValue(key, out Handle? handle))
        {
            handle = await ReadAsync(key, kind);
        }

        DateTimeOffset now = time.GetUtcNow();
        HandleFault fault = handle?.UpstreamId == id ? HandleFaults.Of(handle, kind, gate, who, now) : HandleFault.Unknown;
        return fault == HandleFault.None ? (handle, fault) : (null, fault);
    }

    private async ValueTask<Handle?> ReadAsync(string key, HandleKind kind)
    {
        try
        {
            byte[]? content = await store.GetRuntimeAsync(key, CancellationToken.None);
            return content is null ? null : HandleContent.Read(content);
        }
        catch (ProblemException fault)
        {
            Log.NotRead(logger, kind, fault);
            return null;
        }
    }

    /// <summary>The store has them all: whichever go are read from there.</summary>
    private void MakeRoom()
    {
        DateTimeOffset now = time.GetUtcNow();
        foreach ((string key, Handle handle) in _held)
        {
            if (handle.Expires <= now)
            {
                _held.TryRemove(key, out _);
            }
        }

        foreach (string key in _held.Keys)
        {
            if (_held.Count < MaxHeld * 3 / 4)
            {
                break;
            }

            _held.TryRemove(key, out _);
        }
    }

    private string KeyOf(HandleKind kind, string gate, string id) =>
        $"handles/{sealer.NameOf(Encoding.UTF8.GetBytes($"{(byte)kind}/{gate}/{id}"))}";
}
