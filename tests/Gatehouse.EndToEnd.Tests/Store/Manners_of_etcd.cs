using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Gatehouse.Engine.Store;
using Gatehouse.Engine.Store.Etcd;
using Gatehouse.Engine.Tests.Store;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

#pragma warning disable CA2025 // What is handed to a task is awaited before it goes.
namespace Gatehouse.EndToEnd.Tests.Store;

/// <summary>What etcd does to whoever works with it for long: tokens end, history is compacted, space runs out, and what answers is not etcd.</summary>
public sealed class Manners_of_etcd : IDisposable
{
    private const string ClusterId = "0123456789abcdef0123456789abcdef";
    private readonly StoreFixture _fixture = new();

    [Fact]
    public async Task A_token_that_ended_and_users_that_changed_are_no_fault()
    {
        await using EtcdCluster etcd = await new EtcdCluster(1, secured: true, "--unsafe-no-fsync", "--auth-token-ttl=1").StartAsync();
        await using EtcdStateStore store = Open(etcd.Settings());
        long heard = 0;
        store.Changed += number => Interlocked.Exchange(ref heard, number);
        (await store.TryCommitAsync(0, StoreFixture.With("a"), _fixture.Note(), default)).IsCommitted.ShouldBeTrue();

        // A change of etcd's users makes every token stale at once.
        await etcd.AskAsync("auth/user/add", new { name = "other", password = "other-password" }, asRoot: true);
        (await store.TryCommitAsync(1, StoreFixture.With("b"), _fixture.Note(), default)).IsCommitted.ShouldBeTrue();
        await etcd.KillAsync(0);
        await etcd.RestartAsync(0);
        (await store.TryCommitAsync(2, StoreFixture.With("c"), _fixture.Note(), default)).IsCommitted.ShouldBeTrue();
        await using EtcdStateStore other = Open(etcd.Settings());
        (await other.TryCommitAsync(3, StoreFixture.With("d"), _fixture.Note(), default)).IsCommitted.ShouldBeTrue();
        await Eventually(() => Interlocked.Read(ref heard) == 4);
    }

    [Fact]
    public async Task Who_may_not_is_told_so()
    {
        await using EtcdCluster etcd = await new EtcdCluster(1, secured: true, "--unsafe-no-fsync").StartAsync();
        await using (EtcdStateStore elsewhere = Open(etcd.Settings("not-ours")))
        {
            (await ProblemOf(() => elsewhere.ReadCurrentAsync(default).AsTask())).ShouldBe(EtcdProblems.Forbidden);
            elsewhere.Health.Problem!.Definition.ShouldBe(EtcdProblems.Forbidden);
        }

        File.WriteAllText(Path.Combine(etcd.Folder, "password"), "wrong-password");
        await using (EtcdStateStore wrong = Open(etcd.Settings()))
        {
            (await ProblemOf(() => wrong.ReadCurrentAsync(default).AsTask())).ShouldBe(EtcdProblems.Credentials);
        }

        // A certificate with a common name is refused here, before the gateway does.
        ProblemException named = Should.Throw<ProblemException>(() => EtcdSettings.Load(
            etcd.Configuration() with { Certificate = Path.Combine(etcd.Folder, "named.pem"), Key = Path.Combine(etcd.Folder, "named.key") }, etcd.Folder));
        named.Problem.Definition.ShouldBe(EtcdProblems.CommonName);
        await using EtcdStateStore nobody = Open(EtcdSettings.Load(etcd.Configuration() with { Certificate = null, Key = null }, etcd.Folder));
        (await ProblemOf(() => nobody.ReadCurrentAsync(default).AsTask())).ShouldBeOneOf(EtcdProblems.Tls, EtcdProblems.Unreachable);
    }

