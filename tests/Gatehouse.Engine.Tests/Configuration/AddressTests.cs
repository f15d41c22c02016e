using Gatehouse.Engine.Configuration;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Configuration;

public class AddressTests
{
    [Theory]
    [InlineData("127.0.0.1:9243")]
    [InlineData("0.0.0.0:1")]
    [InlineData("[::1]:65535")]
    [InlineData("[::]:443")]
    public void Listen_addresses_have_one_spelling(string text)
    {
        ListenAddress.TryParse(text, out var endpoint, out _).ShouldBeTrue();
        endpoint!.ToString().ShouldBe(text);
    }

    [Theory]
    [InlineData(":9243", "0.0.0.0:9243")]
    [InlineData("9243", "no port")]
    [InlineData("127.0.0.1", "no port")]
    [InlineData("[::1]", "no port")]
    [InlineData("127.0.0.1:0", "1 to 65535")]
    [InlineData("127.0.0.1:65536", "1 to 65535")]
    [InlineData("127.0.0.1:080", "1 to 65535")]
    [InlineData("127.0.0.1:+80", "1 to 65535")]
    [InlineData("127.0.0.1: 80", "1 to 65535")]
    [InlineData("127.0.0.1:", "1 to 65535")]
    [InlineData("127.1:80", "127.0.0.1")]
    [InlineData("0177.0.0.1:80", "127.0.0.1")]
    [InlineData("0x7f.0.0.1:80", "127.0.0.1")]
    [InlineData("2130706433:80", "127.0.0.1")]
    [InlineData("[::ffff:127.0.0.1]:80", "127.0.0.1")]
    [InlineData("[fe80::1%eth0]:80", "zone")]
    [InlineData("::1:80", "brackets")]
    [InlineData("[127.0.0.1]:80", "brackets")]
    [InlineData("localhost:80", "127.0.0.1")]
    [InlineData("*:80", "no IPv4")]
    public void Other_spellings_are_refused_with_advice(string text, string advice)
    {
        ListenAddress.TryParse(text, out _, out string? why).ShouldBeFalse();
        why!.ShouldContain(advice);
    }

    [Theory]
    [InlineData("http://127.0.0.1:2379", UpstreamKind.Http, "127.0.0.1", 2379)]
    [InlineData("http://localhost", UpstreamKind.Http, "localhost", 80)]
    [InlineData("https://db.example.com", UpstreamKind.Https, "db.example.com", 443)]
    [InlineData("https://[::1]:9200", UpstreamKind.Https, "::1", 9200)]
    [InlineData("tcp://127.0.0.1:5432", UpstreamKind.Tcp, "127.0.0.1", 5432)]
    [InlineData("tls://broker.example.com:8883", UpstreamKind.Tls, "broker.example.com", 8883)]
    [InlineData("ws://[::1]:8083", UpstreamKind.Ws, "::1", 8083)]
    [InlineData("wss://127.0.0.1:8084/mqtt", UpstreamKind.Wss, "127.0.0.1", 8084)]
    [InlineData("builtin:whoami", UpstreamKind.Builtin, "whoami", 0)]
    public void Upstreams_are_scheme_host_and_port(string text, object kind, string host, int port)
    {
        UpstreamAddress.TryParse(text, out UpstreamAddress? upstream, out _).ShouldBeTrue();
        (upstream!.Kind, upstream.Host, upstream.Port).ShouldBe(((UpstreamKind)kind, host, port));
    }

    [Fact]
    public void A_unix_upstream_has_an_absolute_path()
    {
        UpstreamAddress.TryParse("unix:/run/a.sock", out UpstreamAddress? upstream, out _).ShouldBeTrue();
        (upstream!.Kind, upstream.Path).ShouldBe((UpstreamKind.Unix, "/run/a.sock"));
    }

    [Theory]
    [InlineData("ws://127.0.0.1:8083", "/mqtt")]
    [InlineData("wss://127.0.0.1:8083/", "/")]
    [InlineData("ws://127.0.0.1:8083/a/b-c_d.e~1", "/a/b-c_d.e~1")]
    public void A_WebSocket_upstream_has_a_path(string text, string path)
    {
        UpstreamAddress.TryParse(text, out UpstreamAddress? upstream, out _).ShouldBeTrue();
        upstream!.Path.ShouldBe(path);
    }

