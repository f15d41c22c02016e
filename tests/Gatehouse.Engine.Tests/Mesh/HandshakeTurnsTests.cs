using Gatehouse.Engine.Mesh;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Mesh;

/// <summary>Who waits for handshakes waits for those before, and not for those after.</summary>
public sealed class HandshakeTurnsTests
{
    [Fact]
    public async Task What_began_before_is_waited_for_and_what_began_after_is_not()
    {
        var turns = new HandshakeTurns();
        await turns.EndedAsync(CancellationToken.None);
        IDisposable before = turns.Begin();
        Task ended = turns.EndedAsync(CancellationToken.None);
        using IDisposable after = turns.Begin();
        Task both = turns.EndedAsync(CancellationToken.None);
        ended.IsCompleted.ShouldBeFalse();
        before.Dispose();
        before.Dispose();
        await ended;
        both.IsCompleted.ShouldBeFalse();
        after.Dispose();
        await both;
    }

    [Fact]
    public async Task Waiting_can_be_given_up()
    {
        var turns = new HandshakeTurns();
        using IDisposable open = turns.Begin();
        await Should.ThrowAsync<OperationCanceledException>(() => turns.EndedAsync(new CancellationToken(true)));
    }
}
