using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Gatehouse.Audit;
using Gatehouse.Engine.Membership;
using Gatehouse.Engine.Store;
using Gatehouse.Engine.Tests.Store;
using Gatehouse.Membership;
using Gatehouse.Testing.Time;
using Gatehouse.Trust.Authorities;
using Gatehouse.Trust.Enrolment;
using Gatehouse.Trust.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Membership;

/// <summary>What a member, which may be in wrong hands, gets from an issuer through the store: certificates of its own, and nobody else's.</summary>
public sealed class Requests_for_certificates : IAsyncLifetime
{
    private readonly ManualTime _time = new();
    private readonly StoreFixture _fixture = new();
    private readonly ECDsa _meshKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDsa _signingKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private EnrolmentBench _bench = null!;
    private SqliteStateStore _store = null!;
    private CertificateIssuer _issuer = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _bench = await EnrolmentBench.StartAsync(_time);
        _store = await _fixture.OpenAsync();
        _issuer = new CertificateIssuer(_store, _bench.Changes, _bench.Trust, _bench.Trail, _time, NullLogger<CertificateIssuer>.Instance);
        NodeDocument beta = _bench.Membership.Nodes["beta"];
        Put(beta with { SigningKey = _signingKey.ExportSubjectPublicKeyInfo(), MeshKey = Convert.ToHexStringLower(SHA256.HashData(_meshKey.ExportSubjectPublicKeyInfo())) });
    }

    public async ValueTask DisposeAsync()
    {
        await _issuer.DisposeAsync();
        await _store.DisposeAsync();
        _fixture.Dispose();
        _meshKey.Dispose();
        _signingKey.Dispose();
        _bench.Dispose();
    }

    [Fact]
    public async Task A_node_gets_certificates_with_its_own_names()
    {
        CertificateAnswerValue answer = await AskAsync("beta", LeafKind.Server, ["beta", "beta.example.org", "10.0.0.2", "127.77.0.2", "127.0.0.1"]);

        answer.Refusal.ShouldBeNull();
        using X509Certificate2 leaf = X509CertificateLoader.LoadCertificate(answer.Chain[0]);
        _bench.Document.Certificates.Values.Single().Names.Order(StringComparer.Ordinal).ShouldBe(["10.0.0.2", "127.0.0.1", "127.77.0.2", "::1", "beta", "beta.example.org", "localhost"]);
        (await AskAsync("beta", LeafKind.Mesh, [])).Refusal.ShouldBeNull();
    }

    [Theory]
    [InlineData("alpha")]
    [InlineData("Alpha")]
    [InlineData("10.0.0.1")]
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("127.77.0.1")]
    [InlineData("127.77.0.9")]
    public async Task A_node_gets_none_with_the_name_or_address_of_another(string name)
    {
        CertificateAnswerValue answer = await AskAsync("beta", LeafKind.Server, ["beta", name]);

        answer.Chain.ShouldBeEmpty();
        answer.Refusal.ShouldNotBeNull().ShouldContain("cannot name");
        _bench.Document.Certificates.ShouldBeEmpty();
        ShouldAlarm("node/beta");
    }

    [Fact]
    public async Task A_host_is_refused_that_became_anothers_and_granted_where_it_is_shared()
    {
        (await AskAsync("beta", LeafKind.Server, ["10.0.0.9"])).Refusal.ShouldBeNull();
        NodeDocument alpha = _bench.Membership.Nodes["alpha"];
        Put(alpha with { Addresses = ["10.0.0.9:7444"] });

        (await AskAsync("beta", LeafKind.Server, ["10.0.0.9"])).Refusal.ShouldNotBeNull("that it had it before is no right to it");
        Put(_bench.Membership.Nodes["beta"] with { SameHosts = ["10.0.0.9"] });
        (await AskAsync("beta", LeafKind.Server, ["10.0.0.9"])).Refusal.ShouldBeNull();
    }

    [Fact]
    public async Task A_node_asks_in_its_own_name_and_for_its_own_mesh_key_only()
    {
        using ECDsa other = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        (await AskAsync("alpha", LeafKind.Server, [])).Refusal.ShouldNotBeNull("signed by beta");
        (await AskAsync("alpha", LeafKind.Mesh, [])).Refusal.ShouldNotBeNull("signed by beta");
        (await AskAsync("nobody", LeafKind.Mesh, [])).Refusal.ShouldNotBeNull("no member");
        (await AskAsync("beta", LeafKind.Mesh, [], key: other)).Refusal.ShouldNotBeNull("another key");
        (await AskAsync("beta", LeafKind.Server, ["*.example.org"])).Refusal.ShouldNotBeNull("a wildcard");
        (await AskAsync("beta", LeafKind.Server, [], signedAs: "alpha")).Refusal.ShouldNotBeNull("a signature for something else");
        (await AskAsync("beta", LeafKind.Server, [], change: static r => r with { Names = ["10.0.0.2"] })).Refusal.ShouldNotBeNull("altered afterwards");
        (await AskAsync("beta", LeafKind.Server, [], change: static r => r with { Signature = [] })).Refusal.ShouldNotBeNull("not signed");

        _bench.Document.Certificates.ShouldBeEmpty();
        _bench.Trail.Records.Count(static r => r.Action == AuditAction.Alarm).ShouldBe(8);
    }

    [Fact]
    public async Task What_is_no_request_does_not_stop_the_issuer()
    {
        using RSA rsa = RSA.Create(1024);
        string[] unreadable =
        [
            "", "null", "[]", "{}",
            """{"nonce":"a","time":"2030-01-01T00:00:00Z","request":"","names":[null],"signature":""}""",
            """{"nonce":"a","time":"2030-01-01T00:00:00Z","request":"","names":null,"signature":""}""",
            """{"nonce":null,"time":"2030-01-01T00:00:00Z","request":"","names":[],"signature":""}""",
            """{"nonce":"a","time":"2030-01-01T00:00:00Z","request":"","names":[],"signature":"","more":1}""",
        ];
        foreach (string value in unreadable)
        {
            await _store.PutRuntimeAsync(CertificateExchange.Requests + "beta/mesh", Encoding.UTF8.GetBytes(value), null, Cancellation);
            (await _issuer.AnswerAsync(Cancellation)).ShouldBe(0, value);
        }

        await _store.PutRuntimeAsync(CertificateExchange.Requests + "beta/other", "{}"u8.ToArray(), null, Cancellation);
        await _store.PutRuntimeAsync(CertificateExchange.Requests + "beta", "{}"u8.ToArray(), null, Cancellation);
        Dictionary<string, byte[]> requests = new(StringComparer.Ordinal)
        {
            ["RSA"] = SigningRequests.Of(rsa),
            ["spelled out"] = SigningRequests.SpelledOut(_meshKey),
            ["none"] = [1, 2, 3],
        };
        foreach ((string what, byte[] request) in requests)
        {
            (await AskAsync("beta", LeafKind.Server, [], request: request)).Refusal.ShouldNotBeNull(what);
        }

        // A member's own key in a form that nobody reads.
        Put(_bench.Membership.Nodes["beta"] with { SigningKey = SigningRequests.SpelledOutKey(_signingKey) });
        (await AskAsync("beta", LeafKind.Server, [])).Refusal.ShouldNotBeNull();
        Put(_bench.Membership.Nodes["beta"] with { SigningKey = _signingKey.ExportSubjectPublicKeyInfo() });
        (await AskAsync("beta", LeafKind.Server, [])).Refusal.ShouldBeNull("it goes on for others");
    }

    private void Put(NodeDocument node) => _bench.Set(_bench.Membership with { Nodes = _bench.Membership.Nodes.SetItem(node.Name, node) });

    private void ShouldAlarm(string target)
    {
        AuditEvent record = _bench.Trail.Records.Last(static r => r.Action == AuditAction.Alarm);
        (record.Outcome, record.Problem, record.Target).ShouldBe((AuditOutcome.Failure, "GH3217", target));
    }

    // A request as beta signs it, whatever is in it; the issuer's answer.
    private async Task<CertificateAnswerValue> AskAsync(
        string node, LeafKind kind, ImmutableArray<string> names, ECDsa? key = null, byte[]? request = null, string? signedAs = null, Func<CertificateRequestValue, CertificateRequestValue>? change = null)
    {
        var value = new CertificateRequestValue
        {
            Nonce = RandomNumberGenerator.GetHexString(32),
            Time = _time.GetUtcNow(),
            Request = request ?? new CertificateRequest("CN=" + node, key ?? _meshKey, HashAlgorithmName.SHA256).CreateSigningRequest(),
            Names = names,
        };
        value = value with
        {
            Signature = _signingKey.SignData(CertificateExchange.Signed(value, signedAs ?? node, kind), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation),
        };
        value = change?.Invoke(value) ?? value;
        string name = CertificateExchange.NameOf(node, kind);
        await _store.PutRuntimeAsync(CertificateExchange.Requests + name, JsonSerializer.SerializeToUtf8Bytes(value, CertificateExchangeJson.Default.CertificateRequestValue), null, Cancellation);
        int issued = await _issuer.AnswerAsync(Cancellation);
        CertificateAnswerValue answer = CertificateExchangeJson.Read(
            await _store.GetRuntimeAsync(CertificateExchange.Answers + name, Cancellation), CertificateExchangeJson.Default.CertificateAnswerValue).ShouldNotBeNull();
        answer.Nonce.ShouldBe(value.Nonce);
        issued.ShouldBe(answer.Refusal is null ? 1 : 0);
        await _store.DeleteRuntimeAsync(CertificateExchange.Requests + name, Cancellation);
        return answer;
    }
}
