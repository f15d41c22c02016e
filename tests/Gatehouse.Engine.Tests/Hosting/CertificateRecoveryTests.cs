using Gatehouse.Engine.Hosting;
using Gatehouse.Engine.Hosting.Cluster;
using Gatehouse.Engine.Store;
using Gatehouse.Membership;
using Gatehouse.Problems;
using Gatehouse.Testing.Time;
using Gatehouse.Trust.Nodes;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Hosting;

/// <summary>After any time off, certificates come back without a loss of state.</summary>
public sealed class CertificateRecoveryTests : IDisposable
{
    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;
    private readonly string _folder = Directory.CreateTempSubdirectory("gatehouse-recovery-").FullName;
    private readonly ManualTime _time = new();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_CA_that_has_expired_is_replaced_and_the_state_stays()
    {
        string before = await MakeAsync();
        _time.Advance(TimeSpan.FromDays(4000));
        using (NodeTrust expired = await OpenAsync())
        {
            CertificateHealth.Problems(expired, _time.GetUtcNow()).Count().ShouldBe(5);
        }

        CertificatesRecovered done = await CertificateRecovery.RunAsync(Options, Cancellation);

        done.Before.ShouldBe(before);
        done.Now.ShouldNotBe(before);
        using NodeTrust trust = await OpenAsync();
        CertificateHealth.Problems(trust, _time.GetUtcNow()).ShouldBeEmpty();
        trust.CaFingerprint.ShouldBe(done.Now);
        await using SqliteStateStore store = await SqliteStateStore.OpenAsync(Options.DataDirectory, trust.Sealer, _time, Cancellation);
        Generation current = (await store.ReadCurrentAsync(Cancellation)).ShouldNotBeNull();
        current.Document.Users.ShouldContainKey("admin");
        AuthorityDocument only = current.Document.Membership.Authorities.ShouldHaveSingleItem();
        only.Phase.ShouldBe(TrustPhase.Active);
        only.Keys.ShouldContainKey(trust.NodeId);
    }

    [Fact]
    public async Task A_CA_that_is_good_stays_and_leaves_are_made_anew()
    {
        string before = await MakeAsync();
        _time.Advance(TimeSpan.FromDays(100));

        CertificatesRecovered done = await CertificateRecovery.RunAsync(Options, Cancellation);

        done.Before.ShouldBeNull();
        done.Now.ShouldBe(before);
        using NodeTrust trust = await OpenAsync();
        CertificateHealth.Problems(trust, _time.GetUtcNow()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_state_older_than_one_that_was_seen_brings_nothing_back()
    {
        string before = await MakeAsync();
        _time.Advance(TimeSpan.FromDays(4000));
        using (NodeTrust trust = await OpenAsync())
        {
            await using SqliteStateStore store = await SqliteStateStore.OpenAsync(Options.DataDirectory, trust.Sealer, _time, Cancellation);
            Generation current = (await store.ReadCurrentAsync(Cancellation)).ShouldNotBeNull();
            new LastGenerationCache(Options.DataDirectory, trust.HighestSeenPath, trust.ClusterId, trust.Sealer, trust.NodeSealer)
                .Accept(current with { Number = current.Number + 1, Digest = new string('e', 64) });
        }

        ProblemException refused = await Should.ThrowAsync<ProblemException>(() => CertificateRecovery.RunAsync(Options, Cancellation));

        refused.Problem.Id.ShouldBe("GH2030");
        using NodeTrust after = await OpenAsync();
        after.CaFingerprint.ShouldBe(before);
    }

    [Fact]
    public async Task A_certificate_of_the_future_is_told_with_the_clock_that_says_so()
    {
        await MakeAsync();
        using NodeTrust trust = await OpenAsync();
        Problem told = CertificateHealth.Problems(trust, _time.GetUtcNow().AddDays(-2)).First();
        told.Id.ShouldBe("GH3310");
        told.Text.ShouldContain("is not valid before");
        told.Text.ShouldContain("2029-12-30");
    }

    private NodeOptions Options => new()
    {
        ConfigurationFile = Path.Combine(_folder, "gatehouse.yaml"),
        DataDirectory = Path.Combine(_folder, "data"),
        NodeKeyPath = Path.Combine(_folder, "keys", "node.key"),
        NodeName = "alpha",
        Time = _time,
    };

    private async Task<string> MakeAsync()
    {
        using NodeTrust trust = await OpenAsync();
        NodeState state = await NodeState.OpenAsync(Options, new Gatehouse.Engine.Configuration.NodeConfiguration(), trust, Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance, Cancellation);
        await state.Store.DisposeAsync();
        return trust.CaFingerprint;
    }

    private async Task<NodeTrust> OpenAsync() => await TrustBootstrap.EnsureAsync(
        new TrustOptions { DataDirectory = Options.DataDirectory, NodeName = "alpha", NodeKeyPath = Options.NodeKeyPath, Time = _time }, Cancellation);
}
