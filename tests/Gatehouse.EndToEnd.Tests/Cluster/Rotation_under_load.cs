using Gatehouse.Bench.Rotation;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Cluster;

/// <summary>CA, secret and data key of three nodes, with handshakes, standing streams and HTTPS clients going on. bench/rotation does a thousand.</summary>
public sealed class Rotation_under_load
{
    [Fact]
    public async Task No_handshake_fails_and_no_byte_is_lost_also_with_a_node_killed()
    {
        (RotationCounts counts, _, int kills) = await RotationBench.RunAsync(6, 3, 2, network: 200, TextWriter.Null, TestContext.Current.CancellationToken);

        counts.Failures.ShouldBeEmpty();
        kills.ShouldBe(3);
        counts.Handshakes.ShouldBeGreaterThan(50);
        counts.Connections.ShouldBeGreaterThan(50);
        counts.Requests.ShouldBeGreaterThan(50);
        counts.Bytes.ShouldBeGreaterThan(50_000);
    }
}
