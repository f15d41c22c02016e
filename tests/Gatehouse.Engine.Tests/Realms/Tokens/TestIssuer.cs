using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Tests.Realms.Tokens;

/// <summary>An OpenID Connect issuer on loopback, over TLS with an authority of its own, that answers what it is told to.</summary>
internal sealed class TestIssuer : IAsyncDisposable
{
    private readonly WebApplication _host;
    private int _discoveries;
    private int _fetches;

    private TestIssuer(WebApplication host, string authority)
    {
        _host = host;
        Authority = authority;
    }

    /// <summary>PEM.</summary>
    public string Authority { get; }

    public string Url { get; private set; } = "";

    public string Keys { get; set; } = """{"keys":[]}""";

    /// <summary>The discovery document; null makes a good one.</summary>
    public string? Discovery { get; set; }

    /// <summary>Answers instead of everything else.</summary>
    public Func<HttpContext, Task>? Instead { get; set; }

    public int Discoveries => Volatile.Read(ref _discoveries);

    public int Fetches => Volatile.Read(ref _fetches);

    public static async Task<TestIssuer> StartAsync()
    {
        using ECDsa authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=issuer authority", authorityKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using X509Certificate2 authority = request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var leaf = new CertificateRequest("CN=issuer", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        leaf.CertificateExtensions.Add(names.Build());
        leaf.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        X509Certificate2 certificate = leaf.Create(authority, new DateTimeOffset(authority.NotBefore), new DateTimeOffset(authority.NotAfter), [1, 2, 3]).CopyWithPrivateKey(key);

        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(o => o.Listen(IPAddress.Loopback, 0, l => l.UseHttps(certificate)));
        WebApplication host = builder.Build();
        var issuer = new TestIssuer(host, authority.ExportCertificatePem());
        host.Run(issuer.AnswerAsync);
        await host.StartAsync();
        issuer.Url = host.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return issuer;
    }

    public async ValueTask DisposeAsync() => await _host.DisposeAsync();

    private Task AnswerAsync(HttpContext context)
    {
        bool isKeys = context.Request.Path == "/keys";
        Interlocked.Increment(ref isKeys ? ref _fetches : ref _discoveries);
        if (Instead is { } instead)
        {
            return instead(context);
        }

        return context.Request.Path.Value switch
        {
            "/keys" => context.Response.WriteAsync(Keys),
            "/.well-known/openid-configuration" => context.Response.WriteAsync(Discovery ?? $$"""{"issuer":"{{Url}}","jwks_uri":"{{Url}}/keys"}"""),
            _ => Task.CompletedTask,
        };
    }
}
