using System.Globalization;
using System.Text;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Mqtt.Links;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Policy.Topics;
using Gatehouse.Protocols.Mqtt;
using Microsoft.AspNetCore.Connections;

namespace Gatehouse.Engine.Mqtt;

/// <summary>An MQTT session that a broker has taken: both directions, and the deciding again while it lives.</summary>
internal sealed class MqttSession : ILiveWork, IDisposable
{
    // Acknowledgements of the gate's own that wait for the broker's, where nothing says how many a client may have under way.
    private const int MostHeld = 1024;

    private static readonly TimeSpan CountEvery = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Farewell = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Closing = TimeSpan.FromSeconds(1);

    private readonly SessionStart _start;
    private readonly ClientLink _client;
    private readonly SessionRights _sweepRights;
    private readonly TimeProvider _time;
    private readonly Lock _sweep = new();
    private readonly TaskCompletionSource<SessionEnd> _cut = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private SecuritySnapshot? _sweptOn;
    private DateTimeOffset _sweptAt;
    private DateTimeOffset _sweepAgain;
    private long _counted;
    private string? _cutReason;
    private Task _telling = Task.CompletedTask;

    public MqttSession(SessionStart start, ClientLink client, BrokerLink broker, SessionRights sweepRights, SnapshotHolder snapshots, TimeProvider time)
    {
        _start = start;
        _client = client;
        _time = time;
        _counted = time.GetTimestamp();
        Broker = broker;
        Inflight = new Inflight(start.Options.MaxInflight);
        Acks = new AckOrder(Version, start.Options.MaxInflight is > 0 and < MostHeld ? start.Options.MaxInflight : MostHeld);
        _sweepRights = sweepRights;
        UploadRights = new SessionRights(start.Identity, snapshots, time);
        DownloadRights = new SessionRights(start.Identity, snapshots, time);
    }

    /// <summary>The version spoken.</summary>
    public MqttVersion Version => _start.Connect.Version;

    /// <summary>The gate's settings.</summary>
    public MqttConfiguration Options => _start.Options;

    /// <summary>The clock.</summary>
    public TimeProvider Time => _time;

    /// <summary>Step 8.</summary>
    public SessionRecords Records => _start.Records;

    /// <summary>The broker's side.</summary>
    public BrokerLink Broker { get; }

    /// <summary>What is subscribed.</summary>
    public Subscriptions Subscriptions { get; } = new();

    /// <summary>What was published and is not acknowledged.</summary>
    public Inflight Inflight { get; }

    /// <summary>The order of acknowledgements.</summary>
    public AckOrder Acks { get; }

    /// <summary>What was published.</summary>
    public TopicCounts Published { get; } = new(MqttRights.Publish);

    /// <summary>What was delivered.</summary>
    public TopicCounts Delivered { get; } = new(MqttRights.Subscribe);

    /// <summary>Largest packet taken from the client.</summary>
    public int MaxPacket => (int)Math.Min(Options.MaxPacket, MqttConfiguration.LargestPacket);

    /// <summary>Largest packet that the broker takes.</summary>
    public long BrokerMaxPacket => _start.BrokerMaxPacket;

    /// <summary>Highest topic alias that the client was told.</summary>
    public int AliasMaximum => _start.AliasMaximum;

    /// <summary>Whether AUTH goes through.</summary>
    public bool PassesAuthentication => _start.PassesAuthentication;

    /// <summary>Whether the broker publishes a will where the connection ends without DISCONNECT.</summary>
    public bool HasWill => _start.Connect.Will is not null;

    /// <summary>Whether doing without the right ends the connection.</summary>
    public bool Disconnects => Options.DenyAction == Words.Disconnect;

    /// <summary>The rights that packets of the client are decided with.</summary>
    public SessionRights UploadRights { get; }

    /// <summary>The rights that deliveries are decided with.</summary>
    public SessionRights DownloadRights { get; }

