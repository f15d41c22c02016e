using Gatehouse.Administration;
using Gatehouse.Engine.Denials;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Engine.Store;
using Gatehouse.Engine.Tests.Gates;
using Gatehouse.Identity;
using Gatehouse.Membership;
using Gatehouse.Problems;
using Gatehouse.Trust.Files;
using Gatehouse.Trust.Nodes;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Denials;

/// <summary>What is denied without the store is in force at once, lasts, travels, and ends up in the cluster state.</summary>
public sealed class LocalDenialsTests : IAsyncLifetime
{
    private const string Anna = "native/anna";
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    private readonly string _root = Directory.CreateTempSubdirectory("gatehouse-denials-").FullName;
    private NodeTrust _trust = null!;
    private Generation _generation = null!;

    public async ValueTask InitializeAsync()
    {
        _trust = await TrustBootstrap.EnsureAsync(
            new TrustOptions { DataDirectory = Path.Combine(_root, "data"), NodeName = "alpha", NodeKeyPath = Path.Combine(_root, "keys/node.key"), Time = TimeProvider.System },
            TestContext.Current.CancellationToken);
        var document = new ClusterDocument
        {
            Users = new ClusterDocument().Users.Add("anna", new UserDocument
            {
                Name = "anna",
                Roles = ["superuser"],
                Password = "pbkdf2-sha512$210000$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g",
                Created = Now,
            }),
            Membership = _trust.DescribeAlone(Now, "t"),
        };
        _generation = new Generation(1, new string('a', 64), document, new ChangeNote("t", "first", Now));
    }

