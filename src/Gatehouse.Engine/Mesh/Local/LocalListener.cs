using System.Net;
using System.Net.Sockets;
using Gatehouse.Engine.Mesh.Tunnels;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;

namespace Gatehouse.Engine.Mesh.Local;

/// <summary>What one local listener offers: a peer's port of a service.</summary>
/// <param name="Service">The service's name.</param>
/// <param name="Peer">The peer's name.</param>
/// <param name="Index">The port's index.</param>
/// <param name="Address">Where it is offered on this host.</param>
internal sealed record LocalOffer(string Service, string Peer, int Index, IPEndPoint Address);

/// <summary>
/// Listens where programs of this host reach a peer's program. An address that is taken is tried again until it is free. It is
/// held for untrusted peers, too: nobody else of this host shall answer in the peer's place.
/// </summary>
internal sealed class LocalListener : IAsyncDisposable
{
    private static readonly TimeSpan RetryEvery = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly MeshContext _context;
    private readonly Func<LocalOffer, Socket, Task> _take;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;
    private volatile Problem? _problem;
    private volatile bool _isListening;

    /// <summary>Begins to listen.</summary>
    /// <param name="context">The mesh.</param>
    /// <param name="offer">What and where.</param>
    /// <param name="take">Runs a connection to its end; owns its socket; never throws.</param>
    public LocalListener(MeshContext context, LocalOffer offer, Func<LocalOffer, Socket, Task> take)
    {
        _context = context;
        _take = take;
        Offer = offer;

        // The first try is done when this returns: programs that start next find it.
        Socket? first = TryListen();
        _running = RunAsync(first);
    }

    /// <summary>What and where.</summary>
    public LocalOffer Offer { get; }

    /// <summary>Whether it is open.</summary>
    public bool IsListening => _isListening;

    /// <summary>Why it is not, or null.</summary>
    public Problem? Problem => _problem;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private async Task RunAsync(Socket? listening)
    {
        try
        {
            while (listening is null)
            {
                await Explain();
                await Task.Delay(RetryEvery, _context.Time, _stop.Token);
                listening = TryListen();
            }

            using (listening)
            {
                await AcceptAsync(listening);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }

        _isListening = false;
    }

    private Socket? TryListen()
    {
        var socket = new Socket(Offer.Address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(Offer.Address);
            socket.Listen(512);
            _problem = null;
            _isListening = true;
            Log.Listening(_context.Logger, Offer.Service, Offer.Peer, Offer.Address);
            return socket;
        }
        catch (SocketException fault)
        {
            socket.Dispose();
            _problem ??= MeshProblems.AddressTaken.Because($"`{Offer.Address}`, where programs of this host reach `{Offer.Service}` of `{Offer.Peer}`: {fault.Message}");
            return null;
        }
    }

    // Said once, and again when it is somebody else.
    private async Task Explain()
    {
        string holder = await Task.Run(() => AddressHolder.Describe(Offer.Address));
        string? setting = _context.FindService(Offer.Service)?.BindSetting;
        string own = _context.State.Current.OwnAddress.ToString();
        Problem problem = MeshProblems.AddressTaken.Because(
            $"`{Offer.Address}`, where programs of this host reach `{Offer.Service}` of `{Offer.Peer}`, is held{holder}",
            null,
            setting is null ? $"let that program listen on {own} only" : $"set `{setting}` of that program to {own}, and start it again");
        if (_problem?.Text != problem.Text)
        {
            _problem = problem;
            Log.AddressTaken(_context.Logger, problem);
        }
    }

    private async Task AcceptAsync(Socket listening)
    {
        while (true)
        {
            try
            {
                Socket socket = await listening.AcceptAsync(_stop.Token);
                _ = _take(Offer, socket);
            }
            catch (SocketException)
            {
                // No descriptors or no memory (accept(2)): asking again at once would spin.
                await Task.Delay(Pause, _context.Time, _stop.Token);
            }
        }
    }
}
