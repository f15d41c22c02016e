using System.Buffers;
using System.Collections.Frozen;
using System.Text;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Protocols.Ignite;
using Gatehouse.Protocols.Ignite.Calls;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Ignite;

/// <summary>
/// The names of a cluster's tables by their numbers, which are all that requests carry. Asked for over a connection of the gate's own:
/// what a client says of names proves nothing. Numbers are never used again within a cluster, but another cluster may stand behind the
/// same address one day; so names are read again while they are used, and none holds for long without. Thread-safe.
/// </summary>
internal sealed class TableBook(UpstreamPool pool, string gate, TimeSpan refresh, TimeProvider time, ILogger logger) : IDisposable
{
    // As many times as long as it is read again may pass until nothing read before holds.
    private const int Staleness = 12;
    private const int LargestList = 16 * 1024 * 1024;
    private const int RequestId = 1;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(200);

    private readonly Lock _gate = new();
    private volatile Names _names = new(FrozenDictionary<int, byte[]>.Empty, 0);
    private Task<bool>? _reading;
    private long _begun;
    private NodeLink? _link;
    private IgniteFeatures _features;
    private bool _isDisposed;

    /// <summary>A name, canonical and in UTF-8, that is known and new enough; false: ask with <see cref="FindAsync"/>.</summary>
    public bool TryFind(int id, out byte[]? name)
    {
        Names names = _names;
        TimeSpan age = time.GetElapsedTime(names.Since);
        if (age > refresh && names.ById.Count > 0)
        {
            _ = ReadAsync(freshOnly: false);
        }

        name = null;
        return age < refresh * Staleness && names.ById.TryGetValue(id, out name);
    }

    /// <summary>A name, asked for anew; null where the cluster has no such table, or cannot be asked.</summary>
    public async ValueTask<byte[]?> FindAsync(int id)
    {
        await ReadAsync(freshOnly: true);
        return time.GetElapsedTime(_names.Since) < refresh * Staleness && _names.ById.TryGetValue(id, out byte[]? name) ? name : null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            if (_reading is null or { IsCompleted: true })
            {
                _link?.Dispose();
                _link = null;
            }
            else
            {
                _link?.Abort();
            }
        }
    }

    /// <summary>
    /// Reads all names once; whoever asks meanwhile gets the same reading, but one who must know what is new gets one that begins after
    /// the question. Numbers that do not exist so cost the node five readings a second at most.
    /// </summary>
    private async Task<bool> ReadAsync(bool freshOnly)
    {
        Task<bool>? before;
        lock (_gate)
        {
            before = _reading;
            if (before is { IsCompleted: false } && !freshOnly)
            {
                return true;
            }
        }

        if (before is { IsCompleted: false })
        {
            await before;
        }

        Task<bool> reading;
        lock (_gate)
        {
            if (_isDisposed)
            {
                return false;
            }

            // Somebody else who waited may have begun it.
            reading = _reading is { IsCompleted: false } running ? running : _reading = ReadSoonAsync(time.GetElapsedTime(_begun));
        }

        return await reading;
    }

    private async Task<bool> ReadSoonAsync(TimeSpan sinceLast)
    {
        if (sinceLast < Least)
        {
            await Task.Delay(Least - sinceLast, time);
        }

        await Task.Yield();
        _begun = time.GetTimestamp();
        bool isRead = false;
        try
        {
            isRead = await ReadOnceAsync();
            if (!isRead)
            {
                // The connection may have been an old one.
                Close();
                isRead = await ReadOnceAsync();
            }
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // Whoever waits for a name gets none; the connections go on.
            Log.TablesFailed(logger, gate, fault.Message);
        }
        finally
        {
            if (!isRead)
            {
                Close();
            }

            lock (_gate)
            {
                if (_isDisposed)
                {
                    _link?.Dispose();
                    _link = null;
                }
            }
        }

        return isRead;
    }

    private async Task<bool> ReadOnceAsync()
    {
        long begun = time.GetTimestamp();
        using var limit = new CancellationTokenSource(Limit, time);
        NodeLink? link = _link ?? await OpenAsync(limit.Token);
        if (link is null)
        {
            return false;
        }

        using CancellationTokenRegistration late = limit.Token.UnsafeRegister(static state => ((NodeLink)state!).Abort(), link);
        bool isQualified = (_features & IgniteFeatures.QualifiedNames) != IgniteFeatures.None;
        var request = new ArrayBufferWriter<byte>(16);
        IgniteWriter.Request(request, isQualified ? IgniteOpcodes.TablesGetQualified : IgniteOpcodes.TablesGet, RequestId);
        if (!await link.SendAsync(request.WrittenMemory))
        {
            return false;
        }

        while (true)
        {
            IgniteFraming framing = IgniteFrame.TryRead(link.Received.Span, withMagic: false, LargestList, out IgniteFrame frame, out _);
            if (framing == IgniteFraming.Refused || (framing == IgniteFraming.NeedMore && await link.MoreAsync() == 0))
            {
                Log.TablesFailed(logger, gate, "the node ended the connection");
                return false;
            }

            if (framing == IgniteFraming.Complete)
            {
                bool isTaken = Take(link.Received.Span.Slice(frame.HeaderLength, frame.Length), isQualified, begun);
                link.Consume((int)frame.TotalLength);
                return isTaken;
            }
        }
    }

    private bool Take(ReadOnlySpan<byte> payload, bool isQualified, long begun)
    {
        if (!IgniteResponse.TryParse(payload, out IgniteResponse response, out _) || response.IsError || response.IsServerOperation
            || !IgniteAnswers.TryTables(payload[response.BodyOffset..], isQualified, out IReadOnlyList<IgniteTable> tables))
        {
            Log.TablesFailed(logger, gate, "the node's answer cannot be read");
            return false;
        }

        Dictionary<int, byte[]> byId = [];
        foreach (IgniteTable table in tables)
        {
            if (table.TryCanonical(out string? canonical) && !byId.TryAdd(table.Id, Encoding.UTF8.GetBytes(canonical!)))
            {
                Log.TablesFailed(logger, gate, "one number stands for two tables");
                return false;
            }
        }

        _names = new Names(byId.ToFrozenDictionary(), begun);
        return true;
    }

    private async Task<NodeLink?> OpenAsync(CancellationToken limit)
    {
        (NodeLink? link, _, string? detail) = await NodeLink.OpenOwnAsync(pool, new ForwardControl());
        if (link is null)
        {
            Log.TablesFailed(logger, gate, detail ?? "the node cannot be reached");
            return null;
        }

        IgniteHandshakeAnswer? answer;
        using (CancellationTokenRegistration late = limit.UnsafeRegister(static state => ((NodeLink)state!).Abort(), link))
        {
            answer = await link.EnterAsync(IgniteHandshake.GeneralClient, IgniteFeatures.QualifiedNames);
        }

        if (answer is null or { Failure: not null })
        {
            Log.TablesFailed(logger, gate, answer?.Failure?.Message ?? "the node did not take the gate's login");
            link.Dispose();
            return null;
        }

        _features = answer.Features & IgniteFeatures.QualifiedNames;
        return _link = link;
    }

    private void Close()
    {
        _link?.Dispose();
        _link = null;
    }

    private sealed record Names(FrozenDictionary<int, byte[]> ById, long Since);
}
