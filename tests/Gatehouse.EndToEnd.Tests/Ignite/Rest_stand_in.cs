using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Gatehouse.Testing.Ignite.Rest;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Ignite;

/// <summary>That the stand-in of a node's REST API has the manners of the real one, good and bad.</summary>
public sealed class Rest_stand_in : IAsyncLifetime
{
    private readonly HttpClient _http = new();
    private StandInRest _rest = null!;

    public async ValueTask InitializeAsync()
    {
        _rest = await StandInRest.StartAsync(new StandInRestOptions { Users = new Dictionary<string, string> { ["gate"] = "secret" } });
        _http.BaseAddress = new Uri(_rest.Address, "/management/v1/");
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String("GATE:secret"u8));
    }

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return _rest.DisposeAsync();
    }

    [Theory]
    [InlineData("GET", "node/state", 200)]
    [InlineData("GET", "configuration/node/ignite.rest", 200)]
    [InlineData("PUT", "node/state", 405)]
    [InlineData("GET", "nothing", 404)]
    [InlineData("POST", "zones/Z/datanodes/reset", 200)]
    [InlineData("GET", "sql/plan/clear-cache?tableNames=T", 200)]
    public async Task Endpoints_are_there(string method, string path, int status)
    {
        using HttpResponseMessage answer = await _http.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
        ((int)answer.StatusCode).ShouldBe(status);
        (_rest.Requests[^1].User, _rest.Requests[^1].Target).ShouldBe(("gate", "/management/v1/" + path));
        answer.Content.Headers.ContentType!.MediaType.ShouldBe(status >= 400 ? "application/problem+json" : path.StartsWith('c') ? "text/plain" : "application/json");
    }

    [Fact]
    public async Task Nobody_comes_in_without_a_password_but_to_health()
    {
        using var nobody = new HttpClient { BaseAddress = _http.BaseAddress };
        (await nobody.GetAsync("node/state")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await nobody.GetAsync("health/liveness")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await nobody.PostAsync("cluster/init", null)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Before_it_is_initialized_the_first_to_come_does_it()
    {
        await using StandInRest young = await StandInRest.StartAsync(new StandInRestOptions { IsInitialized = false, Users = new Dictionary<string, string>() });
        using var nobody = new HttpClient { BaseAddress = new Uri(young.Address, "/management/v1/") };
        HttpResponseMessage early = await nobody.GetAsync("configuration/cluster");
        early.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        (await early.Content.ReadAsStringAsync()).ShouldContain("\"status\":409");
        (await nobody.GetAsync("configuration/node")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await nobody.PostAsync("cluster/init", new StringContent("{}"))).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await nobody.GetAsync("configuration/cluster")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Units_have_the_files_that_came_whatever_their_names()
    {
        byte[] jar = "not really a jar"u8.ToArray();
        using var form = new MultipartFormDataContent { { new ByteArrayContent(jar), "unitContent", "../../evil.jar" } };
        (await _http.PostAsync("deployment/units/orders/1.0.0?deployMode=ALL", form)).StatusCode.ShouldBe(HttpStatusCode.OK);
        StandInUnit unit = _rest.Units.Single();
        (unit.Id, unit.Version, unit.DeployMode).ShouldBe(("orders", "1.0.0", "ALL"));
        unit.Files.ShouldBe([new StandInFile("../../evil.jar", jar.Length, Convert.ToHexStringLower(SHA256.HashData(jar)))]);

        using var packed = new MemoryStream();
        using (var archive = new ZipArchive(packed, ZipArchiveMode.Create, leaveOpen: true))
        {
            using Stream entry = archive.CreateEntry("a/b.class").Open();
            entry.Write(jar);
        }

        using var zip = new MultipartFormDataContent { { new ByteArrayContent(packed.ToArray()), "unitContent", "u.zip" } };
        (await _http.PostAsync("deployment/units/zip/orders/2.0.0", zip)).StatusCode.ShouldBe(HttpStatusCode.OK);
        _rest.Units.Single(u => u.Version == "2.0.0").Files.Single().Name.ShouldBe("a/b.class");
        (await _http.DeleteAsync("deployment/units/orders/1.0.0")).StatusCode.ShouldBe(HttpStatusCode.OK);
        _rest.Units.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_change_is_recorded_and_any_origin_may_make_it()
    {
        using var request = new HttpRequestMessage(HttpMethod.Patch, "configuration/cluster")
        {
            Content = new StringContent("ignite.security.enabled=false", Encoding.UTF8, "text/plain"),
        };
        request.Headers.Add("Origin", "https://evil.example");
        using HttpResponseMessage answer = await _http.SendAsync(request);
        answer.Headers.GetValues("Access-Control-Allow-Origin").ShouldBe(["https://evil.example"]);
        _rest.Patches.ShouldBe([new StandInPatch("cluster", "ignite.security.enabled=false", "gate")]);
        _rest.Planned.Enqueue((503, "{}"));
        ((int)(await _http.GetAsync("node/state")).StatusCode).ShouldBe(503);
    }
}
