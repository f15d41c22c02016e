using System.Security.Cryptography.X509Certificates;
using Gatehouse.Administration.Cluster;
using Gatehouse.Engine.Membership;
using Gatehouse.Engine.Tests.Administration;
using Gatehouse.Engine.Tests.Store;
using Gatehouse.Membership;
using Gatehouse.Problems.Cluster;
using Gatehouse.Testing.Time;
using Gatehouse.Trust.Authorities;
using Gatehouse.Trust.Enrolment;
using Gatehouse.Trust.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Membership;

/// <summary>Joins that begin and do not end well: nobody gets in, and what was handed out is worth nothing afterwards.</summary>
public sealed class Joins_that_come_to_nothing : IAsyncLifetime
{
    private readonly ManualTime _time = new();
    private EnrolmentBench _bench = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _bench = await EnrolmentBench.StartAsync(_time);

    public ValueTask DisposeAsync()
    {
        _bench.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_join_that_is_never_finished_ends_with_its_token_and_takes_its_certificates_along()
    {
        using JoinToken token = _bench.MakeToken();
        using EnrolmentJoiner joiner = new(_bench, token);
        using EnrolmentJoiner rival = new(_bench, token);
        EnrolmentBegun begun = await joiner.BegunAsync();
        _bench.Document.Certificates.Values.ShouldAllBe(c => c.Node == "gamma" && c.IssuedBy == "token/" + token.Id);
        _bench.Document.Certificates.Count.ShouldBe(2, "on record as soon as they are handed out");
        _bench.ShouldBeRefused(await rival.BeginAsync(), 401, "GH3205", "reserved");

        _time.Advance(TimeSpan.FromMinutes(30));
        _bench.ShouldBeRefused(await joiner.CompleteAsync(begun), 401, "GH3205", "expired");
        _bench.ShouldBeRefused(await rival.BeginAsync(), 401, "GH3205", "expired");
        await SweepAsync();

        _bench.Membership.Tokens.ShouldBeEmpty();
        _bench.Membership.Nodes.Keys.ShouldBe(["alpha", "beta"]);
        ShouldBeWorthless(begun);
        using JoinToken fresh = _bench.MakeToken();
        using EnrolmentJoiner next = new(_bench, fresh);
        (await next.CompleteAsync(await next.BegunAsync())).Status.ShouldBe(200, "the name is free");
        await SweepAsync();
        _bench.Document.Revocations.Count.ShouldBe(2, "a token that was used leaves nothing to be revoked");
    }

    [Fact]
    public async Task Who_gives_up_gives_the_token_back_and_not_the_certificates()
    {
        using JoinToken token = _bench.MakeToken();
        using EnrolmentJoiner joiner = new(_bench, token);
        EnrolmentBegun begun = await joiner.BegunAsync();

        (await joiner.AbortAsync()).Status.ShouldBe(200);

        ShouldBeWorthless(begun);
        using EnrolmentJoiner other = new(_bench, token);
        EnrolmentBegun others = await other.BegunAsync();
        _bench.ShouldBeRefused(await joiner.CompleteAsync(begun), 401, "GH3205", "reserved");
        _bench.ShouldBeRefused(await joiner.AbortAsync(), 401, "GH3205", "reserved");
        _bench.ShouldBeRefused(
            await other.CompleteAsync(others, c => (c.MeshCertificate, c.ServerCertificate) = (begun.MeshChain[0], begun.ServerChain[0])), 422, "GH3210", "not_joined");
        (await other.CompleteAsync(others)).Status.ShouldBe(200);
        _bench.ShouldBeRefused(await other.CompleteAsync(others), 401, "GH3205", "unknown_token");
        _bench.Membership.Nodes["gamma"].MeshKey.ShouldBe(other.MeshKeyHash);
    }

    [Fact]
    public async Task Keys_that_were_given_up_do_not_come_back()
    {
        using JoinToken token = _bench.MakeToken();
        using EnrolmentJoiner joiner = new(_bench, token);
        await joiner.BegunAsync();
        await joiner.AbortAsync();

        _bench.ShouldBeRefused(await joiner.BeginAsync(), 422, "GH3108", "not_reserved");

        _bench.Membership.Tokens[token.Id].ReservedBy.ShouldBeNull();
    }

    [Fact]
    public async Task A_token_taken_back_in_the_middle_ends_the_join()
    {
        using JoinToken token = _bench.MakeToken();
        using EnrolmentJoiner joiner = new(_bench, token);
        EnrolmentBegun begun = await joiner.BegunAsync();

        (await _bench.AdminAsync("admin", "DELETE", "/v1/enrolment-tokens/" + token.Id)).Status.ShouldBe(200);

        _bench.ShouldBeRefused(await joiner.CompleteAsync(begun), 401, "GH3205", "unknown_token");
        ShouldBeWorthless(begun);
        _bench.Document.Revocations.Values.ShouldAllBe(static r => r.By == "native/admin");
    }

    [Fact]
    public async Task Of_two_that_begin_or_complete_at_once_one_wins()
    {
        using JoinToken token = _bench.MakeToken();
        EnrolmentJoiner[] joiners = [.. Enumerable.Range(0, 8).Select(i => new EnrolmentJoiner(_bench, token, "192.0.2." + (i + 1)))];
        using var gate = new Barrier(joiners.Length);
        Reply[] begun = await Task.WhenAll(joiners.Select(joiner => Task.Run(
            async () =>
            {
                EnrolmentBegin call = joiner.Begin();
                gate.SignalAndWait(Cancellation);
                return await joiner.SendAsync(call);
            },
            Cancellation)));

        int winner = Array.FindIndex(begun, static reply => reply.Status == 200);
        begun.Count(static reply => reply.Status == 200).ShouldBe(1);
        begun.ShouldAllBe(static reply => reply.Status == 200 || reply.ErrorId == "GH3205");

        // The winner's own call, twice at once: one node, one number.
        EnrolmentComplete complete = joiners[winner].Complete(EnrolmentJoiner.Read(begun[winner]));
        Reply[] completed = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(() => joiners[winner].SendAsync(complete), Cancellation)));
        completed.ShouldContain(static reply => reply.Status == 200);
        completed.ShouldAllBe(static reply => reply.Status == 200 || reply.ErrorId == "GH3205");
        _bench.Membership.Nodes.Keys.ShouldBe(["alpha", "beta", "gamma"]);
        _bench.Membership.Nodes["gamma"].Number.ShouldBe(3);
        _bench.Document.Certificates.Count.ShouldBe(2, "nothing was recorded for the others");
        Array.ForEach(joiners, static joiner => joiner.Dispose());
    }

    [Fact]
    public async Task A_token_that_is_begun_with_again_and_again_is_worn_out()
    {
        using JoinToken token = _bench.MakeToken();
        for (int i = 0; i < TokenChanges.MostBegins; i++)
        {
            using EnrolmentJoiner joiner = new(_bench, token);
            await joiner.BegunAsync();
            await joiner.AbortAsync();
            _time.Advance(TimeSpan.FromMinutes(1));
        }

        using EnrolmentJoiner late = new(_bench, token);
        _bench.ShouldBeRefused(await late.BeginAsync(), 401, "GH3205", "not_reserved");
        _bench.Document.Certificates.Count.ShouldBe(2 * TokenChanges.MostBegins, "and the state does not grow without end");
    }

    [Fact]
    public async Task A_member_cannot_be_made_of_what_belongs_to_others()
    {
        using JoinToken token = _bench.MakeToken();
        using EnrolmentJoiner joiner = new(_bench, token);
        using JoinToken another = _bench.MakeToken("delta");
        using EnrolmentJoiner delta = new(_bench, another);
        EnrolmentBegun deltas = await delta.BegunAsync();
        (await delta.CompleteAsync(deltas)).Status.ShouldBe(200);
        EnrolmentBegun begun = await joiner.BegunAsync();
        NodeTrust alpha = _bench.Trust;
        (string Reason, Action<EnrolmentComplete> Change)[] wrong =
        [
            // Seen in any handshake; revoking the new node would revoke it for the node that uses it.
            ("not_joined", c => c.ServerCertificate = deltas.ServerChain[0]),
            ("not_joined", c => c.ServerCertificate = alpha.Server.Certificate.RawData),
            ("not_joined", c => c.ServerCertificate = begun.MeshChain[0]),
            ("impossible", c => c.MeshCertificate = deltas.MeshChain[0]),
            ("impossible", c => c.MeshCertificate = alpha.Mesh.Certificate.RawData),
            ("impossible", c => c.MeshCertificate = begun.ServerChain[0]),
            ("impossible", c => c.MeshCertificate = begun.MeshChain[1]),
            ("impossible", static c => c.MeshCertificate = [1, 2, 3]),
            ("impossible", c => c.NodeId = alpha.NodeId),
            ("impossible", static c => c.NodeId = "NODE"),
            ("impossible", static c => c.WrapKey = [1]),
            ("impossible", static c => c.Generation = 0),
            ("impossible", static c => c.Generation = long.MaxValue),
            ("impossible", static c => c.Addresses = ["10.0.0.3"]),
            ("impossible", static c => c.Addresses = ["10.0.0.3:7444\n"]),
            ("impossible", static c => c.AdminAddress = "http://10.0.0.3:7443"),
        ];
        foreach ((string reason, Action<EnrolmentComplete> change) in wrong)
        {
            _time.Advance(TimeSpan.FromSeconds(10));
            _bench.ShouldBeRefused(await joiner.CompleteAsync(begun, change), 422, "GH3210", reason);
        }

        _bench.Membership.Nodes.Keys.ShouldBe(["alpha", "beta", "delta"]);
        (await joiner.CompleteAsync(begun)).Status.ShouldBe(200);
        using X509Certificate2 deltasServer = X509CertificateLoader.LoadCertificate(deltas.ServerChain[0]);
        _bench.Document.Certificates[deltasServer.SerialNumber.ToLowerInvariant()].Node.ShouldBe("delta");
    }

    [Fact]
    public async Task Nobody_completes_without_having_begun()
    {
        using JoinToken token = _bench.MakeToken();
        using EnrolmentJoiner joiner = new(_bench, token);
        EnrolmentBegun begun = await joiner.BegunAsync();
        await joiner.AbortAsync();

        _bench.ShouldBeRefused(await joiner.CompleteAsync(begun), 401, "GH3205", "not_joined");
    }

    private void ShouldBeWorthless(EnrolmentBegun begun)
    {
        foreach (byte[] raw in (byte[][])[begun.MeshChain[0], begun.ServerChain[0]])
        {
            using X509Certificate2 leaf = X509CertificateLoader.LoadCertificate(raw);
            _bench.Document.Revocations.ShouldContainKey(IssuedCertificate.KeyHashOf(leaf));
        }
    }

    // As an issuer does it twice a second.
    private async Task SweepAsync()
    {
        using var fixture = new StoreFixture();
        await using Gatehouse.Engine.Store.SqliteStateStore store = await fixture.OpenAsync();
        await using var issuer = new CertificateIssuer(store, _bench.Changes, _bench.Trust, _bench.Trail, _time, NullLogger<CertificateIssuer>.Instance);
        (await issuer.AnswerAsync(Cancellation)).ShouldBe(0);
    }
}