    [Fact]
    public async Task A_watch_goes_on_over_compactions()
    {
        await using EtcdCluster etcd = await new EtcdCluster(1, false, "--unsafe-no-fsync").StartAsync();
        await using EtcdStateStore store = Open(etcd.Settings());
        await using EtcdStateStore other = Open(etcd.Settings());
        long heard = 0;
        other.Changed += number => Interlocked.Exchange(ref heard, number);
        var watch = Stopwatch.StartNew();
        for (int i = 0; i < 20; i++)
        {
            (await store.TryCommitAsync(i, StoreFixture.With("u" + i), _fixture.Note(), default)).IsCommitted.ShouldBeTrue();
            StatusAnswer status = await store.Client.StatusAsync(default);
            await store.Client.CompactAsync(status.Header!.Revision, default);
        }

        await Eventually(() => Interlocked.Read(ref heard) == 20);
        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(15));
        (await other.ReadCurrentAsync(default))!.Document.Users.Keys.ShouldBe(["u19"]);
    }

    [Fact]
    public async Task A_full_etcd_refuses_and_loses_nothing()
    {
        await using EtcdCluster etcd = await new EtcdCluster(1, false, "--unsafe-no-fsync", "--quota-backend-bytes=2000000").StartAsync();
        await using EtcdStateStore store = Open(etcd.Settings());
        (await store.TryCommitAsync(0, StoreFixture.With("first"), _fixture.Note(), default)).IsCommitted.ShouldBeTrue();
        ProblemDefinition? problem = null;
        for (int i = 0; i < 40 && problem is null; i++)
        {
            int at = i;
            problem = await ProblemOf(() => store.PutRuntimeAsync($"large/{at}", new byte[200_000], null, default).AsTask());
        }

        problem.ShouldBe(EtcdProblems.NoSpace);
        (await ProblemOf(() => store.TryCommitAsync(1, StoreFixture.With("second"), _fixture.Note(), default).AsTask())).ShouldBe(EtcdProblems.NoSpace);
        (await store.ReadCurrentAsync(default))!.Document.Users.Keys.ShouldBe(["first"]);
    }

    [Fact]
    public async Task What_expires_goes_with_its_lease_and_sweeps_keep_what_is_named()
    {
        await using EtcdCluster etcd = await new EtcdCluster(1, false, "--unsafe-no-fsync").StartAsync();
        await using EtcdStateStore store = Open(etcd.Settings());
        store.MostGenerations = 3;
        await store.PutRuntimeAsync("short", new byte[] { 1 }, _fixture.Time.GetUtcNow().AddSeconds(5), default);
        (await CountAsync(etcd, "runtime/", static one => one.TryGetProperty("lease", out _))).ShouldBe(1);
        for (int i = 0; i < 8; i++)
        {
            await store.TryCommitAsync(i, StoreFixture.With("user" + i), _fixture.Note(), default);
        }

        // What was put and never committed, as by a writer that died.
        await store.Client.RepeatAsync(new TxnRequest { Success = [EtcdOperation.Write(store.Keys.Chunk(new string('a', 64)), [1])] }, EtcdClient.ReadTime, default);
        await store.SweepAsync(default);
        (await store.ListGenerationsAsync(100, default)).Select(static one => one.Number).ShouldBe([8, 7, 6]);
        int chunks = await CountAsync(etcd, "policy/chunk/");
        _fixture.Time.Advance(TimeSpan.FromHours(25));
        (await store.SweepAsync(default)).ShouldBeGreaterThan(5);
        (await CountAsync(etcd, "policy/chunk/")).ShouldBeLessThan(chunks - 4);
        await using EtcdStateStore other = Open(etcd.Settings());
        foreach (long number in new long[] { 6, 7, 8 })
        {
            (await other.ReadAsync(number, default))!.Document.Users.Keys.ShouldBe(["user" + (number - 1)]);
        }

        // A writer whose chunk was removed between put and commit puts it again.
        (await other.TryCommitAsync(8, StoreFixture.With("user1"), _fixture.Note(), default)).IsCommitted.ShouldBeTrue();
        (await other.ReadCurrentAsync(default))!.Document.Users.Keys.ShouldBe(["user1"]);
    }

    [Fact]
    public async Task Two_clusters_are_not_taken_for_one()
    {
        await using EtcdCluster etcd = await new EtcdCluster(1, false, "--unsafe-no-fsync").StartAsync();
        await using EtcdCluster foreign = await new EtcdCluster(1, false, "--unsafe-no-fsync", "--initial-cluster-token=foreign").StartAsync();
        await using EtcdStateStore store = Open(EtcdSettings.Load(etcd.Configuration() with { Endpoints = [etcd.Urls[0], foreign.Urls[0]] }, etcd.Folder));
        await store.PutRuntimeAsync("a", new byte[] { 1 }, null, default);
        await etcd.KillAsync(0);
        (await ProblemOf(() => store.PutRuntimeAsync("b", new byte[] { 2 }, null, default).AsTask())).ShouldBeOneOf(EtcdProblems.WrongCluster, EtcdProblems.Unreachable);
        await etcd.RestartAsync(0);
        (await store.GetRuntimeAsync("a", default)).ShouldBe([1]);
    }

    [Fact]
    public async Task What_is_not_etcd_is_a_problem_and_nothing_more()
    {
        string[] answers =
        [
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
            "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnull",
            "HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n",
            "HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{\"header\":{\"cluster_id\":\"1\",\"revision\":\"1\"},\"kvs\":[{\"key\":\"eA==\",\"mod_revision\":\"1\"}]}    ",
            "SSH-2.0-OpenSSH_9.2\r\n",
        ];
        await Task.WhenAll(answers.Select(AskAsync));
    }

    private async Task AskAsync(string answer)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var stop = new CancellationTokenSource();
        Task serving = ServeAsync(listener, Encoding.ASCII.GetBytes(answer), stop.Token);
        await using (EtcdStateStore store = Open(new EtcdSettings { Endpoints = [new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}")] }))
        {
            (await ProblemOf(() => store.ListRuntimeAsync("a/", null, 10, default).AsTask())).ShouldNotBeNull(answer);
        }

        await stop.CancelAsync();
        await serving;
    }

    public void Dispose() => _fixture.Dispose();

    private static async Task ServeAsync(TcpListener listener, byte[] answer, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                using Socket socket = await listener.AcceptSocketAsync(stop);
                byte[] request = new byte[64 * 1024];
                _ = await socket.ReceiveAsync(request, stop);
                _ = await socket.SendAsync(answer, stop);
                socket.Shutdown(SocketShutdown.Send);
                _ = await socket.ReceiveAsync(request, stop);
            }
            catch (Exception fault) when (fault is OperationCanceledException or SocketException)
            {
                // The end, or a client that had enough.
            }
        }
    }

    private static async Task<ProblemDefinition?> ProblemOf(Func<Task> work)
    {
        try
        {
            await work();
            return null;
        }
        catch (ProblemException fault)
        {
            return fault.Problem.Definition;
        }
    }

    private static async Task<int> CountAsync(EtcdCluster etcd, string below, Func<System.Text.Json.JsonElement, bool>? which = null)
    {
        string start = $"gatehouse/{ClusterId}/{below}";
        System.Text.Json.JsonElement answer = await etcd.AskAsync("kv/range", new { key = EtcdCluster.Base64(start), range_end = EtcdCluster.Base64(start[..^1] + "0") });
        return answer.TryGetProperty("kvs", out System.Text.Json.JsonElement found) ? found.EnumerateArray().Count(one => which is null || which(one)) : 0;
    }

    private static async Task Eventually(Func<bool> condition)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(10));
            await Task.Delay(10);
        }
    }

    private EtcdStateStore Open(EtcdSettings settings) => EtcdStateStore.Open(settings, ClusterId, _fixture.Sealer, _fixture.Time, NullLogger.Instance);
}
