using System.Collections.Immutable;
using Gatehouse.Administration;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Hosting.Joining;
using Gatehouse.Engine.Store;
using Gatehouse.Trust.Enrolment;
using Shouldly;

namespace Gatehouse.Engine.Tests.Membership;

/// <summary>A host on which <c>gatehouse join</c> runs; the store that it is told of is the state of a bench.</summary>
internal sealed class JoiningHost : IDisposable
{
    private readonly EnrolmentBench _bench;
    private readonly string _root = Directory.CreateTempSubdirectory("gatehouse-joining-").FullName;

    public JoiningHost(EnrolmentBench bench)
    {
        _bench = bench;
        Directory.CreateDirectory(Path.Combine(_root, "keys"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public string Data => Path.Combine(_root, "data");

    public string Configuration => Path.Combine(_root, "gatehouse.yaml");

    private string Key => Path.Combine(_root, "keys", "node.key");

    /// <summary>What the join left, by names within the host's folder; empty: nothing.</summary>
    public string[] Rest =>
    [
        .. Directory.EnumerateFileSystemEntries(_root, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(_root, path)).Where(static path => path != "keys")
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>Joins. <paramref name="step"/> is called with every step; what it throws ends the join as a power cut does.</summary>
    public async Task<JoinReport> JoinAsync(JoinToken token, Action<string>? step = null, CancellationToken cancellation = default) => await JoinRun.RunAsync(
        token,
        new JoinOptions
        {
            DataDirectory = Data,
            ConfigurationFile = Configuration,
            KeyPath = Key,
            OpenStore = (_, cluster, sealer, _) =>
            {
                cluster.ShouldBe(_bench.Trust.ClusterId);
                sealer.KeyId.ShouldBe(_bench.Trust.Sealer.KeyId);
                return new(new StateOfBench(_bench));
            },
            FirstStart = static _ => Task.FromResult(new NodeConfiguration()),
            Step = step,
        },
        cancellation);

    /// <summary>That there is a node, and nothing beside it.</summary>
    public void ShouldBeNode()
    {
        Rest.ShouldContain("data/node.json");
        Rest.ShouldContain("gatehouse.yaml");
        Rest.Where(static path => path.StartsWith("keys/", StringComparison.Ordinal)).ShouldBe(["keys/node.key"]);
        Rest.ShouldNotContain(static path => path.Contains("joining", StringComparison.Ordinal) || path.EndsWith("join.json", StringComparison.Ordinal));
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private sealed class StateOfBench(EnrolmentBench bench) : IStateStore
    {
        public event Action<long>? Changed
        {
            add { }
            remove { }
        }

        public ValueTask<Generation?> ReadCurrentAsync(CancellationToken cancellation) =>
            new(new Generation(bench.Changes.Generation, "digest", bench.Document, new ChangeNote("t", "t", DateTimeOffset.UnixEpoch)));

        public ValueTask<Generation?> ReadAsync(long generation, CancellationToken cancellation) => throw new NotSupportedException();

        public ValueTask<CommitResult> TryCommitAsync(long expectedGeneration, ClusterDocument next, ChangeNote note, ImmutableArray<KeyringEntry> keyring, CancellationToken cancellation) =>
            throw new NotSupportedException();

        public ValueTask<ImmutableArray<byte[]>> ReadKeyringAsync(CancellationToken cancellation) => throw new NotSupportedException();

        public ValueTask<ImmutableArray<GenerationSummary>> ListGenerationsAsync(int limit, CancellationToken cancellation) => throw new NotSupportedException();

        public ValueTask<byte[]?> GetRuntimeAsync(string key, CancellationToken cancellation) => throw new NotSupportedException();

        public ValueTask PutRuntimeAsync(string key, ReadOnlyMemory<byte> value, DateTimeOffset? expires, CancellationToken cancellation) => throw new NotSupportedException();

        public ValueTask DeleteRuntimeAsync(string key, CancellationToken cancellation) => throw new NotSupportedException();

        public ValueTask WriteRuntimeAsync(IReadOnlyList<RuntimeWrite> writes, CancellationToken cancellation) => throw new NotSupportedException();

        public ValueTask<RuntimePage> ListRuntimeAsync(string prefix, string? after, int limit, CancellationToken cancellation) => throw new NotSupportedException();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
