using System.Text;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Gates.Headers;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Gates;

public sealed class LocationsTests
{
    [Theory]
    [InlineData("http://10.1.2.3:9094/id", "/id")]
    [InlineData("https://10.1.2.3/id?x=1#f", "/id?x=1#f")]
    [InlineData("http://10.1.2.3:5001", "/")]
    [InlineData("//10.1.2.3:9094/id", "/id")]
    [InlineData("http://localhost:9094/id", "/id")]
    [InlineData("http://127.0.0.1:9094/id", "/id")]
    [InlineData("http://[::1]:9094/id", "/id")]
    [InlineData("http://0.0.0.0:9094/id", "/id")]
    [InlineData("HTTP://user:word@10.1.2.3:9094/id", "/id")]
    [InlineData("http://10.1.2.3:9094//evil.example/x", "/evil.example/x")]
    [InlineData("http://10.1.2.3:9094?x=1", "/?x=1")]
    [InlineData("http://10.1.2.3\\evil", "/evil")]
    public void The_upstream_is_not_named(string value, string expected)
    {
        Locations.TryRewrite(Encoding.ASCII.GetBytes(value), Upstream(), out string? reference).ShouldBeTrue();
        reference.ShouldBe(expected);
    }

    [Theory]
    [InlineData("/id")]
    [InlineData("id?next=http://10.1.2.3/")]
    [InlineData("")]
    [InlineData("https://example.com/10.1.2.3")]
    [InlineData("http://10.1.2.3@example.com/")]
    [InlineData("http://10.1.2.33:9094/id")]
    public void Other_places_stay_as_they_are(string value) =>
        Locations.TryRewrite(Encoding.ASCII.GetBytes(value), Upstream(), out _).ShouldBeFalse();

    private static UpstreamAddress Upstream()
    {
        UpstreamAddress.TryParse("http://10.1.2.3:9094", out UpstreamAddress? upstream, out _).ShouldBeTrue();
        return upstream;
    }
}
