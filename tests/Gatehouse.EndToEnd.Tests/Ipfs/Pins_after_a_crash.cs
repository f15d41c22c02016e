using Gatehouse.EndToEnd.Tests.Running;
using Gatehouse.Testing.Ipfs;
using Gatehouse.Testing.Ipfs.State;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Ipfs;

/// <summary>A daemon that is killed while the cluster has not answered yet, and the limit of pins.</summary>
public sealed class Pins_after_a_crash
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task What_became_of_a_pin_is_asked_after_the_start()
    {
        await using StandInCluster cluster = await StandInCluster.StartAsync(new StandInOptions());
        int port = Ports.Free();
        await using var daemon = new Daemon(
            $"gates:\n  cluster:\n    protocol: http\n    system: ipfs-cluster\n    listen: 127.0.0.1:{port}\n    upstream: http://127.0.0.1:{cluster.Address.Port}\n    ipfs: {{ max_pins: 2 }}\n");
        await daemon.StartAsync();
        await daemon.AddUserAsync("anna", GuardedIpfs.Password, "ipfs_pinner");
        var gate = new Uri($"https://127.0.0.1:{port}");
        Task<WireAnswer> AskAsync(string line) => WireAnswer.AskAsync(gate, line, "Authorization: " + GuardedIpfs.Basic("anna"));

        string kept = Cids.OfRaw("kept"u8);
        string lost = Cids.OfRaw("lost"u8);
        foreach (string cid in new[] { kept, lost })
        {
            cluster.Faults.Plan("POST", $"/pins/{cid}", new Fault(FaultKind.Hang));
        }

        Task<WireAnswer>[] open = [AskAsync($"POST /pins/{kept}"), AskAsync($"POST /pins/{lost}")];
        foreach (string cid in new[] { kept, lost })
        {
            await cluster.Requests.WaitAsync(r => r.Method == "POST" && r.Target.Contains(cid, StringComparison.Ordinal), Limit);
        }

        daemon.Signal(9);
        await daemon.WaitForEndAsync();
        await Task.WhenAll(open);
        cluster.Pins.Add(kept, new PinOptions());
        cluster.Requests.Clear();
        await daemon.StartAsync();
        foreach (string cid in new[] { kept, lost })
        {
            RecordedRequest question = await cluster.Requests.WaitAsync(r => r.Method == "GET" && r.Target.Contains(cid, StringComparison.Ordinal), Limit);
            await question.Ended.WaitAsync(Limit);
        }

        (await AskAsync($"GET /pins/{kept}")).Status.ShouldBe(200, "it is anna's");
        string one = Cids.OfRaw("one"u8);
        await UntilAsync(async () => (await AskAsync($"POST /pins/{one}")).Status == 200, "the other one counts no more");
        (await AskAsync($"GET /pins/{lost}")).Status.ShouldBe(403, "nobody's");

        WireAnswer third = await AskAsync($"POST /pins/{Cids.OfRaw("three"u8)}");
        (third.Status, third.Body.Contains("GH5544", StringComparison.Ordinal)).ShouldBe((403, true), third.Body);
        (await AskAsync($"DELETE /pins/{one}")).Status.ShouldBe(200);
        (await AskAsync($"POST /pins/{Cids.OfRaw("three"u8)}")).Status.ShouldBe(200);
        cluster.Pins.All.Select(p => p.Cid).ShouldBe([kept, Cids.OfRaw("three"u8)], ignoreOrder: true);
    }

    // The cluster has answered; the ledger writes down what that means.
    private static async Task UntilAsync(Func<Task<bool>> isSo, string what)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (!await isSo())
        {
            limit.IsCancellationRequested.ShouldBeFalse(what);
            await Task.Delay(20);
        }
    }
}
