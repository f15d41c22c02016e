using System.Net.Sockets;
using System.Text;
using Gatehouse.Testing.Ipfs;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Ipfs;

/// <summary>That /add of the stand-in streams both ways, so that a client which only writes is blocked, as with the real one.</summary>
public sealed class Add_stand_in : IAsyncLifetime
{
    private const string End = "\r\n--b--\r\n";
    private const string Begin = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\nContent-Type: application/octet-stream\r\n\r\n";
    private StandInCluster _cluster = null!;

    public async ValueTask InitializeAsync() => _cluster = await StandInCluster.StartAsync(new StandInOptions { AddOutputPer64K = 20 * 1024 });

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task The_answer_begins_before_the_body_ends()
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(_cluster.Address.Host, _cluster.Address.Port);
        await using var stream = new NetworkStream(socket);
        byte[] content = new byte[100];
        await stream.WriteAsync(Encoding.ASCII.GetBytes(Head("/add", Begin.Length + content.Length + End.Length) + Begin));
        byte[] head = new byte[4096];
        int read = await stream.ReadAsync(head).AsTask().WaitAsync(TimeSpan.FromSeconds(10));
        Encoding.ASCII.GetString(head, 0, read).ShouldStartWith("HTTP/1.1 200 OK");
        await stream.WriteAsync(content);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(End));
        string rest = await new StreamReader(stream).ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(10));
        rest.ShouldEndWith("0\r\nX-Stream-Error: \r\n\r\n");
        _cluster.Pins.All.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_client_that_only_writes_is_blocked_until_it_reads()
    {
        const int Size = 64 * 1024 * 1024;
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { SendTimeout = 0 };
        await socket.ConnectAsync(_cluster.Address.Host, _cluster.Address.Port);
        await using var stream = new NetworkStream(socket);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(Head("/add", Begin.Length + Size + End.Length) + Begin));
        async Task WriteAsync()
        {
            byte[] block = new byte[1024 * 1024];
            for (int sent = 0; sent < Size; sent += block.Length)
            {
                await stream.WriteAsync(block);
            }

            await stream.WriteAsync(Encoding.ASCII.GetBytes(End));
        }

        Task writing = WriteAsync();
        (await Task.WhenAny(writing, Task.Delay(TimeSpan.FromSeconds(1)))).ShouldNotBe(writing, "both sides must be stuck");
        byte[] buffer = new byte[64 * 1024];
        string tail = "";
        while (await stream.ReadAsync(buffer).AsTask().WaitAsync(TimeSpan.FromSeconds(10)) is > 0 and int read)
        {
            tail = Encoding.UTF8.GetString(buffer, Math.Max(0, read - 100), Math.Min(100, read));
        }

        await writing;
        tail.ShouldEndWith("X-Stream-Error: \r\n\r\n");
        _cluster.Requests.Last.IsComplete.ShouldBeTrue();
    }

    [Fact]
    public async Task Without_channels_a_failure_is_a_500_and_with_them_a_trailer()
    {
        WireAnswer buffered = await AskAsync("/add?stream-channels=false", "--b\r\nbroken");
        (buffered.Status, buffered.Trailer).ShouldBe((500, ""));
        WireAnswer streamed = await AskAsync("/add", "--b\r\nbroken");
        streamed.Status.ShouldBe(200);
        streamed.Trailer.Length.ShouldBeGreaterThan("X-Stream-Error: ".Length);
        (await AskAsync("/add?stream-channels=false&layout=odd", Begin + "x" + End)).Status.ShouldBe(400);
        WireAnswer good = await AskAsync("/add?stream-channels=false&name=n", Begin + "x" + End);
        good.Items[0][0]!["name"]!.GetValue<string>().ShouldBe("f");
        good.Header("Connection").ShouldBe("close");
        _cluster.Pins.All.Single().Options.Name.ShouldBe("n");
    }

    private static string Head(string target, int length) =>
        $"POST {target} HTTP/1.1\r\nHost: cluster\r\nConnection: close\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: {length}\r\n\r\n";

    private Task<WireAnswer> AskAsync(string target, string body) => WireAnswer.SendAsync(_cluster.Address, Head(target, body.Length) + body);
}
