using System.Globalization;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Identity;
using Gatehouse.Operations;
using Gatehouse.Protocols.Ignite;
using Microsoft.AspNetCore.Connections;

namespace Gatehouse.Engine.Ignite;

/// <summary>A client's connection that a node has taken: both directions, and the deciding again while it lives.</summary>
internal sealed class IgniteSession : ILiveWork, IDisposable
{
    private readonly SessionStart _start;
    private readonly CallRights _sweepRights;
    private readonly CallRights _rights;
    private readonly Lock _sweep = new();
    private readonly TaskCompletionSource<IgniteEnd> _cut = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _over = new();
    private readonly Func<OperationSet, bool> _isAllowed;
    private SecuritySnapshot? _sweptOn;
    private DateTimeOffset _sweptAt;
    private DateTimeOffset _sweepAgain;
    private string? _cutReason;

    public IgniteSession(SessionStart start, ClientFrames client, NodeLink node, SnapshotHolder snapshots, TimeProvider time)
    {
        _start = start;
        Client = client;
        Node = node;
        Pending = new PendingCalls(start.Model.Options.MaxPending);
        _rights = new CallRights(start.Rights.Login, start.Facts, snapshots, time);
        _sweepRights = start.Rights;
        _isAllowed = operations => _sweepRights.Decide(operations).IsAllowed;
    }

    /// <summary>The client's side.</summary>
    public ClientFrames Client { get; }

    /// <summary>The node's side.</summary>
    public NodeLink Node { get; }

    /// <summary>Requests under way.</summary>
    public PendingCalls Pending { get; }

    /// <summary>What statements wanted.</summary>
    public OpenedRights Opened { get; } = new();

    /// <summary>Step 8.</summary>
    public CallRecords Records => _start.Records;

    /// <summary>What both sides and the gate know.</summary>
    public IgniteFeatures Features => _start.Features;

    /// <summary>Whose jobs are whose.</summary>
    public JobBook Jobs => _start.Model.Jobs;

    /// <summary>Who it is.</summary>
    public Principal Owner => _start.Rights.Login.Principal;

    /// <summary>Largest payload of a request.</summary>
    public int MaxFrame => (int)Math.Min(_start.Model.Options.MaxFrame, int.MaxValue - 64);

    /// <summary>Runs both directions to their end.</summary>
    public async Task<IgniteEnd> RunAsync(ConnectionContext connection)
    {
        var reader = new CallOperations(() => _start.Model.NewestOptions, _start.Model.Tables, Jobs, Owner);
        var upload = new Upload(this, _rights, reader);
        var download = new Download(this);
        Task<IgniteEnd> up = GuardAsync(upload.RunAsync(_over.Token));
        Task<IgniteEnd> down = GuardAsync(download.RunAsync());
        Task<IgniteEnd> first = await Task.WhenAny(up, down, _cut.Task);
        IgniteEnd end = await first;
        connection.Abort(new ConnectionAbortedException(end.ToString()));
        await _over.CancelAsync();
        Node.Abort();
        await Task.WhenAll(up, down);
        foreach (Call call in Pending.TakeAll())
        {
            Records.Answered(call, 0, null, end switch
            {
                IgniteEnd.Node => "upstream_cut",
                IgniteEnd.NodeMalformed => "upstream_malformed",
                IgniteEnd.Client => "client_gone",
                _ => "cut",
            });
        }

        Records.Ended(end, Volatile.Read(ref _cutReason), _rights, upload.Bytes, download.Bytes);
        return end;
    }

    /// <inheritdoc/>
    public bool IsStillAllowed(SecuritySnapshot snapshot, DateTimeOffset now)
    {
        lock (_sweep)
        {
            if (!_sweepRights.Refresh() || !_sweepRights.Login.MayComeThrough(_start.Realms(), snapshot) || !_sweepRights.Enter().IsAllowed)
            {
                return false;
            }

            if (Client.Silence > _start.IdleLimit || Client.IsTooSlow)
            {
                _cut.TrySetResult(IgniteEnd.Idle);
            }

            // A clock that was set back may have gone over an end of the last look, too.
            if (ReferenceEquals(_sweptOn, snapshot) && now < _sweepAgain && now >= _sweptAt)
            {
                return true;
            }

            (_sweptOn, _sweptAt, _sweepAgain) = (snapshot, now, _sweepRights.NextChange());
            return Pending.All(call => call.Operations.Count == 0 || _isAllowed(call.Operations)) && Opened.All(_isAllowed);
        }
    }

    /// <inheritdoc/>
    public void Cut(string reason)
    {
        Interlocked.CompareExchange(ref _cutReason, reason, null);
        _cut.TrySetResult(IgniteEnd.Cut);
    }

    /// <inheritdoc/>
    public bool ClosesConnection => true;

    /// <inheritdoc/>
    public string Describe() => string.Create(
        CultureInfo.InvariantCulture,
        $"ignite client {_start.ClientCode} features {IgniteFeatureMask.Text(Features)} node {_start.NodeName}, {Pending.Count} under way");

    /// <inheritdoc/>
    public void Dispose()
    {
        Node.Dispose();
        _over.Dispose();
    }

    private async Task<IgniteEnd> GuardAsync(Task<IgniteEnd> direction)
    {
        try
        {
            return await direction;
        }
        catch (Exception fault) when (fault is IOException or ObjectDisposedException or OperationCanceledException or System.Net.Sockets.SocketException)
        {
            return IgniteEnd.Client;
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // A bug of ours: the other direction is ended in order all the same, before anybody gives its buffers back.
            Records.Fault(fault);
            return IgniteEnd.Fault;
        }
    }
}
