using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Gatehouse.EndToEnd.Tests.Running.Hosts;

/// <summary>A program of a host: says its words to whoever connects, and listens until the connection ends.</summary>
internal sealed class LabProgram : IDisposable
{
    private readonly Socket _listener;
    private readonly ConcurrentQueue<LabCall> _calls = new();

    private LabProgram(Socket listener) => _listener = listener;

    /// <summary>Who connected so far.</summary>
    public IReadOnlyCollection<LabCall> Calls => _calls;

    /// <summary>Starts one in this process, with its sockets on a host.</summary>
    /// <param name="host">The host.</param>
    /// <param name="at">Where it listens.</param>
    /// <param name="port">At which port.</param>
    /// <param name="words">What it says.</param>
    /// <param name="isAsked">Whether it says so once the other end has said something.</param>
    public static LabProgram Start(LabHost host, IPAddress at, int port, string words, bool isAsked = false)
    {
        Socket listener = host.CreateSocket();
        listener.Bind(new IPEndPoint(at, port));
        listener.Listen(128);
        var program = new LabProgram(listener);
        _ = program.AcceptAsync(Encoding.ASCII.GetBytes(words), isAsked);
        return program;
    }

    public void Dispose()
    {
        _listener.Dispose();
        foreach (LabCall call in _calls)
        {
            call.Socket.Dispose();
        }
    }

    private async Task AcceptAsync(byte[] words, bool isAsked)
    {
        try
        {
            while (true)
            {
                _calls.Enqueue(new LabCall(await _listener.AcceptAsync(), words, isAsked));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The program ends.
        }
    }
}

/// <summary>A connection as one of its ends sees it.</summary>
internal sealed class LabCall
{
    private readonly Lock _gate = new();
    private readonly MemoryStream _heard = new();

    /// <summary>Says something (when the other end has, if it waits for that), then listens to the end.</summary>
    public LabCall(Socket socket, byte[] words, bool waits = false)
    {
        Socket = socket;
        From = ((IPEndPoint)socket.RemoteEndPoint!).Address;
        Ended = ListenAsync(words, waits);
    }

    public Socket Socket { get; }

    /// <summary>The other end's address.</summary>
    public IPAddress From { get; }

    /// <summary>The moment (of <see cref="Stopwatch"/>) at which it ended, orderly or not.</summary>
    public Task<long> Ended { get; }

    /// <summary>What the other end said so far.</summary>
    public string Heard
    {
        get
        {
            lock (_gate)
            {
                return Encoding.ASCII.GetString(_heard.ToArray());
            }
        }
    }

    private async Task<long> ListenAsync(byte[] words, bool waits)
    {
        byte[] buffer = new byte[4096];
        try
        {
            if (waits)
            {
                await Socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None);
            }

            await Socket.SendAsync(words.AsMemory(), SocketFlags.None);
            int count;
            while ((count = await Socket.ReceiveAsync(buffer.AsMemory(), SocketFlags.None)) > 0)
            {
                lock (_gate)
                {
                    _heard.Write(buffer, 0, count);
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Reset is an end.
        }

        return Stopwatch.GetTimestamp();
    }
}