    public ValueTask DisposeAsync()
    {
        _trust.Dispose();
        Directory.Delete(_root, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_user_loses_everything_at_once_and_after_a_restart_while_the_store_is_away()
    {
        using (var node = new Side(this, away: true))
        {
            node.MayAnna.ShouldBeTrue();
            (await node.Denials.DenyAsync(DenialKinds.User, Anna, "laptop stolen", "native/admin", default)).ShouldBeNull();
            node.MayAnna.ShouldBeFalse();
            await node.Denials.MergeAsync(default);
            node.Denials.All.Length.ShouldBe(1, "the store is away: it is kept");
        }

        using var again = new Side(this, away: true);
        again.MayAnna.ShouldBeTrue("not loaded yet");
        again.Denials.Load();
        again.MayAnna.ShouldBeFalse();
    }

    [Fact]
    public async Task A_changed_file_stops_the_start()
    {
        using var node = new Side(this, away: true);
        await node.Denials.DenyAsync(DenialKinds.User, Anna, "x", "native/admin", default);
        string path = Path.Combine(_root, "data", LocalDenials.FileName);
        byte[] content = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        content[^1] ^= 1;
        SecretFile.Write(path, content);
        using var again = new Side(this, away: true);
        Should.Throw<ProblemException>(again.Denials.Load).Problem.Id.ShouldBe("GH2085");
    }

    [Fact]
    public async Task When_the_store_is_back_it_goes_into_the_cluster_state()
    {
        using var node = new Side(this, away: false);
        await node.Denials.DenyAsync(DenialKinds.User, Anna, "x", "native/admin", default);
        await node.Denials.MergeAsync(default);
        node.Denials.All.ShouldBeEmpty();
        node.Holder.Current.Document.Membership.Denied.Keys.ShouldBe(["user:native/anna"]);
        node.MayAnna.ShouldBeFalse();
    }

    [Fact]
    public async Task What_another_node_has_taken_over_makes_no_generation_of_its_own_and_is_forgotten_at_once()
    {
        using var node = new Side(this, away: false);
        await node.Denials.DenyAsync(DenialKinds.User, Anna, "x", "native/admin", default);
        SecuritySnapshot before = node.Holder.Current;
        DenialDocument denial = node.Denials.All.ShouldHaveSingleItem();
        ClusterDocument there = before.Document with { Membership = before.Document.Membership with { Denied = before.Document.Membership.Denied.Add("user:" + Anna, denial) } };

        node.Holder.Swap(SnapshotCompiler.Compile(before.Epoch + 1, 2, there, new List<Problem>())!);

        for (int i = 0; !node.Denials.All.IsEmpty; i++)
        {
            i.ShouldBeLessThan(500);
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        node.Holder.Current.Generation.ShouldBe(2);
        node.MayAnna.ShouldBeFalse("the state denies her now");
    }

    [Fact]
    public async Task A_peer_takes_it_over_only_with_the_signature_of_a_member()
    {
        using var told = new Side(this, away: true);
        using var other = new Side(this, away: true, folder: "other");
        await told.Denials.DenyAsync(DenialKinds.User, Anna, "x", "native/admin", default);
        ReadOnlyMemory<byte> notice = told.Denials.Pending.ShouldHaveSingleItem().Content;
        // The last characters of base64 have bits that say nothing.
        for (int at = 0; at < notice.Length - 8; at += 3)
        {
            byte[] forged = notice.ToArray();
            forged[at] ^= 1;
            await other.Denials.TakeAsync("beta", forged);
            other.Denials.All.ShouldBeEmpty($"byte {at}");
        }

        await other.Denials.TakeAsync("beta", notice);
        other.MayAnna.ShouldBeFalse();
    }

    [Fact]
    public async Task Keys_certificates_and_nodes_are_denied_too()
    {
        using var node = new Side(this, away: true);
        string hash = new('7', 64);
        await node.Denials.DenyAsync(DenialKinds.Certificate, hash, "x", "native/admin", default);
        await node.Denials.DenyAsync(DenialKinds.ApiKey, "k1", "x", "native/admin", default);
        await node.Denials.DenyAsync(DenialKinds.Node, "beta", "x", "native/admin", default);
        node.Holder.Current.IsRevoked(hash).ShouldBeTrue();
        node.Holder.Current.Denials.HasApiKey("k1").ShouldBeTrue();
        node.Holder.Current.Denials.Nodes.ShouldBe(["beta"]);
    }

    /// <summary>One node's side, with its store or without.</summary>
    private sealed class Side : IDisposable
    {
        private readonly StateChanges _changes;

        public Side(LocalDenialsTests test, bool away, string folder = "data")
        {
            Generation first = test._generation;
            var problems = new List<Problem>();
            Holder = new SnapshotHolder(SnapshotCompiler.Compile(1, 1, first.Document, problems)!);
            string data = Path.Combine(test._root, folder);
            PrivateFolder.Ensure(data);
            IStateStore store = away ? new OfflineStateStore(first, StoreProblems.StoreUnavailable.Because("away")) : Open(data, test, first);
            var last = new LastGenerationCache(data, Path.Combine(test._root, folder + ".seen"), test._trust.ClusterId, test._trust.Sealer, test._trust.NodeSealer);
            var trail = new FakeTrail();
            _changes = new StateChanges(store, last, Holder, trail, TimeProvider.System);
            Denials = new LocalDenials(data, test._trust, Holder, _changes, trail, TimeProvider.System);
        }

        public SnapshotHolder Holder { get; }

        public LocalDenials Denials { get; }

        public bool MayAnna => Holder.Current.TryGetRights(new Principal("anna", RealmNames.Native), null, Now, out _);

        public void Dispose()
        {
            Denials.Dispose();
            _changes.Dispose();
        }

        private static SqliteStateStore Open(string data, LocalDenialsTests test, Generation first)
        {
            SqliteStateStore store = SqliteStateStore.OpenAsync(data, test._trust.Sealer, TimeProvider.System, default).AsTask().GetAwaiter().GetResult();
            store.TryCommitAsync(0, first.Document, first.Note, default).AsTask().GetAwaiter().GetResult();
            return store;
        }
    }
}
