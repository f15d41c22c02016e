using System.Diagnostics.CodeAnalysis;
using System.Text;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Http1;
using Gatehouse.Problems;
using Gatehouse.Protocols.Http;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Engine.Gates;

/// <summary>One client's connection over HTTP/1: request after request through steps 4 to 8, until one side has enough.</summary>
internal sealed class Http1Connection : IHttp1Connection, IDisposable
{
    private const long DrainLimit = 64 * 1024;

    [SuppressMessage("Usage", "CA2213", Justification = "has this connection, not the other way round")]
    private readonly HttpGate _gate;

    [SuppressMessage("Usage", "CA2213", Justification = "closed by the transport")]
    private readonly ConnectionContext _connection;

    private readonly IGateConnectionFeature _feature;
    private readonly Http1Wire _wire;
    private readonly Http1Exchange _exchange;
    private readonly LimitsConfiguration _limits;

    public Http1Connection(HttpGate gate, ConnectionContext connection, Stream stream, Http1Sweep sweep)
    {
        _gate = gate;
        _connection = connection;
        _limits = gate.Model.Listener.Limits;
        _feature = connection.Features.Get<IGateConnectionFeature>()
            ?? throw new InvalidOperationException("steps 1 to 3 come before HTTP");
        _wire = new Http1Wire(stream, sweep, ClientGone);
        _exchange = new Http1Exchange(_feature, _wire, gate.Counters, Abort);
    }

    /// <summary>Runs it to its end. One state machine a connection: each await below it costs every request memory.</summary>
    public async Task RunAsync()
    {
        // The registry forgets the work with its connection; registering once spares each request the trouble.
        _feature.Connection.Add(_exchange);
        using CancellationTokenRegistration closed = _connection.ConnectionClosed.UnsafeRegister(
            static state => ((Http1Connection)state!).ClientGone(), this);
        using CancellationTokenRegistration stopping = Stopping().UnsafeRegister(
            static state => ((Http1Connection)state!).Stop(), this);
        try
        {
            while (true)
            {
                ParseStatus status = _wire.TryTakeHead();
                if (status == ParseStatus.Bad)
                {
                    await RefuseAsync(RequestErrors.Status(_wire.Head.Error), RequestErrors.Word(_wire.Head.Error));
                    return;
                }

                if (status == ParseStatus.NeedMore)
                {
                    if (_wire.IsLast || _wire.IsOver(await _wire.Input.MoreAsync()))
                    {
                        break;
                    }

                    continue;
                }

                _gate.Begin(_exchange, _wire.IsStopping);
                try
                {
                    await _gate.ProcessRequestAsync(_exchange);
                    if (_exchange.IsAborted || !_exchange.IsAnswered || (await _wire.Output.FlushAsync()).IsCompleted)
                    {
                        Abort();
                        return;
                    }
                }
                finally
                {
                    _exchange.End();
                }

                if ((_exchange.Closes || !_wire.Body.IsComplete) && !await GoesOnAsync())
                {
                    return;
                }
            }

            if (_wire.Clock is { HasExpired: true, What: Http1Wait.Head })
            {
                await RefuseAsync(StatusCodes.Status408RequestTimeout, "head_timeout");
            }
        }
        catch (Exception fault) when (fault is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The connection broke between two requests, by the client or by an abort of ours: nothing is owed to it.
        }
    }

    /// <summary>Gives its buffers back; nothing may run on it any more.</summary>
    public void Dispose() => _wire.Dispose();

    /// <inheritdoc/>
    public void CheckWait()
    {
        if (!_wire.Clock.IsOver(_limits))
        {
            return;
        }

        if (_wire.Clock.What == Http1Wait.Write)
        {
            Abort();
        }
        else if (!_wire.Input.CancelWait())
        {
            _wire.Clock.Revive();
        }
    }

    /// <summary>After a request that ends the connection or left some of its body: whether another may follow.</summary>
    private async ValueTask<bool> GoesOnAsync()
    {
        if (!_exchange.Closes && _wire.Body.IsWorthDraining && await _wire.Body.DrainAsync(DrainLimit))
        {
            return true;
        }

        // Whoever still sends would have its answer thrown away by the reset that closing now brings (RFC 9112 section 9.6).
        if (!_wire.Body.IsComplete)
        {
            await _wire.LingerAsync();
        }

        return false;
    }

    /// <summary>Answers what is not even a request, and ends.</summary>
    private async Task RefuseAsync(int status, string word)
    {
        _gate.RecordMalformed(_feature.Connection, $"{word}, answered {status}");
        Http1Output output = _wire.Output;
        output.Append(Http1StatusLines.Get(status));
        string body = $$$"""{"error":{"id":"{{{GateProblems.TamperedRequest.Id}}}","reason":"{{{word}}}"}}""";
        output.Append(Encoding.ASCII.GetBytes(
            $"Content-Type: application/json\r\nCache-Control: no-store\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}"));
        if (!(await output.FlushAsync()).IsCompleted)
        {
            await _wire.LingerAsync();
        }
    }

    private CancellationToken Stopping() =>
        _connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? CancellationToken.None;

    // A request under way ends first; one that waits for its next is woken up.
    private void Stop()
    {
        _wire.IsStopping = true;
        Interlocked.MemoryBarrier();
        if (_wire.Clock.What == Http1Wait.KeepAlive)
        {
            _wire.Input.CancelNext();
        }
    }

    private void ClientGone() => _exchange.ClientGone();

    private void Abort() => _connection.Abort(new ConnectionAbortedException("the gate gave the connection up"));
}