    /// <summary>Runs both directions to their end, and says goodbye.</summary>
    public async Task<SessionEnd> RunAsync(ConnectionContext connection)
    {
        var throttle = new Throttle(Options.MessagesPerSecond, _time);
        using Upload upload = new(this, UploadRights, throttle);
        using Download download = new(this, DownloadRights);
        Task<SessionEnd> up = RunAsync(upload.RunAsync(_client));
        Task<SessionEnd> down = RunAsync(download.RunAsync(_client));
        Task<SessionEnd> first = await Task.WhenAny(up, down, _cut.Task);
        SessionEnd end = await first;
        if (end.Kind == SessionEndKind.Client || (end.Kind == SessionEndKind.Broker && upload.HasGoodbye))
        {
            // The broker closes at the client's DISCONNECT, and may be seen before the one who sent it on is done. A client that
            // takes nothing more may have sent what is still to go on.
            await WithinAsync(up, Farewell);
            end = up.IsCompleted ? await up : end;
        }

        bool isToldBroker = await TellBrokerAsync(end);
        Task broker = Task.CompletedTask;
        if (isToldBroker && end.Kind == SessionEndKind.InOrder)
        {
            // Until it closes its client may get what it has for it.
            await WithinAsync(broker = EndBrokerAsync(down), Closing);
        }

        await TellClientAsync(end);
        connection.Abort(new ConnectionAbortedException(end.Word));
        if (isToldBroker && end.Kind != SessionEndKind.InOrder)
        {
            await WithinAsync(broker = EndBrokerAsync(down), Closing);
        }

        Broker.Abort();
        await Task.WhenAll(up, down, broker, _telling);
        Count();
        Records.Ended(end, Volatile.Read(ref _cutReason), upload.Bytes, download.Bytes);
        return end;
    }

    /// <inheritdoc/>
    public bool IsStillAllowed(SecuritySnapshot snapshot, DateTimeOffset now)
    {
        // Not under the lock: counting waits for a batch of packets, and such a batch may wait for the lock.
        if (_time.GetElapsedTime(Volatile.Read(ref _counted)) >= CountEvery)
        {
            Volatile.Write(ref _counted, _time.GetTimestamp());
            Count();
        }

        lock (_sweep)
        {
            if (!_sweepRights.Refresh() || !_start.Identity.Login.MayComeThrough(_start.Realms(), snapshot) || !_sweepRights.Connect().IsAllowed)
            {
                return false;
            }

            if (IsSilent())
            {
                _cut.TrySetResult(SessionEnd.Gate(MqttReasons.KeepAliveTimeout, "keep_alive"));
            }

            // A clock that was set back may have gone over an end of the last look, too.
            if (!ReferenceEquals(_sweptOn, snapshot) || now >= _sweepAgain || now < _sweptAt)
            {
                (_sweptOn, _sweptAt, _sweepAgain) = (snapshot, now, _sweepRights.NextChange());
                return LookAtSubscriptions();
            }

            return true;
        }
    }

    /// <inheritdoc/>
    public void Cut(string reason)
    {
        Interlocked.CompareExchange(ref _cutReason, reason, null);
        _cut.TrySetResult(SessionEnd.Gate(
            reason switch
            {
                CutReasons.Stopping or CutReasons.GateClosed => MqttReasons.ServerShuttingDown,
                _ when reason.StartsWith(CutReasons.Killed, StringComparison.Ordinal) => MqttReasons.AdministrativeAction,
                _ => MqttReasons.NotAuthorized,
            },
            reason));
    }

    /// <inheritdoc/>
    public bool ClosesConnection => true;

    /// <summary>Another connection took the client id over; the broker tells the client so, or just ends.</summary>
    public void TakeOver() => _cut.TrySetResult(SessionEnd.Gate(MqttReasons.SessionTakenOver, "taken_over"));

    /// <summary>What a refusal says besides its code, or null.</summary>
    public string? Tell(string? receipts, int besides = 0) => SessionStart.Tell(_start.Connect, receipts, besides);

    /// <inheritdoc/>
    public string Describe() => string.Create(
        CultureInfo.InvariantCulture, $"mqtt {_start.VersionWord} client {_start.ShownClientId}, {Subscriptions.Describe(5)}");

    /// <summary>Whether the will may be published now.</summary>
    public bool MayWill()
    {
        if (_start.Connect.Will is not { } will)
        {
            return true;
        }

        lock (_sweep)
        {
            return _sweepRights.Refresh() && _sweepRights.Publish(Encoding.UTF8.GetBytes(will.Topic), will.Qos, will.Retain).IsAllowed;
        }
    }

    /// <summary>DISCONNECT changes how long the session is kept; false where it may not.</summary>
    public bool TrySetExpiry(uint seconds) => _start.TrySetExpiry(seconds);

    /// <summary>The broker does not hear of the change: the session is kept as long as before.</summary>
    public void KeepExpiry() => _start.KeepExpiry();

    /// <summary>Writes a longer life of the session down before the broker hears of it; false where that fails.</summary>
    public ValueTask<bool> KeepLongerAsync() => _start.KeepLongerAsync();

    /// <summary>Ends a subscription at the broker; the client hears nothing of it.</summary>
    public void Unsubscribe(string filter, System.Buffers.IBufferWriter<byte> to)
    {
        Subscriptions.Forget(filter);
        MqttWriter.Unsubscribe(to, Version, Subscriptions.BeginOwn(), [Encoding.UTF8.GetBytes(filter)]);
    }

