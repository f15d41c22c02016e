using System.Collections.Immutable;
using Gatehouse.Administration;
using Gatehouse.Engine.Membership;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Engine.Store;
using Gatehouse.Engine.Tests.Administration;
using Gatehouse.Membership;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;
using Gatehouse.Testing.Time;
using Gatehouse.Trust.Authorities;
using Gatehouse.Trust.Enrolment;
using Gatehouse.Trust.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Membership;

/// <summary>How soon a node that asks for a certificate and an issuer find each other.</summary>
public sealed class CertificateExchangeTests : IAsyncLifetime
{
    private readonly string _root = Directory.CreateTempSubdirectory("gatehouse-certificates-").FullName;
    private readonly CountingStore _store = new();
    private readonly OneDocument _changes = new();
    private NodeTrust _issuer = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _issuer = await OpenAsync("alpha");
        _changes.Current = new ClusterDocument { Membership = _issuer.DescribeAlone(TimeProvider.System.GetUtcNow(), "t") };
    }

    public ValueTask DisposeAsync()
    {
        _issuer.Dispose();
        Directory.Delete(_root, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task An_issuer_looks_often_once_the_authority_changed_and_calms_down_again()
    {
        var time = new ManualTime();
        await using var issuer = new CertificateIssuer(_store, _changes, _issuer, new FakeTrail(), time, NullLogger<CertificateIssuer>.Instance);
        issuer.Start();

        time.Advance(TimeSpan.FromMilliseconds(499));
        _store.Looks.ShouldBe(0);
        time.Advance(TimeSpan.FromMilliseconds(1));
        await LooksAsync(1);

        // As after each change of what the node accepts or shows.
        _issuer.RenewServerCertificate([], TimeProvider.System.GetUtcNow());
        for (int look = 2; look < 10; look++)
        {
            time.Advance(TimeSpan.FromMilliseconds(50));
            await LooksAsync(look);
        }

        int before;
        do
        {
            Cancellation.ThrowIfCancellationRequested();
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(50, Cancellation);
            before = _store.Looks;
            time.Advance(TimeSpan.FromMilliseconds(400));
            await Task.Delay(50, Cancellation);
        }
        while (_store.Looks > before);
    }

    [Fact]
    public async Task A_node_looks_for_its_answer_soon_at_first_and_gives_up_in_time()
    {
        using NodeTrust trust = await JoinAsync("beta");
        var time = new LeapingTime();
        await using var renewal = new CertificateRenewal(_store, _changes, trust, static () => [], time, NullLogger<CertificateRenewal>.Instance);

        ProblemException fault = await Should.ThrowAsync<ProblemException>(() => renewal.RenewAsync(Cancellation));

        fault.Problem.Definition.ShouldBe(EnrolmentProblems.NoIssuer);
        time.Pauses.Take(6).Select(static pause => pause.TotalMilliseconds).ShouldBe([25, 50, 100, 200, 250, 250]);
        time.Pauses.Sum(static pause => pause.TotalSeconds).ShouldBeInRange(30, 31);
        _store.Asked.ShouldBe(["cert-request/beta/mesh"]);
        _store.Deleted.ShouldBe(["cert-request/beta/mesh"], "whoever gave up does not get a certificate made for nobody");
    }

    private async Task LooksAsync(int count)
    {
        while (_store.Looks < count)
        {
            await Task.Delay(5, Cancellation);
        }

        _store.Looks.ShouldBe(count);
    }

    private async Task<NodeTrust> JoinAsync(string name)
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        MembershipDocument membership = _changes.Current.Membership;
        using (JoiningTrust joining = JoiningTrust.Open(Folder(name), KeyPath(name), name))
        {
            membership = membership with
            {
                Nodes = membership.Nodes.Add(name, new NodeDocument
                {
                    Name = name,
                    Id = joining.NodeId,
                    Number = 2,
                    PeerAddress = "127.77.0.2",
                    WrapKey = joining.WrapPublicKey.ToArray(),
                    SigningKey = joining.SigningPublicKey.ToArray(),
                    MeshKey = joining.MeshKeyHash,
                    Joined = now,
                    JoinedBy = "t",
                }),
            };
            joining.Complete(new JoinGrant
            {
                ClusterId = _issuer.ClusterId,
                DataKeys = _issuer.WrapDataKeys(joining.WrapPublicKey.Span),
                Membership = membership,
                Mesh = _issuer.AnswerRequest(LeafKind.Mesh, joining.MakeRequest(LeafKind.Mesh), name, [], now),
                Server = _issuer.AnswerRequest(LeafKind.Server, joining.MakeRequest(LeafKind.Server), name, [], now),
            });
        }

        return await OpenAsync(name);
    }

    private async Task<NodeTrust> OpenAsync(string name) => await TrustBootstrap.EnsureAsync(
        new TrustOptions { DataDirectory = Folder(name), NodeName = name, NodeKeyPath = KeyPath(name), Time = TimeProvider.System }, Cancellation);

    private string Folder(string name) => Path.Combine(_root, name);

    private string KeyPath(string name) => Path.Combine(_root, "keys", name + ".key");

    /// <summary>Every wait is over at once, and the clock shows that it was waited for; it begins when all certificates are due.</summary>
    private sealed class LeapingTime : TimeProvider
    {
        private DateTimeOffset _now = System.GetUtcNow().AddYears(20);

        public List<TimeSpan> Pauses { get; } = [];

        public override DateTimeOffset GetUtcNow() => _now;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Pauses.Add(dueTime);
            _now += dueTime;
            return System.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }

    private sealed class OneDocument : IStateChanges
    {
        public long Generation => 1;

        public ClusterDocument Current { get; set; } = new();

        public ValueTask<ChangeOutcome> ChangeAsync(string actor, string summary, Func<ClusterDocument, ChangeDecision> change, CancellationToken cancellation) =>
            throw new NotSupportedException();
    }

    /// <summary>Holds nothing, and counts who looks.</summary>
    private sealed class CountingStore : IStateStore
    {
        private int _looks;

        public event Action<long>? Changed
        {
            add { }
            remove { }
        }

        public int Looks => Volatile.Read(ref _looks);

        public List<string> Asked { get; } = [];

        public List<string> Deleted { get; } = [];

        public ValueTask<Generation?> ReadCurrentAsync(CancellationToken cancellation) => throw new NotSupportedException();

        public ValueTask<Generation?> ReadAsync(long generation, CancellationToken cancellation) => throw new NotSupportedException();

        public ValueTask<CommitResult> TryCommitAsync(
            long expectedGeneration, ClusterDocument next, ChangeNote note, ImmutableArray<KeyringEntry> keyring, CancellationToken cancellation) => throw new NotSupportedException();

        public ValueTask<ImmutableArray<byte[]>> ReadKeyringAsync(CancellationToken cancellation) => throw new NotSupportedException();

        public ValueTask<ImmutableArray<GenerationSummary>> ListGenerationsAsync(int limit, CancellationToken cancellation) => throw new NotSupportedException();

        public ValueTask<byte[]?> GetRuntimeAsync(string key, CancellationToken cancellation) => new((byte[]?)null);

        public ValueTask PutRuntimeAsync(string key, ReadOnlyMemory<byte> value, DateTimeOffset? expires, CancellationToken cancellation)
        {
            Asked.Add(key);
            return ValueTask.CompletedTask;
        }

        public ValueTask DeleteRuntimeAsync(string key, CancellationToken cancellation)
        {
            Deleted.Add(key);
            return ValueTask.CompletedTask;
        }

        public ValueTask WriteRuntimeAsync(IReadOnlyList<RuntimeWrite> writes, CancellationToken cancellation) => throw new NotSupportedException();

        public ValueTask<RuntimePage> ListRuntimeAsync(string prefix, string? after, int limit, CancellationToken cancellation)
        {
            Interlocked.Increment(ref _looks);
            return new(new RuntimePage([], null));
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
