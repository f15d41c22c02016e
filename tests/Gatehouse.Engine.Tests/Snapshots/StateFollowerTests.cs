using System.Collections.Immutable;
using System.Net;
using Gatehouse.Administration;
using Gatehouse.Audit;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Engine.Store;
using Gatehouse.Engine.Tests.Administration;
using Gatehouse.Engine.Tests.Store;
using Gatehouse.Identity;
using Gatehouse.Membership;
using Gatehouse.Operations;
using Gatehouse.Policy;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Snapshots;

/// <summary>What a node does with what its store says, or does not say.</summary>
public sealed class StateFollowerTests : IAsyncDisposable
{
    private const string Node = "00112233445566ff";
    private readonly StoreFixture _fixture = new();
    private readonly FakeTrail _trail = new();
    private readonly StoreOfOthers _store = new();
    private readonly SnapshotHolder _snapshots;
    private readonly StateChanges _changes;
    private readonly StateFollower _follower;

    public StateFollowerTests()
    {
        _store.Set(1, StoreFixture.With("anna"));
        var last = new LastGenerationCache(_fixture.Data, _fixture.SeenPath, "cluster", _fixture.Sealer, _fixture.NodeSealer);
        last.Accept(_store.Current!);
        _snapshots = new SnapshotHolder(SnapshotCompiler.Compile(1, 1, _store.Current!.Document, new List<Problem>())!);
        _changes = new StateChanges(_store, last, _snapshots, _trail, _fixture.Time);
        _follower = Make();
    }

    [Fact]
    public async Task What_others_commit_comes_into_force()
    {
        int swapped = 0;
        _snapshots.Swapped += _ => swapped++;
        _store.Set(4, StoreFixture.With("anna", "berta"));

        await LookAsync();
        await LookAsync();

        _snapshots.Current.Generation.ShouldBe(4, "numbers in between may be skipped");
        _snapshots.Current.Users.ContainsKey("berta").ShouldBeTrue();
        swapped.ShouldBe(1);
        _follower.State.Problems().ShouldBeEmpty();
    }

