using System.Net.Security;
using System.Security.Cryptography;
using Gatehouse.Engine.Listeners;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Listeners;

/// <summary>OpenSSL is told to give its buffers back, and nothing of what goes over the connection changes.</summary>
public sealed class TlsMemoryTests
{
    [Theory]
    [InlineData(20)]
    [InlineData(300)]
    [InlineData(100_000)]
    public async Task Bytes_stay_the_same_while_buffers_come_and_go(int length)
    {
        await using TestListener listener = await TestListener.StartAsync(settings => settings with { IsSparing = true, TakeStream = EchoAsync });
        using TestClient client = await listener.ConnectTlsAsync();
        for (int round = 0; round < 5; round++)
        {
            byte[] sent = RandomNumberGenerator.GetBytes(length);
            byte[] got = new byte[length];
            Task sending = client.Tls.WriteAsync(sent, TestContext.Current.CancellationToken).AsTask();
            await client.Tls.ReadExactlyAsync(got, TestContext.Current.CancellationToken);
            await sending;

            got.ShouldBe(sent);
        }
    }

    [Fact]
    public void Without_a_handshake_nothing_happens()
    {
        // Where this fails the runtime has changed, and silent connections hold 33 KB more.
        TlsMemory.IsSupported.ShouldBeTrue();
        using var tls = new SslStream(new MemoryStream());

        TlsMemory.Spare(tls, isSparing: true).ShouldBeFalse();
        tls.Dispose();
        TlsMemory.Spare(tls, isSparing: true).ShouldBeFalse();
    }

    // Ends the connection, and with it the client's read, where OpenSSL was not told.
    private static async Task EchoAsync(Microsoft.AspNetCore.Connections.ConnectionContext connection, Stream stream)
    {
        byte[] buffer = new byte[1000];
        bool isSparing = true;
        while (TlsMemory.Spare((SslStream)stream, isSparing))
        {
            _ = await stream.ReadAsync(Memory<byte>.Empty);
            int count = await stream.ReadAsync(buffer);
            if (count == 0)
            {
                return;
            }

            await stream.WriteAsync(buffer.AsMemory(0, count));
            await stream.FlushAsync();
            isSparing = !isSparing;
        }
    }
}
