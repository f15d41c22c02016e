using System.Text;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Hosting;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Hosting;

public sealed class First_start_before_EMQX
{
    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\nNode emqx@127.0.0.1 is started\nemqx is running", true)]
    [InlineData("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n", false)]
    public void Its_management_port_is_told_by_its_status(string answer, bool expected) =>
        Fingerprint.ByPort[18083].ShouldHaveSingleItem().Recognises(Encoding.ASCII.GetBytes(answer)).ShouldBe(expected);

    [Fact]
    public void It_gets_a_gate_of_its_own_system()
    {
        var options = new NodeOptions { ConfigurationFile = "/x/gatehouse.yaml", DataDirectory = "/x/data", NodeName = "n" };
        GateConfiguration gate = FirstStart.Decide(options, [new FoundSystem("emqx-api", "EMQX management API", 18083)], static _ => "emqx").Gates[^1];
        gate.Name.ShouldBe("emqx-api");
        gate.System.ShouldBe("emqx-api");
        gate.Protocol.ShouldBe("http");
        gate.Listen.ShouldBe("127.0.0.1:18084");
        gate.Upstream.ShouldBe("http://127.0.0.1:18083");
        gate.RunAs.ShouldBe(["emqx"]);
    }
}
