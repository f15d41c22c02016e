using System.Net;
using System.Text.Json;
using Gatehouse.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Cluster;

/// <summary>A cluster with its state in etcd that was off for eleven years: <c>recover --certificates</c> on one node brings all of it back.</summary>
[Collection(nameof(OldCluster))]
public sealed class Everything_had_expired(OldCluster cluster)
{
    [Fact(Explicit = true)]
    public async Task An_issuer_makes_a_new_CA_and_the_others_follow_through_the_store()
    {
        Recovery seen = cluster.Recovery;
        seen.OnTheOther.ExitCode.ShouldBe(2, seen.OnTheOther.ToString());
        seen.OnTheOther.Error.ShouldContain("GH3311");
        OldCluster.Has(seen.Meanwhile, "GH3310").ShouldBeTrue("a node starts all the same, and says so");
        OldCluster.Fine(seen.Verified);
        seen.Done.GetProperty("ca_replaced").GetBoolean().ShouldBeTrue();
        seen.Again.GetProperty("ca_replaced").GetBoolean().ShouldBeFalse();
        string fingerprint = seen.Done.GetProperty("ca_fingerprint").GetString()!;
        seen.Again.GetProperty("ca_fingerprint").GetString().ShouldBe(fingerprint);
        OldCluster.Fine(seen.Issued);
        OldCluster.Say($"node-b had certificates again {OldCluster.Seconds(seen.Followed)} after node-a was ready");

        for (int i = 0; i < OldCluster.Nodes; i++)
        {
            Daemon daemon = cluster.Cluster.Daemons[i];
            JsonElement status = await daemon.StatusAsync();
            status.GetProperty("store").GetString().ShouldBe("etcd");
            status.GetProperty("certificate_expires").GetDateTimeOffset().ShouldBeGreaterThan(DateTimeOffset.UtcNow.AddDays(80));
            (await cluster.AskAsync(i, OldCluster.Anna)).ShouldBe(HttpStatusCode.OK, "users, roles and passwords are what they were");
        }

        // Who made it is in the trail of the node where it was made, and what was issued with the daemon down is known everywhere.
        Daemon first = cluster.Cluster.Daemons[0];
        first.Trail().Count(static r => r.GetRawText().Contains("the CA has expired: authority", StringComparison.Ordinal)).ShouldBe(1);
        (await first.CliAsync(["audit", "verify"])).ExitCode.ShouldBe(0);
        JsonElement certificate = seen.Listed.GetProperty("certificates").EnumerateArray()
            .Where(static one => one.GetProperty("subject").GetString() == OldCluster.Carl).ShouldHaveSingleItem();
        certificate.GetProperty("state").GetString().ShouldBe("good");
        OldCluster.Fine(seen.Chain);
    }
}
