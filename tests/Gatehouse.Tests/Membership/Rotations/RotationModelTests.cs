using Shouldly;
using Xunit;

namespace Gatehouse.Tests.Membership.Rotations;

/// <summary>Whatever happens in whatever order: no two live nodes refuse each other, no member is left with documents it cannot open, and rotations end.</summary>
public class RotationModelTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    public void No_handshake_fails_in_any_order_of_events(int nodes)
    {
        // More nodes take more events to agree.
        int steps = Math.Max(3000, nodes * 1500);
        int done = 0;
        int back = 0;
        int handshakes = 0;
        for (int seed = 0; seed < 25; seed++)
        {
            var model = new RotationModel(seed, nodes);
            for (int step = 0; step < steps; step++)
            {
                model.Step();
            }

            model.Settle();
            done += model.Done;
            back += model.TakenBack;
            handshakes += model.Handshakes;
        }

        done.ShouldBeGreaterThan(25);
        back.ShouldBeGreaterThan(5);
        if (nodes > 1)
        {
            handshakes.ShouldBeGreaterThan(100);
        }
    }

    [Fact]
    public void A_node_that_gives_its_word_with_handshakes_under_way_is_found_out()
    {
        // The model sees what it is there to see: without waiting for handshakes that began before, one fails.
        Should.Throw<RotationModelException>(static () =>
        {
            for (int seed = 0; seed < 50; seed++)
            {
                var model = new RotationModel(seed, 2, drains: false);
                for (int step = 0; step < 3000; step++)
                {
                    model.Step();
                }
            }
        });
    }
}