    [Theory]
    [InlineData("ws://127.0.0.1:8083/a/")]
    [InlineData("ws://127.0.0.1:8083//a")]
    [InlineData("ws://127.0.0.1:8083/a/../b")]
    [InlineData("ws://127.0.0.1:8083/a?b")]
    [InlineData("ws://127.0.0.1:8083/a%2fb")]
    [InlineData("ws://127.0.0.1:8083/a b")]
    [InlineData("ws://127.0.0.1:8083?a")]
    [InlineData("ws://u@127.0.0.1:8083/a")]
    [InlineData("ws://127.0.0.1/mqtt")]
    [InlineData("wss://127.0.0.1")]
    [InlineData("tls://127.0.0.1")]
    [InlineData("tls://127.0.0.1:8883/mqtt")]
    [InlineData("http://127.0.0.1:2379/")]
    [InlineData("http://127.0.0.1:2379/path")]
    [InlineData("http://u:p@127.0.0.1:2379")]
    [InlineData("http://127.0.0.1:2379?x")]
    [InlineData("http://127.0.0.1:2379#x")]
    [InlineData("http://127.1:2379")]
    [InlineData("http://0x7f000001:2379")]
    [InlineData("http://1.2.3:2379")]
    [InlineData("http://[127.0.0.1]:2379")]
    [InlineData("http://::1:2379")]
    [InlineData("http://a_b:2379")]
    [InlineData("http://-a:2379")]
    [InlineData("http://:2379")]
    [InlineData("http://a:0")]
    [InlineData("HTTP://127.0.0.1:2379")]
    [InlineData("ftp://127.0.0.1:2379")]
    [InlineData("tcp://127.0.0.1")]
    [InlineData("127.0.0.1:2379")]
    [InlineData("unix:run/a.sock")]
    [InlineData("unix:/run/../a.sock")]
    [InlineData("builtin:other")]
    [InlineData("://a:1")]
    public void Other_upstreams_are_refused(string text)
    {
        UpstreamAddress.TryParse(text, out _, out string? why).ShouldBeFalse();
        why.ShouldNotBeNullOrEmpty();
    }

    [Theory]
    [InlineData("https://app.example.com", true)]
    [InlineData("http://localhost:8080", true)]
    [InlineData("https://[::1]:8443", true)]
    [InlineData("https://app.example.com:443", false)]
    [InlineData("https://App.example.com", false)]
    [InlineData("https://app.example.com/", false)]
    [InlineData("null", false)]
    [InlineData("*", false)]
    public void Origins_are_as_browsers_send_them(string text, bool accepted) => HostNames.IsOrigin(text).ShouldBe(accepted);

    [Theory]
    [InlineData("0B", 0)]
    [InlineData("1KiB", 1024)]
    [InlineData("10MiB", 10485760)]
    public void Sizes_read_back(string text, long bytes)
    {
        Quantities.TryParseSize(text, out long read).ShouldBeTrue();
        read.ShouldBe(bytes);
        Quantities.WriteSize(bytes).ShouldBe(text);
    }

    [Theory]
    [InlineData("500ms")]
    [InlineData("60s")]
    [InlineData("90m")]
    [InlineData("1d")]
    public void Durations_read_back(string text)
    {
        Quantities.TryParseDuration(text, out TimeSpan read).ShouldBeTrue();
        Quantities.TryParseDuration(Quantities.WriteDuration(read), out TimeSpan again).ShouldBeTrue();
        again.ShouldBe(read);
    }

    [Theory]
    [InlineData("10")]
    [InlineData("-1s")]
    [InlineData("1.5s")]
    [InlineData("1 s")]
    [InlineData("01s")]
    [InlineData("1S")]
    [InlineData("1h30m")]
    [InlineData("999999999999d")]
    [InlineData("9999999999999999999s")]
    public void Odd_durations_are_refused(string text) => Quantities.TryParseDuration(text, out _).ShouldBeFalse();
}
