using Gatehouse.Engine.Configuration;

namespace Gatehouse.Engine.Http1;

/// <summary>What a connection waits for.</summary>
internal enum Http1Wait
{
    /// <summary>Nothing of the client's.</summary>
    None = 0,

    /// <summary>The first byte of the next request.</summary>
    KeepAlive,

    /// <summary>The rest of a head.</summary>
    Head,

    /// <summary>More of a body.</summary>
    Body,

    /// <summary>That the client takes what it is sent.</summary>
    Write,

    /// <summary>That the client closes.</summary>
    Linger,
}

/// <summary>
/// How long one connection has been waiting, in whole seconds of the gate's sweep: the way of a request costs no timer and
/// no look at the clock.
/// </summary>
internal sealed class Http1Clock(Http1Sweep sweep)
{
    private const int NoProgress = 60;
    private const int LingerSeconds = 2;

    private volatile int _what;
    private volatile int _since;
    private volatile bool _hasExpired;
    private int _bodySince;
    private long _bodyBytes;

    /// <summary>What it waits for.</summary>
    public Http1Wait What => (Http1Wait)_what;

    /// <summary>Whether the sweep has ended a wait.</summary>
    public bool HasExpired => _hasExpired;

    /// <summary>A wait begins or, with <see cref="Http1Wait.None"/>, is over.</summary>
    public void Wait(Http1Wait what)
    {
        _since = sweep.Now;
        _what = (int)what;
    }

    /// <summary>The rest of a head is waited for from when its first byte came.</summary>
    public void WaitForHead()
    {
        if (What != Http1Wait.Head)
        {
            Wait(Http1Wait.Head);
        }
    }

    /// <summary>A request's body begins.</summary>
    public void BeginBody() => _bodySince = sweep.Now;

    /// <summary>More of a body is waited for.</summary>
    public void WaitForBody(long received)
    {
        Volatile.Write(ref _bodyBytes, received);
        Wait(Http1Wait.Body);
    }

    /// <summary>Takes the end of a wait back that came too late to end it.</summary>
    public void Revive() => _hasExpired = false;

    /// <summary>Whether the wait has lasted too long. The limit holds to the second.</summary>
    public bool IsOver(LimitsConfiguration limits)
    {
        int seconds = sweep.Now - _since;
        bool isOver = What switch
        {
            Http1Wait.None => false,
            Http1Wait.KeepAlive => seconds > limits.KeepAlive.TotalSeconds,
            Http1Wait.Head => seconds > limits.HeadTimeout.TotalSeconds,
            Http1Wait.Linger => seconds > LingerSeconds,
            Http1Wait.Write => seconds > NoProgress,

            // A body may rest, but not for long, nor come at less than a byte a second for long.
            _ => seconds > NoProgress || sweep.Now - _bodySince > NoProgress + Volatile.Read(ref _bodyBytes),
        };
        _hasExpired |= isOver;
        return isOver;
    }
}

/// <summary>One of the connections that a sweep looks at.</summary>
internal interface IHttp1Connection
{
    /// <summary>Ends a wait that has lasted too long. Called once a second from a timer's thread.</summary>
    void CheckWait();
}

/// <summary>Looks at a gate's HTTP/1 connections once a second.</summary>
internal sealed class Http1Sweep : IDisposable
{
    private readonly Lock _lock = new();
    private readonly HashSet<IHttp1Connection> _connections = [];
    private readonly ITimer _timer;
    private volatile int _now;

    public Http1Sweep(TimeProvider time) =>
        _timer = time.CreateTimer(static state => ((Http1Sweep)state!).Run(), this, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));

    /// <summary>Seconds since it began.</summary>
    public int Now => _now;

    /// <summary>Adds a connection.</summary>
    public void Add(IHttp1Connection connection)
    {
        lock (_lock)
        {
            _connections.Add(connection);
        }
    }

    /// <summary>Takes it off.</summary>
    public void Remove(IHttp1Connection connection)
    {
        lock (_lock)
        {
            _connections.Remove(connection);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private void Run()
    {
        _now++;
        IHttp1Connection[] connections;
        lock (_lock)
        {
            connections = [.. _connections];
        }

        foreach (IHttp1Connection connection in connections)
        {
            connection.CheckWait();
        }
    }
}
