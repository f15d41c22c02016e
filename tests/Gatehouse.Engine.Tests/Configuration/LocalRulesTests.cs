using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Configuration.Validators;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Configuration;

/// <summary>What would make realm <c>local</c> weaker than it says is refused at its place.</summary>
public sealed class LocalRulesTests
{
    [Theory]
    [InlineData("realms: [local]", "allow_users")]
    [InlineData("realms: [local, native]\n    allow_users: [ipfs]", "realms")]
    [InlineData("realms: [anonymous, local]\n    allow_users: [ipfs]", "realms")]
    [InlineData("allow_users: [ipfs]", "allow_users")]
    [InlineData("realms: [native]\n    allow_users: [ipfs]", "allow_users")]
    [InlineData("realms: [local]\n    allow_users: [ipfs, nobody]", "allow_users")]
    [InlineData("realms: [local]\n    allow_users: [ipfs]", "listen", "0.0.0.0:5011")]
    [InlineData("realms: [local]\n    allow_users: [ipfs]", "listen", "10.1.2.3:5011")]
    [InlineData("realms: [local]\n    allow_users: [ipfs]", "listen", "'[::]:5011'")]
    [InlineData("realms: [local]\n    allow_users: [ipfs]", "realms", "127.0.0.1:5011", "tcp")]
    [InlineData("realms: [local]\n    allow_users: [ipfs]\n    proxy_protocol_from: [127.0.0.1]", "proxy_protocol_from")]
    [InlineData("realms: [local]\n    allow_users: [ipfs]\n    cors: { origins: ['https://app.example'] }", "cors")]
    public void Told(string lines, string key, string listen = "127.0.0.1:5011", string protocol = "http") =>
        LocalRules.Conflicts(Gate(lines, listen, protocol)).Select(static c => c.Key).ShouldBe([key]);

    [Theory]
    [InlineData("127.0.0.1:5011")]
    [InlineData("'[::1]:5011'")]
    public void Fine(string listen) => LocalRules.Conflicts(Gate("realms: [local]\n    allow_users: [ipfs, 1001]", listen, "http")).ShouldBeEmpty();

    [Fact]
    public void What_is_written_is_what_was_read()
    {
        GateConfiguration gate = Gate("realms: [local]\n    allow_users: [ipfs, '1001']", "127.0.0.1:5011", "http");
        gate.AllowUsers.ShouldBe(["ipfs", "1001"]);
        Engine.Configuration.Writing.ConfigurationText.Gate(gate).ShouldContain(("allow_users", "[ipfs, 1001]"));
    }

    private static GateConfiguration Gate(string lines, string listen, string protocol) => ConfigurationReader.Read(
        $"version: 1\ngates:\n  k:\n    protocol: {protocol}\n    listen: {listen}\n    upstream: http://127.0.0.1:5001\n    {lines}\n", "f").Value!.Gates[0];
}
