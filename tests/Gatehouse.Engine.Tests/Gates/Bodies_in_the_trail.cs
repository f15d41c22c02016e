using System.Text;
using Gatehouse.Testing.Upstreams;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Gates;

/// <summary>Bodies are recorded where the gate asks for it, masked, and never otherwise.</summary>
public sealed class Bodies_in_the_trail
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    [Fact]
    public async Task Granted_and_denied_requests_show_their_body_without_its_secrets()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Answering(Ok);
        await using GateHarness gate = await GateHarness.StartAsync(upstream.Port, static c => c with { AuditBody = 1024, AuditBodyMask = ["/value/pin"] });
        const string body = """{"key":"k1","value":{"password":"hunter2","pin":"4711","open":"yes"}}""";

        (await gate.SendAsync(Post("anna", "/doc", body))).ShouldNotBeEmpty();
        (await gate.SendAsync(Post("bert", "/doc", body))).ShouldContain("403");
        (await gate.SendAsync(Post("anna", "/login", body))).ShouldContain("200 OK");
        (await gate.SendAsync(Post("anna", "/doc", $$"""{"key":"k1","value":"{{new string('x', 2000)}}"}"""))).ShouldContain("200 OK");

        await gate.Trail.WaitForAsync("AccessDenied Failure bert POST /doc");
        await gate.Trail.WaitForAsync(" body=hash");
        string all = string.Join('\n', gate.Trail.Lines);
        all.ShouldNotContain("hunter2");
        all.ShouldNotContain("4711");
        gate.Trail.Lines.ShouldContain(static l => l.Contains("bert", StringComparison.Ordinal)
            && l.EndsWith("""body={"key":"k1","value":{"password":"***","pin":"***","open":"yes"}}""", StringComparison.Ordinal));
        gate.Trail.Lines.ShouldContain(static l => l.Contains("/login", StringComparison.Ordinal) && !l.Contains("body=", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Nobody_asked_and_nothing_is_recorded()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Answering(Ok);
        await using GateHarness gate = await GateHarness.StartAsync(upstream.Port);
        (await gate.SendAsync(Post("anna", "/doc", """{"key":"k1","value":"v"}"""))).ShouldContain("200 OK");
        (await gate.Trail.WaitForAsync("AccessGranted Success anna POST /doc")).ShouldNotContain("body=");
    }

    private static string Post(string user, string path, string body) =>
        GateHarness.Request(user, "POST", path, $"Content-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n", body);
}