    [Fact]
    public async Task An_older_state_a_fork_and_an_empty_store_change_nothing_and_alarm_once()
    {
        _store.Set(4, StoreFixture.With("anna", "berta"));
        await LookAsync();

        foreach (Action evil in new Action[] { () => _store.Set(3, StoreFixture.With("eve")), () => _store.Set(4, StoreFixture.With("eve"), "ff"), () => _store.Current = null })
        {
            evil();
            await LookAsync();
            await LookAsync();

            _snapshots.Current.Users.ContainsKey("berta").ShouldBeTrue();
            _follower.State.Refused.ShouldNotBeNull();
            _follower.State.Problems().Single().Definition.ShouldBe(ClusterStateProblems.StateRefused);
        }

        _trail.Records.Count(static r => r.Action == AuditAction.Alarm && r.Problem == ClusterStateProblems.StateRefused.Id).ShouldBe(3);
        _store.Set(5, StoreFixture.With("anna"));
        await LookAsync();
        _snapshots.Current.Generation.ShouldBe(5);
        _follower.State.Problems().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_store_that_is_away_stops_changes_and_after_a_while_everything_but_gatehouse()
    {
        await LookAsync();
        _store.Fault = StoreProblems.StoreFailed.Exception("no route to etcd");
        _fixture.Time.Advance(TimeSpan.FromHours(71));
        await LookAsync();

        May("anna", "whoami", "whoami").ShouldBeTrue("it goes on deciding");
        _follower.State.Problems().Single().Definition.ShouldBe(ClusterStateProblems.StoreAway);
        ChangeOutcome refused = await _changes.ChangeAsync("native/anna", "a change", document => ChangeDecision.To(document with { Users = document.Users.Clear() }), Token);
        refused.Problems.Single().Definition.ShouldBe(ClusterStateProblems.StoreNeeded);

        _fixture.Time.Advance(TimeSpan.FromHours(2));
        await LookAsync();
        May("anna", "whoami", "whoami").ShouldBeFalse();
        May("anna", "gatehouse", "status.read").ShouldBeTrue();
        _snapshots.Current.IsStale.ShouldBeTrue();

        // A restart does not begin the patience anew.
        await using StateFollower restarted = Make();
        await restarted.LookAsync(Token);
        restarted.State.IsStale.ShouldBeTrue();

        _store.Fault = null;
        await LookAsync();
        May("anna", "whoami", "whoami").ShouldBeTrue();
        _follower.State.Problems().ShouldBeEmpty();
        _trail.Records.Count(static r => r.Problem == ClusterStateProblems.StateTooOld.Id).ShouldBeGreaterThanOrEqualTo(2, "gone and back");
    }

    [Fact]
    public async Task A_start_without_the_store_judges_before_it_looks_and_what_is_this_nodes_own_changes_nothing()
    {
        await LookAsync();
        _store.Fault = StoreProblems.StoreFailed.Exception("no route to etcd");
        _fixture.Time.Advance(TimeSpan.FromHours(73));
        await using StateFollower restarted = Make();

        restarted.Judge();
        May("anna", "whoami", "whoami").ShouldBeFalse("nobody was asked yet");
        _trail.Records.Count(static r => r.Problem == ClusterStateProblems.StateTooOld.Id).ShouldBe(1);

        // A denial of this node's own is in force beside it, and takes nothing back.
        _snapshots.Deny([Denial("berta")]);
        _snapshots.Current.IsStale.ShouldBeTrue();
        _snapshots.Current.Denials.HasUser(RealmNames.Native, "berta").ShouldBeTrue();
        long epoch = _snapshots.Current.Epoch;
        _snapshots.Deny([]);
        _snapshots.Current.Epoch.ShouldBe(epoch + 1, "no two snapshots have one number");
    }

    [Fact]
    public async Task A_store_that_was_never_opened_confirms_nothing()
    {
        await LookAsync();
        var never = new OfflineStateStore(_store.Current!, StoreProblems.StoreUnavailable.Because("its settings cannot be read"));
        var last = new LastGenerationCache(_fixture.Data, _fixture.SeenPath, "cluster", _fixture.Sealer, _fixture.NodeSealer);
        using var changes = new StateChanges(never, last, _snapshots, _trail, _fixture.Time);
        var contact = new StoreContact(_fixture.Data, _fixture.NodeSealer, DateTimeOffset.MinValue, _fixture.Time.GetUtcNow());
        await using var follower = new StateFollower(never, changes, contact, new FollowerOptions { NodeId = Node }, _trail, _fixture.Time, NullLogger<StateFollower>.Instance);
        _fixture.Time.Advance(TimeSpan.FromHours(73));

        await follower.LookAsync(Token);

        follower.State.Problems().Select(static problem => problem.Definition).ShouldBe([ClusterStateProblems.StoreAway, ClusterStateProblems.StateTooOld]);
        May("anna", "whoami", "whoami").ShouldBeFalse();
    }

    [Fact]
    public async Task A_read_that_hangs_keeps_nothing_waiting_and_is_no_rollback_when_it_comes_late()
    {
        Generation old = _store.Current!;
        var late = new TaskCompletionSource<Generation?>();
        _store.Late = late.Task;
        Task hanging = _changes.FollowAsync(Token).AsTask();

        _store.Late = null;
        _store.Set(2, StoreFixture.With("anna", "berta"));
        await _changes.FollowAsync(Token).AsTask().WaitAsync(TimeSpan.FromSeconds(5), Token);
        _snapshots.Current.Generation.ShouldBe(2);

        late.SetResult(old);
        await hanging;
        _snapshots.Current.Generation.ShouldBe(2);
    }

    [Fact]
    public async Task A_node_that_the_state_does_not_name_any_more_denies_everything_but_gatehouse()
    {
        _store.Set(2, Members("ffffffffffffffff"));
        await LookAsync();

        May("anna", "whoami", "whoami").ShouldBeFalse();
        May("anna", "gatehouse", "status.read").ShouldBeTrue();
        _follower.State.Problems().Single().Definition.ShouldBe(EnrolmentProblems.NotAMember);
        ChangeOutcome refused = await _changes.ChangeAsync("native/anna", "a change", document => ChangeDecision.To(document with { Users = document.Users.Clear() }), Token);
        refused.Succeeded.ShouldBeFalse();

        _store.Set(3, Members(Node));
        await LookAsync();
        May("anna", "whoami", "whoami").ShouldBeTrue();
    }

    public async ValueTask DisposeAsync()
    {
        await _follower.DisposeAsync();
        _changes.Dispose();
        _fixture.Dispose();
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static DenialDocument Denial(string user) => new()
    {
        Kind = DenialKinds.User,
        Name = RealmNames.Native + "/" + user,
        Reason = "test",
        Time = DateTimeOffset.UnixEpoch,
        By = "kernel/root",
        Node = "n1",
    };

    private static ClusterDocument Members(string id) => Everything(StoreFixture.With("anna")) with
    {
        Membership = MembershipDocument.Default with
        {
            Nodes = MembershipDocument.Default.Nodes.Add("n1", new NodeDocument
            {
                Name = "n1",
                Id = id,
                Number = 1,
                PeerAddress = "127.77.0.1",
                WrapKey = [1],
                SigningKey = [1],
                MeshKey = "aa",
                Joined = DateTimeOffset.UnixEpoch,
                JoinedBy = "x",
            }),
        },
    };

    private static ClusterDocument Everything(ClusterDocument document) =>
        document with { Users = document.Users.ToImmutableSortedDictionary(static u => u.Key, static u => u.Value with { Roles = [BuiltInRoles.Superuser] }, StringComparer.Ordinal) };

    private StateFollower Make() => new(
        _store,
        _changes,
        new StoreContact(_fixture.Data, _fixture.NodeSealer, DateTimeOffset.MinValue, _fixture.Time.GetUtcNow()),
        new FollowerOptions { NodeId = Node },
        _trail,
        _fixture.Time,
        NullLogger<StateFollower>.Instance);

    private Task LookAsync() => _follower.LookAsync(Token);

    private bool May(string user, string system, string action)
    {
        SecuritySnapshot snapshot = _snapshots.Current;
        DateTimeOffset now = _fixture.Time.GetUtcNow();
        var principal = new Principal(user, RealmNames.Native);
        if (!snapshot.TryGetRights(principal, null, now, out Rights rights))
        {
            return false;
        }

        var operations = new OperationSet();
        operations.Begin(SystemAction.Intern(system, action));
        return Authorizer.Decide(
            snapshot.Policy, new AuthorizationContext(principal, rights.Roles, IPAddress.Loopback, "gate", false, now, 1) { Limit = rights.Limit }, operations).IsAllowed;
    }

    /// <summary>A store that others write to.</summary>
    private sealed class StoreOfOthers : IStateStore
    {
        public event Action<long>? Changed;

        public Generation? Current { get; set; }

        public ProblemException? Fault { get; set; }

        public Task<Generation?>? Late { get; set; }

        public StoreHealth Health => Fault is null ? StoreHealth.Up : new StoreHealth(DateTimeOffset.UnixEpoch, Fault.Problem);

        public void Set(long number, ClusterDocument document, string digest = "aa")
        {
            Current = new Generation(number, string.Concat(Enumerable.Repeat(digest, 32)), Everything(document), new ChangeNote("a", "b", DateTimeOffset.UnixEpoch));
            Changed?.Invoke(number);
        }

        public ValueTask<Generation?> ReadCurrentAsync(CancellationToken cancellation) => Late is { } late ? new(late) : Fault is null ? new(Current) : throw Fault;

        public ValueTask<Generation?> ReadAsync(long generation, CancellationToken cancellation) => ReadCurrentAsync(cancellation);

        public ValueTask<CommitResult> TryCommitAsync(
            long expectedGeneration, ClusterDocument next, ChangeNote note, ImmutableArray<KeyringEntry> keyring, CancellationToken cancellation) =>
            throw Fault ?? new ProblemException(StoreProblems.StoreFailed.Because("nobody writes here"));

        public ValueTask<ImmutableArray<byte[]>> ReadKeyringAsync(CancellationToken cancellation) => new([]);

        public ValueTask<ImmutableArray<GenerationSummary>> ListGenerationsAsync(int limit, CancellationToken cancellation) => new([]);

        public ValueTask<byte[]?> GetRuntimeAsync(string key, CancellationToken cancellation) => new((byte[]?)null);

        public ValueTask PutRuntimeAsync(string key, ReadOnlyMemory<byte> value, DateTimeOffset? expires, CancellationToken cancellation) => default;

        public ValueTask DeleteRuntimeAsync(string key, CancellationToken cancellation) => default;

        public ValueTask WriteRuntimeAsync(IReadOnlyList<RuntimeWrite> writes, CancellationToken cancellation) => default;

        public ValueTask<RuntimePage> ListRuntimeAsync(string prefix, string? after, int limit, CancellationToken cancellation) => new(new RuntimePage([], null));

        public ValueTask DisposeAsync() => default;
    }
}
