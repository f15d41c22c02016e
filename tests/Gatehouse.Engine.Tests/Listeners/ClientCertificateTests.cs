using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Audit;
using Gatehouse.Engine.Admission;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Listeners;
using Microsoft.AspNetCore.Connections;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Listeners;

public sealed class ClientCertificateTests
{
    private static readonly TestAuthority Root = new("Cluster root");
    private static readonly TestAuthority Users = new("Users", Root);
    private static readonly TestAuthority Nodes = new("Nodes", Root);
    private static readonly TestAuthority Foreign = new("Foreign root");

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task A_certificate_of_the_users_ca_is_accepted_and_handed_on(SslProtocols version)
    {
        var seen = new TaskCompletionSource<string?>();
        await using TestListener listener = await StartAsync(ClientCertificateMode.Required, seen);
        using TestClient client = await listener.ConnectTlsAsync(Users.Issue("anna", TestAuthority.ClientUse), version);
        (await client.EchoAsync("hello")).ShouldBe("hello");
        (await seen.Task.WaitAsync(TimeSpan.FromSeconds(20))).ShouldBe("CN=anna");
    }

    public static TheoryData<string> Bad => ["foreign", "nodes", "root", "server", "unspecified", "expired", "early", "self"];

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task A_certificate_that_is_not_good_for_clients_here_ends_the_handshake(string kind)
    {
        foreach (ClientCertificateMode mode in new[] { ClientCertificateMode.Required, ClientCertificateMode.Optional })
        {
            await using TestListener listener = await StartAsync(mode, new TaskCompletionSource<string?>());
            await Refused(listener, Make(kind), RefusalReasons.CertificateRefused);
        }
    }

    [Fact]
    public async Task Without_a_certificate_a_gate_that_requires_one_closes()
    {
        await using TestListener listener = await StartAsync(ClientCertificateMode.Required, new TaskCompletionSource<string?>());
        await Refused(listener, null, RefusalReasons.CertificateMissing);
    }

    [Fact]
    public async Task Without_a_certificate_a_gate_that_only_asks_goes_on()
    {
        var seen = new TaskCompletionSource<string?>();
        await using TestListener listener = await StartAsync(ClientCertificateMode.Optional, seen);
        using TestClient client = await listener.ConnectTlsAsync();
        (await client.EchoAsync("hello")).ShouldBe("hello");
        (await seen.Task.WaitAsync(TimeSpan.FromSeconds(20))).ShouldBeNull();
    }

    [Fact]
    public async Task A_resumed_handshake_is_checked_against_the_cas_of_now()
    {
        await using TestListener listener = await StartAsync(ClientCertificateMode.Required, null);
        X509Certificate2 certificate = Users.Issue("anna", TestAuthority.ClientUse);
        for (int i = 0; i < 3; i++)
        {
            using TestClient client = await listener.ConnectTlsAsync(certificate, resume: true);
            (await client.EchoAsync("hello")).ShouldBe("hello");
        }

        listener.Certificates.ClientAuthorities = new ClientAuthorities([Foreign.Certificate], []);
        await Refused(listener, certificate, RefusalReasons.CertificateRefused, resume: true);
        listener.Certificates.ClientAuthorities = ClientAuthorities.None;
        await Refused(listener, certificate, RefusalReasons.CertificateRefused, resume: true);
    }

    private static async Task Refused(TestListener listener, X509Certificate2? certificate, string reason, bool resume = false)
    {
        await Should.ThrowAsync<Exception>(async () =>
        {
            // In TLS 1.3 the client learns it with the first read.
            using TestClient client = await listener.ConnectTlsAsync(certificate, resume: resume);
            await client.EchoAsync("hello");
        });
        (await listener.Trail.NextAsync(AuditAction.TlsFailed)).Reason.ShouldBe(reason);
    }

    private static X509Certificate2 Make(string kind) => kind switch
    {
        "foreign" => Foreign.Issue("anna", TestAuthority.ClientUse),
        "nodes" => Nodes.Issue("anna", TestAuthority.ClientUse),
        "root" => Root.Issue("anna", TestAuthority.ClientUse),
        "server" => Users.Issue("anna", TestAuthority.ServerUse),
        "unspecified" => Users.Issue("anna", null),
        "expired" => Users.Issue("anna", TestAuthority.ClientUse, -2, -1),
        "early" => Users.Issue("anna", TestAuthority.ClientUse, 1, 2),
        _ => new TestAuthority("anna").Certificate,
    };

    private static Task<TestListener> StartAsync(ClientCertificateMode mode, TaskCompletionSource<string?>? seen) =>
        TestListener.StartAsync(
            s =>
            {
                ((TestCertificates)s.Certificates!).ClientAuthorities = new ClientAuthorities([Users.Certificate], [Root.Certificate]);
                return s with { ClientCertificate = mode };
            },
            async (ConnectionContext connection) =>
            {
                seen?.TrySetResult(connection.Features.Get<IGateConnectionFeature>()!.ClientCertificate?.Subject);
                await TestListener.EchoAsync(connection);
            });
}
