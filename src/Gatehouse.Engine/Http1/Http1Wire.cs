using System.Diagnostics.CodeAnalysis;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Protocols.Http;

namespace Gatehouse.Engine.Http1;

/// <summary>The parts of one HTTP/1 connection: its bytes in, the head and body read from them, its bytes out, its waiting.</summary>
internal sealed class Http1Wire : IDisposable
{
    [SuppressMessage("Usage", "CA2213", Justification = "belongs to the connection")]
    private readonly Stream _stream;

    private volatile bool _isStopping;

    /// <param name="stream">Clear text from and to the client; left open.</param>
    /// <param name="sweep">The gate's.</param>
    /// <param name="gone">Called when the client goes while nobody waits for its bytes.</param>
    public Http1Wire(Stream stream, Http1Sweep sweep, Action gone)
    {
        _stream = stream;
        Clock = new Http1Clock(sweep);
        Input = new Http1Input(stream, gone);
        Output = new Http1Output(stream, Clock);
        Body = new Http1Body(Input, Output, Clock);
    }

    /// <summary>Bytes in.</summary>
    public Http1Input Input { get; }

    /// <summary>Bytes out.</summary>
    public Http1Output Output { get; }

    /// <summary>The head read last.</summary>
    public RequestHead Head { get; } = new();

    /// <summary>The body that belongs to it.</summary>
    public Http1Body Body { get; }

    /// <summary>What is waited for, and how long.</summary>
    public Http1Clock Clock { get; }

    /// <summary>Whether the gate is being stopped: no further request is read.</summary>
    public bool IsStopping
    {
        get => _isStopping;
        set => _isStopping = value;
    }

    /// <summary>
    /// Takes the next head out of what was received: done, refused (see <see cref="RequestHead.Error"/>), or more must come,
    /// as the clock then says.
    /// </summary>
    public ParseStatus TryTakeHead()
    {
        if (Input.Received.IsEmpty)
        {
            Input.Shrink();
            Clock.Wait(Http1Wait.KeepAlive);
            Interlocked.MemoryBarrier();
            return ParseStatus.NeedMore;
        }

        ParseStatus status = RequestHeadParser.TryParse(Input.Received, Head, out int consumed);
        if (status == ParseStatus.NeedMore)
        {
            Clock.WaitForHead();
            return status;
        }

        Clock.Wait(Http1Wait.None);
        Input.Consume(consumed);
        return status;
    }

    /// <summary>Whether the gate is being stopped between two requests.</summary>
    public bool IsLast => IsStopping && Clock.What == Http1Wait.KeepAlive;

    /// <summary>Whether an outcome of waiting for a head says that no more heads are to come.</summary>
    public bool IsOver(int count) => count == 0 || (count == PostedRead.Cancelled && (Clock.HasExpired || IsStopping));

    /// <summary>Reads on and forgets, so that the client gets the answer before the connection breaks.</summary>
    public async ValueTask LingerAsync()
    {
        Clock.Wait(Http1Wait.Linger);
        while (true)
        {
            Input.Consume(Input.Received.Length);
            int count = await Input.MoreAsync();
            if (count == 0 || (count == PostedRead.Cancelled && Clock.HasExpired))
            {
                return;
            }
        }
    }

    /// <summary>The bytes both ways after an agreed change of protocol.</summary>
    public Stream Upgrade() => new Http1UpgradedStream(Input, _stream);

    /// <inheritdoc/>
    public void Dispose()
    {
        Input.Dispose();
        Output.Dispose();
    }
}
