using Gatehouse.Engine.Elasticsearch.Handles;
using Gatehouse.Engine.Store;
using Gatehouse.Engine.Tests.Store;
using Gatehouse.Protocols.Catalogues;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Elasticsearch.Handles;

/// <summary>The book of handles that keep the upstream's id: in the store, so that other nodes and the next start know them.</summary>
public sealed class HandleBookTests : IAsyncDisposable
{
    private static readonly HandleOwner Bert = new("native", "bert", null);

    private readonly StoreFixture _fixture = new();
    private SqliteStateStore? _store;

    public async ValueTask DisposeAsync()
    {
        if (_store is not null)
        {
            await _store.DisposeAsync();
        }

        _fixture.Dispose();
    }

    [Fact]
    public async Task Another_node_finds_what_one_wrote_down()
    {
        HandleBook one = await BookAsync();
        await one.PutAsync(Make(HandleKind.Task, "node:1"));

        (Handle? found, HandleFault fault) = await Book().FindAsync(HandleKind.Task, "g", "node:1", Bert);

        fault.ShouldBe(HandleFault.None);
        found!.Rights.ShouldHaveSingleItem().Resources.ShouldBe(["logs-1"]);
    }

    [Fact]
    public async Task Only_its_owner_its_kind_and_its_gate_find_it()
    {
        HandleBook book = await BookAsync();
        await book.PutAsync(Make(HandleKind.Task, "node:1"));
        foreach (HandleBook asked in new[] { book, Book() })
        {
            (await asked.FindAsync(HandleKind.Task, "g", "node:1", Bert with { Name = "carl" })).Fault.ShouldBe(HandleFault.Foreign);
            (await asked.FindAsync(HandleKind.AsyncSearch, "g", "node:1", Bert)).Fault.ShouldBe(HandleFault.Unknown);
            (await asked.FindAsync(HandleKind.Task, "h", "node:1", Bert)).Fault.ShouldBe(HandleFault.Unknown);
            (await asked.FindAsync(HandleKind.Task, "g", "node:2", Bert)).ShouldBe((null, HandleFault.Unknown));
        }
    }

    [Fact]
    public async Task It_ends_in_memory_and_in_the_store()
    {
        HandleBook book = await BookAsync();
        await book.PutAsync(Make(HandleKind.Task, "node:1"));
        _fixture.Time.Advance(TimeSpan.FromHours(1));

        (await book.FindAsync(HandleKind.Task, "g", "node:1", Bert)).Fault.ShouldBe(HandleFault.Expired);
        (await Book().FindAsync(HandleKind.Task, "g", "node:1", Bert)).Handle.ShouldBeNull();
    }

    [Fact]
    public async Task Memory_has_an_end_and_the_store_has_the_rest()
    {
        _store = await _fixture.OpenAsync();
        HandleBook book = new(_fixture.Sealer, _store, _fixture.Time, NullLogger.Instance) { MaxHeld = 64 };
        await book.PutAsync(Make(HandleKind.Task, "first:1"));
        Task[] writes = [.. Enumerable.Range(0, 100).Select(i => book.PutAsync(Make(HandleKind.Task, $"n:{i}")))];
        book.Held.ShouldBeLessThanOrEqualTo(64);
        await Task.WhenAll(writes);

        (await book.FindAsync(HandleKind.Task, "g", "first:1", Bert)).Fault.ShouldBe(HandleFault.None);
    }

    private async Task<HandleBook> BookAsync()
    {
        _store = await _fixture.OpenAsync();
        return Book();
    }

    private HandleBook Book() => new(_fixture.Sealer, _store!, _fixture.Time, NullLogger.Instance);

    private Handle Make(HandleKind kind, string id) =>
        new(kind, "g", Bert, [new RequestOperation("index:read", ["logs-1"])], _fixture.Time.GetUtcNow().AddHours(1), id);
}
