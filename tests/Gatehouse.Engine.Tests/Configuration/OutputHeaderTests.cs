using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Configuration.Writing;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Configuration;

/// <summary>Secrets of audit outputs: places are written, secrets never.</summary>
public sealed class OutputHeaderTests : IDisposable
{
    private const string Pasted = "eyJhbGciOi-PASTED-secret";
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Places_are_read_looked_into_and_written_again()
    {
        Secret("token", "abc.def\n");
        Environment.SetEnvironmentVariable("GATEHOUSE_TEST_OTEL_KEY", "key 1");
        ConfigurationResult result = Check("bearer: file:token\n      headers: { X-Api-Key: 'env:GATEHOUSE_TEST_OTEL_KEY', \"x-b\": 'file:token' }");
        result.Problems.ShouldBeEmpty();
        OutputConfiguration output = result.Value!.Audit.Outputs.Single();
        output.Headers.Select(static h => $"{h.Name} {h.IsBearer}").ShouldBe(["Authorization True", "X-Api-Key False", "x-b False"]);
        output.Headers[0].Secret.Read(_folder.Path, out _).ShouldBe("abc.def");
        output.Headers[1].Secret.Read(_folder.Path, out _).ShouldBe("key 1");
        result.Value.Files.ShouldContain(f => f.EndsWith("token", StringComparison.Ordinal), "a new token is taken over");
        string text = ConfigurationText.Of(result.Value);
        text.ShouldNotContain("abc.def");
        ConfigurationResult again = ConfigurationCheck.Text(text, Path.Combine(_folder.Path, "gatehouse.yaml"), _folder.Path, new TestHost());
        again.Problems.ShouldBeEmpty();
        again.Value!.Audit.Outputs.Single().Headers.ShouldBe(output.Headers);
    }

    [Theory]
    [InlineData("bearer: " + Pasted, "GH1041")]
    [InlineData("bearer: Bearer " + Pasted, "GH1041")]
    [InlineData("headers: { authorization: " + Pasted + " }", "GH1041")]
    [InlineData("headers: { authorization: [" + Pasted + "] }", "GH1008")]
    [InlineData("headers: [" + Pasted + "]", "GH1008")]
    [InlineData("headers: " + Pasted, "GH1008")]
    [InlineData("bearer: 'env:9" + Pasted + "'", "GH1041")]
    [InlineData("bearer: 'env:'", "GH1041")]
    [InlineData("bearer: 'file:'", "GH1041")]
    [InlineData("bearer: 'file:nowhere'", "GH1041")]
    [InlineData("bearer: 'env:GATEHOUSE_TEST_NOT_SET'", "GH1041")]
    [InlineData("bearer: 'file:open'", "GH1041")]
    [InlineData("bearer: 'file:empty'", "GH1041")]
    [InlineData("bearer: 'file:lines'", "GH1041")]
    [InlineData("bearer: 'file:spaces'", "GH1041")]
    [InlineData("bearer: 'file:large'", "GH1041")]
    [InlineData("bearer: 'file:wide'", "GH1041")]
    [InlineData("bearer: 'file:good'\n      headers: { AUTHORIZATION: 'file:good' }", "GH1007")]
    [InlineData("headers: { a: 'file:good', A: 'file:good' }", "GH1007")]
    [InlineData("headers: { 'x y': 'file:good' }", "GH1014")]
    [InlineData("headers: { host: 'file:good' }", "GH1014")]
    [InlineData("headers: { Content-Length: 'file:good' }", "GH1014")]
    public void Whatever_is_no_place_of_a_secret_is_refused_and_never_shown(string written, string id)
    {
        Secret("open", Pasted, UnixFileMode.GroupRead);
        Secret("empty", "\n");
        Secret("lines", Pasted + "\nx: y");
        Secret("spaces", "Bearer " + Pasted);
        Secret("large", Pasted + new string('x', 9000));
        Secret("wide", Pasted + "\u00e9");
        Secret("good", Pasted);
        ConfigurationResult result = Check(written);
        result.Problems.Select(static p => p.Id).Distinct().ShouldBe([id]);
        result.Problems.ShouldAllBe(static p => !p.ToString().Contains("PASTED", StringComparison.OrdinalIgnoreCase) && !(p.Hint ?? "").Contains("PASTED", StringComparison.OrdinalIgnoreCase));
    }

    [Theory, InlineData("syslog+tls://logs:1", true), InlineData("otlp+http://127.0.0.1:1", false)]
    public void They_go_to_collectors_over_TLS_only(string address, bool hasCa)
    {
        Secret("good", Pasted);
        Check("bearer: 'file:good'", address, hasCa).Problems.Select(static p => p.Id).ShouldBe(["GH8013"]);
    }

    private void Secret(string name, string text, UnixFileMode more = UnixFileMode.None) =>
        _folder.File(name, text, UnixFileMode.UserRead | UnixFileMode.UserWrite | more);

    private ConfigurationResult Check(string lines, string address = "otlp+https://otel.example.com:4318", bool hasCa = true)
    {
        using var ca = new Auditing.ReceiverCa();
        _folder.File("ca.pem", ca.Certificate.ExportCertificatePem());
        return ConfigurationCheck.Text(
            $"version: 1\naudit:\n  outputs:\n    otel:\n      address: {address}\n{(hasCa ? "      ca: ca.pem\n" : "")}      {lines}\n",
            Path.Combine(_folder.Path, "gatehouse.yaml"), _folder.Path, new TestHost());
    }
}
