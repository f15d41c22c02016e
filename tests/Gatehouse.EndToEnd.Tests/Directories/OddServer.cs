using System.Net;
using System.Net.Sockets;

namespace Gatehouse.EndToEnd.Tests.Directories;

/// <summary>Answers the first connection with given bytes, whatever it says, and keeps it open.</summary>
internal sealed class OddServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Task _answering;
    private TcpClient? _client;

    public OddServer(byte[] answer)
    {
        _listener.Start();
        _answering = AnswerAsync(answer);
    }

    public string Url => $"ldap://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        try
        {
            await _answering;
        }
        catch (Exception nobody) when (nobody is SocketException or IOException or ObjectDisposedException)
        {
            // Nobody came, or went before the answer.
        }

        _client?.Dispose();
    }

    private async Task AnswerAsync(byte[] answer)
    {
        _client = await _listener.AcceptTcpClientAsync();
        await _client.GetStream().WriteAsync(answer);
    }
}
