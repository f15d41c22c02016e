using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Gatehouse.Administration.Cluster;
using Gatehouse.Audit;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Membership;
using Gatehouse.Engine.Tests.Administration;
using Gatehouse.Membership;
using Gatehouse.Testing.Time;
using Gatehouse.Trust.Enrolment;
using Gatehouse.Trust.Nodes;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Membership;

/// <summary>What hosts ask for that hold no token, a wrong one, or want more than theirs says: each is refused, and the trail says why.</summary>
public sealed class Requests_to_join_are_refused : IAsyncLifetime
{
    private readonly ManualTime _time = new();
    private EnrolmentBench _bench = null!;

    public async ValueTask InitializeAsync() => _bench = await EnrolmentBench.StartAsync(_time);

    public ValueTask DisposeAsync()
    {
        _bench.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task All_that_is_no_good_token_looks_the_same_outside_and_has_its_reason_in_the_trail()
    {
        using JoinToken token = _bench.MakeToken();
        using JoinToken other = _bench.MakeToken("delta");
        using JoinToken revoked = _bench.MakeToken("epsilon");
        _bench.Put(TokenChanges.Remove(_bench.Document, revoked.Id, "native/admin", _time.GetUtcNow()).Next!);
        using JoinToken reserved = _bench.MakeToken("zeta");
        using (EnrolmentJoiner first = new(_bench, reserved))
        {
            await first.BegunAsync();
        }

        using JoinToken expired = _bench.MakeToken("eta", t => t with { Expires = _time.GetUtcNow() });
        using EnrolmentJoiner joiner = new(_bench, token);
        (string Reason, EnrolmentBegin Call)[] calls =
        [
            ("unknown_token", joiner.Begin(static c => c.Token = "0123456789abcdef")),
            ("unknown_token", joiner.Begin(static c => c.Token = "no id at all\r\n")),
            ("unknown_token", joiner.Begin(c => (c.Token, c.Key) = (revoked.Id, revoked.Key.ToArray()))),
            ("wrong_key", joiner.Begin(static c => c.Key = RandomNumberGenerator.GetBytes(32))),
            ("wrong_key", joiner.Begin(static c => c.Key = [])),
            ("wrong_key", joiner.Begin(c => c.Key = token.KeyHash)),
            ("wrong_key", joiner.Begin(c => c.Key = other.Key.ToArray())),
            ("expired", joiner.Begin(c => (c.Token, c.Key) = (expired.Id, expired.Key.ToArray()))),
            ("reserved", joiner.Begin(c => (c.Token, c.Key) = (reserved.Id, reserved.Key.ToArray()))),
            ("wrong_name", joiner.Begin(static c => c.Node = "alpha")),
            ("wrong_name", joiner.Begin(static c => c.Node = "GAMMA")),
            ("wrong_signature", joiner.Begin() with { Signature = RandomNumberGenerator.GetBytes(64) }),
            ("wrong_signature", joiner.Begin() with { Signature = [] }),
        ];

        HashSet<string> answers = [];
        foreach ((string reason, EnrolmentBegin call) in calls)
        {
            Reply reply = await joiner.SendAsync(call);
            _bench.ShouldBeRefused(reply, 401, "GH3205", reason);
            answers.Add(reply.Body);
            _time.Advance(TimeSpan.FromSeconds(10)); // not too many in one minute
        }

        answers.Count.ShouldBe(1, "nobody learns from the answer what was wrong");
        _bench.Trail.Records.Count(static r => r.User is not null).ShouldBeGreaterThan(10);
        _bench.Trail.Records.ShouldAllBe(static r => r.User == null || r.User.Length == 16, "what was called a token is shown where it could be one");
        _bench.Membership.Tokens[token.Id].ReservedBy.ShouldBeNull();
    }

    [Fact]
    public async Task A_call_that_was_altered_after_it_was_signed_is_no_call()
    {
        using JoinToken token = _bench.MakeToken();
        using EnrolmentJoiner joiner = new(_bench, token);
        using EnrolmentJoiner other = new(_bench, token);
        EnrolmentBegin good = joiner.Begin(static c => c.ServerNames = ["a.example.org", "b.example.org"]);
        EnrolmentBegin[] altered =
        [
            good with { ServerNames = ["a.example.org"] },
            good with { ServerNames = ["a.example.orgb.example.org"] },
            good with { ServerNames = ["b.example.org", "a.example.org"] },
            good with { WrapKey = other.Begin().WrapKey },
            good with { MeshRequest = other.Request(LeafKind.Mesh) },
            good with { ServerRequest = other.Request(LeafKind.Server) },
            good with { MeshRequest = good.ServerRequest, ServerRequest = good.MeshRequest },
            good with { SigningKey = other.SigningKey },
        ];
        foreach (EnrolmentBegin call in altered)
        {
            _bench.ShouldBeRefused(await joiner.SendAsync(call), 401, "GH3205", "wrong_signature");
        }

        EnrolmentBegun begun = EnrolmentJoiner.Read(await joiner.SendAsync(good));
        _time.Advance(TimeSpan.FromMinutes(1));
        EnrolmentComplete complete = joiner.Complete(begun, static c => (c.Addresses, c.AdminAddress) = (["10.0.0.3:7444"], "10.0.0.3:7443"));
        foreach (EnrolmentComplete call in (EnrolmentComplete[])
        [
            complete with { Addresses = ["10.0.0.4:7444"] },
            complete with { AdminAddress = null },
            complete with { NodeId = "00000000000000cc" },
            complete with { WrapKey = other.Begin().WrapKey },
            complete with { Generation = complete.Generation - 1 },
            complete with { MeshCertificate = complete.ServerCertificate },
        ])
        {
            _bench.ShouldBeRefused(await joiner.SendAsync(call), 401, "GH3205", "wrong_signature");
        }

        // One step's signature is none for another.
        var abort = new EnrolmentCall { Token = token.Id, Key = token.Key.ToArray(), SigningKey = good.SigningKey, Signature = good.Signature };
        _bench.ShouldBeRefused(await _bench.PostAsync("abort", abort, MembershipJson.Default.EnrolmentCall), 401, "GH3205", "wrong_signature");
        _bench.Membership.Nodes.Keys.ShouldBe(["alpha", "beta"]);
        (await joiner.SendAsync(complete)).Status.ShouldBe(200);
        _bench.Membership.Nodes["gamma"].Addresses.ShouldBe(["10.0.0.3:7444"]);
    }

    [Theory]
    [InlineData("beta")]
    [InlineData("ALPHA")]
    [InlineData("10.0.0.1")]
    [InlineData("10.0.0.2")]
    [InlineData("::ffff:10.0.0.2")]
    [InlineData("127.77.0.1")]
    [InlineData("127.77.0.3")]
    public async Task Names_and_addresses_of_other_nodes_are_not_certified(string name)
    {
        using JoinToken token = _bench.MakeToken();
        using EnrolmentJoiner joiner = new(_bench, token);

        _bench.ShouldBeRefused(await joiner.BeginAsync(c => c.ServerNames = ["gamma.example.org", name]), 409, "GH3224", "impossible");

        _bench.Membership.Tokens[token.Id].ReservedBy.ShouldBeNull("nothing was reserved");
        _bench.Document.Certificates.ShouldBeEmpty("nothing was signed");
        EnrolmentBegun begun = await joiner.BegunAsync("gamma.example.org", "10.0.0.3", "127.0.0.2");
        NamesIn(begun.ServerChain[0]).ShouldBe(["10.0.0.3", "127.0.0.1", "127.0.0.2", "::1", "gamma", "gamma.example.org", "localhost"], ignoreOrder: true);
    }

    [Fact]
    public async Task A_host_that_the_token_shares_is_certified_and_no_other()
    {
        using JoinToken token = _bench.MakeToken(change: static t => t with { SameHosts = ["10.0.0.2"] });
        using EnrolmentJoiner joiner = new(_bench, token);
        _bench.ShouldBeRefused(await joiner.BeginAsync(static c => c.ServerNames = ["10.0.0.2", "10.0.0.1"]), 409, "GH3224", "impossible");

        EnrolmentBegun begun = await joiner.BegunAsync("10.0.0.2");
        (await joiner.CompleteAsync(begun, static c => c.Addresses = ["10.0.0.2:8444"])).Status.ShouldBe(200);

        _bench.Membership.Nodes["gamma"].SameHosts!.Value.ShouldBe(["10.0.0.2"]);
        HostClaims.Refusal(_bench.Membership, "beta", ["10.0.0.2"], null).ShouldBeNull("the host stays the first one's, too");
    }

    [Fact]
    public async Task What_became_anothers_while_the_node_joined_is_seen_when_it_becomes_a_member()
    {
        using JoinToken token = _bench.MakeToken();
        using EnrolmentJoiner joiner = new(_bench, token);
        EnrolmentBegun begun = await joiner.BegunAsync("10.0.0.9");
        NodeDocument beta = _bench.Membership.Nodes["beta"];
        _bench.Set(_bench.Membership with { Nodes = _bench.Membership.Nodes.SetItem("beta", beta with { Addresses = ["10.0.0.9:7444"] }) });

        _bench.ShouldBeRefused(await joiner.CompleteAsync(begun), 409, "GH3224", "not_joined");

        _bench.Membership.Nodes.Keys.ShouldBe(["alpha", "beta"]);
        (await joiner.AbortAsync()).Status.ShouldBe(200);
        _bench.Document.Revocations.Count.ShouldBe(2, "the certificate that names the other's host is worth nothing any more");
    }

    [Fact]
    public async Task Nobody_joins_at_a_host_that_another_nodes_certificate_names()
    {
        using JoinToken first = _bench.MakeToken("delta");
        using (EnrolmentJoiner delta = new(_bench, first))
        {
            EnrolmentBegun begun = await delta.BegunAsync("10.0.0.9");
            (await delta.CompleteAsync(begun, static c => c.Addresses = ["10.0.0.4:7444"])).Status.ShouldBe(200);
        }

        using JoinToken token = _bench.MakeToken();
        using EnrolmentJoiner joiner = new(_bench, token);
        EnrolmentBegun own = await joiner.BegunAsync();
        Reply refused = await joiner.CompleteAsync(own, static c => c.AdminAddress = "10.0.0.9:7443");

        _bench.ShouldBeRefused(refused, 409, "GH3224", "not_joined");
        refused.Json.GetProperty("error").GetProperty("text").GetString().ShouldNotBeNull().ShouldContain("node `delta`");
        (await joiner.CompleteAsync(own, static c => c.AdminAddress = "10.0.0.3:7443")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task The_name_of_a_member_is_refused_without_replace()
    {
        using JoinToken token = _bench.MakeToken();
        using EnrolmentJoiner joiner = new(_bench, token);
        NodeDocument beta = _bench.Membership.Nodes["beta"];
        _bench.Set(_bench.Membership with { Nodes = _bench.Membership.Nodes.Add("gamma", beta with { Name = "gamma", Id = "00000000000000cc", Number = 3, Addresses = [], PeerAddress = "127.77.0.3" }) });

        _bench.ShouldBeRefused(await joiner.BeginAsync(), 409, "GH3204", "impossible");
    }

    [Fact]
    public async Task Requests_over_other_keys_are_refused_and_reserve_nothing()
    {
        using JoinToken token = _bench.MakeToken();
        using EnrolmentJoiner joiner = new(_bench, token);
        using RSA weak = RSA.Create(1024);
        using RSA strong = RSA.Create(3072);
        using ECDsa other = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using ECDsa own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] stolen = SigningRequests.Of(own);
        stolen[^3] ^= 1; // the public key is there, its holder's signature is not
        (string What, byte[] Request)[] wrong =
        [
            ("RSA of 1024 bits", SigningRequests.Of(weak)),
            ("RSA of 3072 bits", SigningRequests.Of(strong)),
            ("P-384", SigningRequests.Of(other)),
            ("P-256 spelled out in numbers", SigningRequests.SpelledOut(own)),
            ("signed by somebody else", stolen),
            ("a certificate", _bench.Trust.Server.Certificate.RawData),
            ("nothing", []),
            ("something behind it", [.. SigningRequests.Of(own), 0]),
            ("more than a request", new byte[10_000]),
        ];
        foreach ((string what, byte[] request) in wrong)
        {
            _bench.ShouldBeRefused(await joiner.BeginAsync(c => c.MeshRequest = request), 422, "GH3043", "certificate_request");
            _bench.ShouldBeRefused(await joiner.BeginAsync(c => c.ServerRequest = request), 422, "GH3043", "certificate_request");
            _time.Advance(TimeSpan.FromSeconds(20));
            _bench.Membership.Tokens[token.Id].ReservedBy.ShouldBeNull(what);
        }

        _bench.Document.Certificates.ShouldBeEmpty();
        await joiner.BegunAsync();
    }

    [Fact]
    public async Task What_a_request_asks_for_beside_its_key_is_not_in_the_certificate()
    {
        using JoinToken token = _bench.MakeToken();
        using EnrolmentJoiner joiner = new(_bench, token);
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        EnrolmentBegun begun = EnrolmentJoiner.Read(await joiner.BeginAsync(c =>
        {
            c.MeshRequest = SigningRequests.Greedy(key);
            c.ServerRequest = SigningRequests.Greedy(key);
            c.ServerNames = ["gamma.example.org"];
        }));

        foreach ((byte[] raw, string[] usages, string[] names) in ((byte[], string[], string[])[])
        [
            (begun.MeshChain[0], ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"], []),
            (begun.ServerChain[0], ["1.3.6.1.5.5.7.3.1"], ["127.0.0.1", "::1", "gamma", "gamma.example.org", "localhost"]),
        ])
        {
            using X509Certificate2 leaf = X509CertificateLoader.LoadCertificate(raw);
            leaf.Subject.ShouldBe("CN=gamma");
            leaf.Extensions.OfType<X509BasicConstraintsExtension>().Single().CertificateAuthority.ShouldBeFalse();
            leaf.Extensions.OfType<X509KeyUsageExtension>().Single().KeyUsages.ShouldBe(X509KeyUsageFlags.DigitalSignature);
            leaf.Extensions.OfType<X509EnhancedKeyUsageExtension>().Single().EnhancedKeyUsages.Cast<Oid>().Select(static o => o.Value).ShouldBe(usages);
            NamesIn(raw).ShouldBe(names, ignoreOrder: true);
            Encoding.Latin1.GetString(raw).ShouldNotContain("evil.example");
        }

        using X509Certificate2 mesh = X509CertificateLoader.LoadCertificate(begun.MeshChain[0]);
        _bench.Trust.NamesNode(mesh, "gamma").ShouldBeTrue("the node's URI, and no other name");
    }

    [Fact]
    public async Task Names_and_keys_that_no_node_has_are_refused()
    {
        using JoinToken token = _bench.MakeToken();
        using EnrolmentJoiner joiner = new(_bench, token);
        using RSA rsa = RSA.Create(2048);
        using ECDsa curve = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using ECDsa own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Action<EnrolmentBegin>[] wrong =
        [
            static c => c.ServerNames = ["*.example.org"],
            static c => c.ServerNames = [.. Enumerable.Range(0, 33).Select(static i => $"n{i}.example.org")],
            c => c.WrapKey = rsa.ExportSubjectPublicKeyInfo(),
            c => c.WrapKey = curve.ExportSubjectPublicKeyInfo(),
            c => c.WrapKey = SigningRequests.SpelledOutKey(own),
            static c => c.WrapKey = [1, 2, 3],
            static c => c.WrapKey = [],
        ];
        foreach (Action<EnrolmentBegin> change in wrong)
        {
            _bench.ShouldBeRefused(await joiner.BeginAsync(change), 422, "GH3210", "impossible");
        }

        foreach (string name in (string[])["under_score.example.org", "a b", "http://x", "10.0.0.03", "", new string('a', 64) + ".example.org"])
        {
            _bench.ShouldBeRefused(await joiner.BeginAsync(c => c.ServerNames = [name]), 422, "GH3040", "certificate_request");
        }

        _bench.Membership.Tokens[token.Id].ReservedBy.ShouldBeNull();
    }

    [Fact]
    public async Task A_signing_key_of_another_kind_signs_nothing()
    {
        using JoinToken token = _bench.MakeToken();
        using EnrolmentJoiner joiner = new(_bench, token);
        using RSA rsa = RSA.Create(2048);
        using ECDsa curve = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using ECDsa own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        foreach (byte[] key in (byte[][])[rsa.ExportSubjectPublicKeyInfo(), curve.ExportSubjectPublicKeyInfo(), SigningRequests.SpelledOutKey(own), [0x30, 0], [], new byte[300]])
        {
            _bench.ShouldBeRefused(await joiner.SendAsync(joiner.Begin() with { SigningKey = key }), 401, "GH3205", "wrong_signature");
        }
    }

    [Theory]
    [InlineData("""{}""")]
    [InlineData("null")]
    [InlineData("""{"token":"a","key":"","signing_key":"","signature":"","node":"gamma","wrap_key":"","mesh_request":"","server_request":"","server_names":[null]}""")]
    [InlineData("""{"token":"a","key":"","signing_key":"","signature":"","node":"gamma","wrap_key":"","mesh_request":"","server_request":"","server_names":null}""")]
    [InlineData("""{"token":"a","key":"","signing_key":"","signature":"","node":"gamma","wrap_key":"","mesh_request":"","server_request":"","roles":["issuer"]}""")]
    [InlineData("""{"token":"a","token":"b","key":"","signing_key":"","signature":"","node":"gamma","wrap_key":"","mesh_request":"","server_request":""}""")]
    [InlineData("""{"token":"\ud800","key":"","signing_key":"","signature":"","node":"gamma","wrap_key":"","mesh_request":"","server_request":""}""")]
    public async Task A_body_that_is_none_is_refused_and_recorded(string body)
    {
        _bench.ShouldBeRefused(await _bench.CallAsync("POST", "/v1/enrolment/begin", body), 400, "GH9007", "malformed");
    }

    [Fact]
    public async Task Null_among_addresses_and_a_body_without_end_are_refused_and_recorded()
    {
        const string Complete = """
            {"token":"a","key":"","signing_key":"","signature":"","node":"gamma","node_id":"","wrap_key":"","mesh_certificate":"","server_certificate":"","addresses":[null],"generation":1}
            """;
        _bench.ShouldBeRefused(await _bench.CallAsync("POST", "/v1/enrolment/complete", Complete), 400, "GH9007", "malformed");
        _bench.ShouldBeRefused(await _bench.CallAsync("POST", "/v1/enrolment/begin", new string(' ', 65 * 1024)), 400, "GH9007", "malformed");
        _bench.ShouldBeRefused(await _bench.CallAsync("GET", "/v1/enrolment/authority?token=x&nonce=y"), 400, "GH9007", "malformed");
        _bench.ShouldBeRefused(await _bench.CallAsync("GET", "/v1/enrolment/begin"), 404, "GH9008", "no_such_endpoint");
        _bench.ShouldBeRefused(await _bench.CallAsync("POST", "/v1/enrolment/tokens", "{}"), 404, "GH9008", "no_such_endpoint");
    }

    [Fact]
    public async Task Without_TLS_there_is_no_such_endpoint()
    {
        using JoinToken token = _bench.MakeToken();
        using EnrolmentJoiner joiner = new(_bench, token);
        string body = Encoding.UTF8.GetString(JsonSerializer.SerializeToUtf8Bytes(joiner.Begin(), MembershipJson.Default.EnrolmentBegin));

        Reply reply = await _bench.CallAsync("POST", "/v1/enrolment/begin", body, change: static http => http.Features.Set<IGateConnectionFeature>(new FakeConnection { IsSecured = false }));

        _bench.ShouldBeRefused(reply, 404, "GH9008", "no_enrolment");
        _bench.Membership.Tokens[token.Id].ReservedBy.ShouldBeNull();
    }

    [Fact]
    public async Task Neither_the_tokens_key_nor_the_stores_password_is_in_a_record_or_a_refusal()
    {
        using JoinToken token = _bench.MakeToken();
        using EnrolmentJoiner joiner = new(_bench, token);
        Reply refused = await joiner.BeginAsync(static c => c.ServerNames = ["*.example.org"]);
        Reply begun = await joiner.BeginAsync();
        await joiner.CompleteAsync(EnrolmentJoiner.Read(begun), static c => c.Generation = 0);
        string[] secrets = [Convert.ToBase64String(token.Key.Span), Convert.ToHexStringLower(token.Key.Span), token.Encode(), "never in a record"];

        IEnumerable<string?> texts = _bench.Trail.Records.SelectMany(static r => new[] { r.User, r.Message, r.Reason, r.Path, r.Target })
            .Concat(_bench.Changes.Summaries).Append(refused.Body).Append(begun.Body);

        texts.OfType<string>().ShouldAllBe(text => !secrets.Any(secret => text.Contains(secret, StringComparison.Ordinal)));
        _bench.Trail.Records.Last(static r => r.Action == AuditAction.AccessGranted).Target.ShouldBe("node/gamma");
    }

    private static string[] NamesIn(byte[] leaf)
    {
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(leaf);
        return [.. certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(static names => names.EnumerateDnsNames().Concat(names.EnumerateIPAddresses().Select(static a => a.ToString())))];
    }
}