    /// <inheritdoc/>
    public void Dispose() => Broker.Dispose();

    private async Task<SessionEnd> RunAsync(Task<SessionEnd> direction)
    {
        try
        {
            return await direction;
        }
        catch (Exception fault) when (fault is IOException or ObjectDisposedException or OperationCanceledException or System.Net.Sockets.SocketException)
        {
            return SessionEnd.ClientGone;
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // A bug of ours: the other direction is ended in order all the same, before anybody gives its buffers back.
            Records.Fault(fault);
            return SessionEnd.Gate(MqttReasons.Unspecified, "gate_fault");
        }
    }

    // Longer than it said it would be, by half (section 3.1.2.10): the broker sees it first, unless nobody told it.
    // Whom the gate does not listen to, as it sends too fast or the broker is slow, is not silent.
    private bool IsSilent() => _client.Silence > (_start.KeepAlive * 1.5) + TimeSpan.FromSeconds(5);

    /// <summary>
    /// A member of a shared subscription gets messages that nobody else gets: without the right to them it must leave the group.
    /// Other subscriptions stay, and what comes of them is decided message by message. False where the gate closes instead.
    /// </summary>
    private bool LookAtSubscriptions()
    {
        List<KeyValuePair<string, byte>> held = [];
        Subscriptions.CopyTo(held);
        ByteBatch? leaving = null;
        foreach ((string filter, _) in held)
        {
            if (_sweepRights.Subscribe(Encoding.UTF8.GetBytes(filter), 0).IsAllowed)
            {
                continue;
            }

            if (Disconnects)
            {
                return false;
            }

            if (filter.StartsWith("$share/", StringComparison.Ordinal) || filter.StartsWith("$queue/", StringComparison.Ordinal))
            {
                Unsubscribe(filter, leaving ??= new ByteBatch());
            }
        }

        if (leaving is not null && Broker.IsMidPacket)
        {
            // It could only leave behind a message that the client may never finish.
            leaving.Dispose();
            return false;
        }

        if (leaving is not null)
        {
            byte[] bytes = leaving.Written.ToArray();
            leaving.Dispose();
            _ = Broker.SendAsync(bytes).AsTask();
        }

        return true;
    }

    /// <summary>
    /// Ends the session at the broker in order where it has not ended: without the will where that is not allowed any more, else
    /// behind all that was let through. False where nothing is waited for: the broker has ended, or the session is cut.
    /// </summary>
    private async Task<bool> TellBrokerAsync(SessionEnd end)
    {
        if (end.Kind is SessionEndKind.InOrder or SessionEndKind.Broker)
        {
            return end.Kind == SessionEndKind.InOrder;
        }

        if (HasWill && !MayWill())
        {
            // Closing alone would make the broker publish the will.
            using var goodbye = new ByteBatch();
            MqttWriter.Disconnect(goodbye, Version, MqttSide.Client, MqttReasons.Success);
            await WithinAsync(_telling = Broker.SendAsync(goodbye.Written.ToArray()).AsTask(), Farewell);
            return true;
        }

        if (_cut.Task.IsCompleted)
        {
            return false;
        }

        await WithinAsync(_telling = Broker.EndSendingAsync(), Farewell);
        return true;
    }

    // A socket that is closed with bytes unread takes back what it sent: messages, and the DISCONNECT that keeps back the will.
    private async Task EndBrokerAsync(Task down)
    {
        await down;
        await Broker.DrainAsync();
    }

    private async Task TellClientAsync(SessionEnd end)
    {
        if (Version != MqttVersion.V5 || end.Reason == 0 || _client.IsBroken)
        {
            return;
        }

        using var goodbye = new ByteBatch();
        MqttWriter.Disconnect(goodbye, Version, MqttSide.Server, end.Reason, end.Text);
        await WithinAsync(_client.WriteAsync(goodbye.Written.ToArray()).AsTask(), Farewell);
    }

    // A side that takes nothing does not keep the session.
    private async Task WithinAsync(Task task, TimeSpan limit)
    {
        try
        {
            await task.WaitAsync(limit, _time);
        }
        catch (TimeoutException)
        {
            // It will see the connection closed.
        }
    }

    private void Count()
    {
        foreach (TopicCounts counts in (ReadOnlySpan<TopicCounts>)[Published, Delivered])
        {
            List<TopicCount> taken;
            lock (counts.Gate)
            {
                taken = counts.Take();
            }

            foreach (TopicCount count in taken)
            {
                Records.Counted(counts.Action, count);
            }
        }

        Records.WriteRefused();
    }
}
