using System.Net;
using System.Net.Sockets;
using System.Text;
using Gatehouse.Administration;
using Gatehouse.Engine.Ipfs.Checks;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Ipfs;

/// <summary>What <c>gate test</c> says of a Kubo that others reach around the gate; loopback stands in for another address.</summary>
public sealed class KuboReachTests
{
    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n{}", false, "serves everybody who reaches 127.0.0.1:")]
    [InlineData("HTTP/1.1 403 Forbidden\r\n\r\n", false, "/debug, /logs and /webui lie open")]
    [InlineData("HTTP/1.1 401 Unauthorized\r\n\r\n", true, "loopback alone")]
    [InlineData("HTTP/1.1 404 Not Found\r\n\r\n", true, "loopback alone")]
    [InlineData("SSH-2.0-x\r\n", true, "loopback alone")]
    [InlineData("", true, "loopback alone")]
    public async Task What_answers_there_is_judged(string answer, bool passed, string said)
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Task<string> asked = AnswerAsync(listener, answer);

        GateCheck check = await KuboReach.CheckAsync(
            [((IPEndPoint)listener.LocalEndpoint).Port], [IPAddress.Loopback], TimeProvider.System, TestContext.Current.CancellationToken);

        (check.Name, check.Passed).ShouldBe(("bypass", passed), check.Detail);
        check.Detail!.ShouldContain(said);
        (await asked).ShouldStartWith("POST /api/v0/version HTTP/1.1\r\n");
        listener.Dispose();
    }

    [Fact]
    public async Task Where_nothing_listens_nothing_is_found()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();

        (await KuboReach.CheckAsync([port], [IPAddress.Loopback], TimeProvider.System, TestContext.Current.CancellationToken)).Passed.ShouldBeTrue();
        (await KuboReach.CheckAsync([port], [], TimeProvider.System, TestContext.Current.CancellationToken)).Passed.ShouldBeTrue();
    }

    private static async Task<string> AnswerAsync(TcpListener listener, string answer)
    {
        using Socket socket = await listener.AcceptSocketAsync(TestContext.Current.CancellationToken);
        byte[] asked = new byte[1024];
        int count = await socket.ReceiveAsync(asked, TestContext.Current.CancellationToken);
        await socket.SendAsync(Encoding.ASCII.GetBytes(answer), TestContext.Current.CancellationToken);
        return Encoding.ASCII.GetString(asked, 0, count);
    }
}
