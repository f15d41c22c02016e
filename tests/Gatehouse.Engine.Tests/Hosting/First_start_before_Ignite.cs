using System.Text;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Hosting;
using Gatehouse.Network;
using Gatehouse.Protocols.Ignite;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Hosting;

public sealed class First_start_before_Ignite
{
    private static readonly NodeOptions Options = new() { ConfigurationFile = "/x/gatehouse.yaml", DataDirectory = "/x/data", NodeName = "n" };

    [Theory]
    [InlineData("IGNI\u0000\u0000\u0000\u0003\u0003\u0000\u0000", true)]
    [InlineData("HTTP/1.1 400 Bad Request\r\n\r\n", false)]
    [InlineData("", false)] // Ignite 2 closes without a word
    public void A_node_is_told_by_its_magic(string answer, bool expected) =>
        Fingerprint.ByPort[10800].ShouldHaveSingleItem().Recognises(Encoding.Latin1.GetBytes(answer)).ShouldBe(expected);

    [Fact]
    public void What_is_sent_is_a_whole_handshake_of_nobody()
    {
        byte[] hello = Fingerprint.ByPort[10800].Single().Request;

        IgniteFrame.TryRead(hello, withMagic: true, 4096, out IgniteFrame frame, out _).ShouldBe(IgniteFraming.Complete);
        frame.TotalLength.ShouldBe(hello.Length);
        IgniteHandshake.TryParse(hello.AsSpan(frame.HeaderLength), out IgniteHandshake? handshake, out _).ShouldBeTrue();
        handshake!.AuthenticationType.ShouldBeNull();
    }

    [Fact]
    public void It_gets_gates_that_read_back_and_are_valid()
    {
        FoundSystem[] found = [new FoundSystem("ignite-rest", "REST", 10300), new FoundSystem("ignite", "thin client", 10800)];
        NodeConfiguration decided = FirstStart.Decide(Options, [.. found], static _ => "ignite");

        ConfigurationResult read = ConfigurationReader.Read(ConfigurationWriter.Write(decided), "f");

        read.Problems.ShouldBeEmpty();
        read.Value!.Gates.Skip(1).Select(static g => (g.Name, g.Protocol, g.System, g.Listen, g.Upstream)).ShouldBe(
            found.Where(static f => KnownPorts.ForGuardedPort(f.Port)!.IsSupported).Select(static f => f.Name == "ignite"
                ? ("ignite", "ignite", "ignite", "127.0.0.1:10843", "tcp://127.0.0.1:10800")
                : ("ignite-rest", "http", (string?)"ignite-rest", "127.0.0.1:10343", "http://127.0.0.1:10300")));
        KnownPorts.ForGuardedPort(10400)!.System.ShouldBe("ignite-rest");
    }
}
