using Gatehouse.Engine.Hosting;
using Gatehouse.Engine.Store;
using Gatehouse.Engine.Tests.Listeners;
using Gatehouse.Engine.Tests.Store;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Hosting;

public sealed class NodeStateTests
{
    [Fact]
    public async Task A_generation_explains_nothing_that_was_decided_before_it_was_made()
    {
        using var fixture = new StoreFixture();
        await using SqliteStateStore store = await fixture.OpenAsync();
        (await store.TryCommitAsync(0, StoreFixture.With("alice"), fixture.Note(), CancellationToken.None)).IsCommitted.ShouldBeTrue();
        DateTimeOffset made = fixture.Time.GetUtcNow();
        var state = new NodeState(store, fixture.Cache(), AddressSnapshots.Make(), false, null);

        (await state.DocumentAsync(1, made, CancellationToken.None))!.Users.Keys.ShouldBe(["alice"]);
        (await state.DocumentAsync(1, made.AddTicks(-1), CancellationToken.None)).ShouldBeNull();
        (await state.DocumentAsync(2, made, CancellationToken.None)).ShouldBeNull();
    }
}
