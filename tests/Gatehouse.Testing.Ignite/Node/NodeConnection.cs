using System.Net.Sockets;
using Gatehouse.Testing.Ignite.Wire;

namespace Gatehouse.Testing.Ignite.Node;

/// <summary>One client's connection: its handshake, then its requests one after the other.</summary>
internal sealed class NodeConnection(StandInNode node, int number, Stream stream) : IDisposable
{
    private readonly SemaphoreSlim _writing = new(1);
    private readonly CancellationTokenSource _ending = new();
    private readonly Dictionary<long, object> _resources = [];
    private readonly List<byte[]> _held = [];
    private FeatureSet _features;
    private string _user = "";
    private long _lastResource;

    public StandInNode Node => node;

    /// <summary>True where the client said that it is a compute executor.</summary>
    public bool IsExecutor { get; private set; }

    public int Resources => _resources.Count;

    public long Keep(object resource)
    {
        _resources[++_lastResource] = resource;
        return _lastResource;
    }

    public T Find<T>(long id)
        where T : class => _resources.GetValueOrDefault(id) as T ?? throw NodeErrorException.Protocol($"Failed to find resource with id: {id}");

    public bool Release(long id) => _resources.Remove(id);

    public void Dispose()
    {
        try
        {
            _ending.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It had ended by itself.
        }

        stream.Dispose();
    }

    public async Task ServeAsync()
    {
        try
        {
            if (await GreetAsync())
            {
                while (await NextAsync() is { } payload && await AnswerAsync(payload))
                {
                }
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException or InvalidDataException or FormatException)
        {
            // The client went away, or what it sent can't be read: the node closes.
        }
        finally
        {
            Dispose();
        }
    }

    /// <summary>Sends a frame that answers nothing: flag 2, and 4 with an error.</summary>
    public Task NotifyAsync(long requestId, Action<PackWriter> payload, bool isError = false)
    {
        PackWriter w = new PackWriter().Int(requestId).Int(isError ? 6 : 2).Int(node.Timestamp);
        payload(w);
        return SendAsync(Frames.Of(w.ToArray()));
    }

    public async Task SendAsync(byte[] bytes)
    {
        await _writing.WaitAsync(_ending.Token);
        try
        {
            await stream.WriteAsync(bytes, _ending.Token);
        }
        finally
        {
            _writing.Release();
        }
    }

    private async Task<byte[]?> NextAsync()
    {
        if (node.Options.IdleTimeout == TimeSpan.Zero)
        {
            return await Frames.ReadAsync(stream, _ending.Token);
        }

        using var idle = CancellationTokenSource.CreateLinkedTokenSource(_ending.Token);
        idle.CancelAfter(node.Options.IdleTimeout);
        return await Frames.ReadAsync(stream, idle.Token);
    }

    private async Task<bool> GreetAsync()
    {
        byte[] magic = new byte[4];
        await stream.ReadExactlyAsync(magic, _ending.Token);
        if (!magic.AsSpan().SequenceEqual(Frames.Magic) || await NextAsync() is not { } payload)
        {
            return false;
        }

        NodeHandshake handshake = NodeHandshake.Read(payload, node);
        node.Add(handshake.Record);
        (_features, _user, IsExecutor) = (handshake.Mutual, handshake.Record.User ?? "", handshake.Record.Bypassed);
        switch (node.Faults.Take(Op.Handshake))
        {
            case { Kind: NodeFaultKind.Close }:
                return false;
            case { Kind: NodeFaultKind.Silent }:
                await Task.Delay(Timeout.Infinite, _ending.Token);
                return false;
            case { Kind: NodeFaultKind.Malformed } fault:
                await SendAsync([.. Frames.Magic, .. Frames.Of(fault.Bytes ?? [0xC1, 0xC1, 0xC1])]);
                return true;
            case { Kind: NodeFaultKind.Huge } fault:
                await SendAsync([.. Frames.Magic, .. NodeAnswers.Length(fault.Size)]);
                return true;
        }

        await SendAsync([.. Frames.Magic, .. Frames.Of(handshake.Answer)]);
        if (handshake.Record.User is not null)
        {
            return true;
        }

        // The node leaves it to the client to close; a request before the handshake's end is a protocol error.
        await NextAsync();
        return false;
    }

    private async Task<bool> AnswerAsync(byte[] payload)
    {
        var reader = new PackReader(payload);
        var record = new RecordedCall((Op)reader.Int(), reader.Long(), payload, _user, number, _features);
        var call = new NodeCall(this, record, reader);
        NodeFault? fault = node.Faults.Take(record.Opcode);
        node.Calls.Add(record);
        if (fault is { Kind: NodeFaultKind.Close })
        {
            return false;
        }

        byte[] frame = Frames.Of(NodeAnswers.Answer(call, fault));
        if (fault is { Kind: NodeFaultKind.NotifyFirst } && call.After is { } first)
        {
            await first();
            call.After = null;
        }

        if (!await DeliverAsync(frame, fault))
        {
            return false;
        }

        if (call.After is { } after)
        {
            _ = FollowAsync(after);
        }

        return true;
    }

    private async Task<bool> DeliverAsync(byte[] frame, NodeFault? fault)
    {
        switch (fault?.Kind)
        {
            case NodeFaultKind.Silent:
                return true;
            case NodeFaultKind.CloseInAnswer:
                await SendAsync(frame[..(frame.Length / 2)]);
                return false;
            case NodeFaultKind.HoldUntilNext:
                _held.Add(frame);
                return true;
            case NodeFaultKind.Slow:
                _ = FollowAsync(async () =>
                {
                    await Task.Delay(fault.Delay, _ending.Token);
                    await SendAsync(frame);
                });
                return true;
            case NodeFaultKind.ServerOperation:
                await SendAsync(Frames.Of(new PackWriter().Int(-1).Int(8).Int(node.Timestamp).Int(1).ToArray()));
                break;
            case NodeFaultKind.Malformed:
                await SendAsync(Frames.Of(fault.Bytes ?? [0xC1, 0xC1, 0xC1]));
                return true;
            case NodeFaultKind.Huge:
                await SendAsync(NodeAnswers.Length(fault.Size));
                return true;
            case NodeFaultKind.Twice:
                await SendAsync(frame);
                break;
        }

        await SendAsync(frame);
        foreach (byte[] held in _held)
        {
            await SendAsync(held);
        }

        _held.Clear();
        return fault is not { Kind: NodeFaultKind.CloseAfterAnswer };
    }

    private static async Task FollowAsync(Func<Task> send)
    {
        try
        {
            await send();
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The connection ended meanwhile.
        }
    }
}
