using Gatehouse.Engine.Store;
using Gatehouse.Problems;
using Gatehouse.Trust.Files;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Store;

public sealed class LastGenerationCacheTests : IDisposable
{
    private readonly StoreFixture _fixture = new();

    [Fact]
    public void What_was_accepted_is_loaded_whole()
    {
        _fixture.Cache().Load().ShouldBeNull();
        Generation generation = Make(3, "alice", "bob");
        _fixture.Cache().Accept(generation);
        Generation loaded = _fixture.Cache().Load().ShouldNotBeNull();
        (loaded with { Document = generation.Document }).ShouldBe(generation);
        StoreFixture.Json(loaded.Document).ShouldBe(StoreFixture.Json(generation.Document));
        File.GetUnixFileMode(_fixture.CachePath).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(_fixture.CachePath)).ShouldNotContain("alice");
    }

    [Fact]
    public void A_lower_generation_a_fork_and_an_emptied_store_are_refused()
    {
        LastGenerationCache cache = _fixture.Cache();
        cache.Accept(null);
        cache.Accept(Make(5, "alice"));
        cache.Accept(Make(5, "alice"));
        Refused(() => cache.Accept(Make(4, "alice")), StoreProblems.Rollback);
        Refused(() => cache.Accept(Make(5, "mallory")), StoreProblems.Rollback);
        Refused(() => cache.Accept(null), StoreProblems.Rollback);
        cache.Accept(Make(6, "mallory"));
        _fixture.Cache().Load()!.Number.ShouldBe(6);
    }

    [Fact]
    public void An_old_copy_of_the_data_folder_is_refused_until_an_operator_accepts_it()
    {
        _fixture.Cache().Accept(Make(1, "alice"));
        byte[] old = File.ReadAllBytes(_fixture.CachePath);
        _fixture.Cache().Accept(Make(2, "bob"));
        SecretFile.Write(_fixture.CachePath, old);
        Refused(() => _fixture.Cache().Load(), StoreProblems.Rollback);
        _fixture.Cache().WhyNot(Make(1, "alice"), out long? seen)!.Definition.ShouldBe(StoreProblems.Rollback);
        seen.ShouldBe(2);

        _fixture.Cache().Replace(Make(1, "alice"));

        _fixture.Cache().WhyNot(Make(1, "alice"), out seen).ShouldBeNull();
        seen.ShouldBe(1);
        _fixture.Cache().Load()!.Number.ShouldBe(1);
        _fixture.Cache().Accept(Make(2, "carol"));
        Refused(() => _fixture.Cache().Accept(Make(1, "alice")), StoreProblems.Rollback);
    }

    [Fact]
    public void A_broken_record_of_what_was_seen_is_made_anew_only_when_asked()
    {
        _fixture.Cache().Accept(Make(3, "alice"));
        SecretFile.Write(_fixture.SeenPath, [1, 2, 3]);
        Refused(() => _fixture.Cache().Accept(Make(4, "alice")), StoreProblems.SeenRecordBroken);
        _fixture.Cache().WhyNot(Make(4, "alice"), out long? seen)!.Definition.ShouldBe(StoreProblems.SeenRecordBroken);
        seen.ShouldBeNull();

        _fixture.Cache().Replace(Make(4, "alice"));

        Refused(() => _fixture.Cache().Accept(Make(3, "alice")), StoreProblems.Rollback);
        _fixture.Cache().Accept(Make(5, "bob"));
    }

    [Fact]
    public void A_changed_byte_or_number_is_never_loaded()
    {
        _fixture.Cache().Accept(Make(1, "alice"));
        byte[] content = File.ReadAllBytes(_fixture.CachePath);
        foreach (int at in new[] { 0, 7, 8, 20, content.Length / 2, content.Length - 1 })
        {
            byte[] changed = [.. content];
            changed[at] ^= 1;
            SecretFile.Write(_fixture.CachePath, changed);
            Refused(() => _fixture.Cache().Load(), StoreProblems.CacheBroken);
        }

        SecretFile.Write(_fixture.CachePath, content.AsSpan(0, 4));
        Refused(() => _fixture.Cache().Load(), StoreProblems.CacheBroken);
    }

    [Fact]
    public void A_damaged_record_of_the_highest_seen_stops_the_start()
    {
        _fixture.Cache().Accept(Make(1, "alice"));
        byte[] seen = File.ReadAllBytes(_fixture.SeenPath);
        seen[^1] ^= 1;
        SecretFile.Write(_fixture.SeenPath, seen);
        Refused(() => _fixture.Cache().Load(), StoreProblems.SeenRecordBroken);
        Refused(() => _fixture.Cache().Accept(Make(2, "alice")), StoreProblems.SeenRecordBroken);
    }

    [Fact]
    public async Task A_store_put_back_to_an_older_generation_is_refused()
    {
        LastGenerationCache cache = _fixture.Cache();
        byte[] old;
        await using (SqliteStateStore store = await _fixture.OpenAsync())
        {
            await store.TryCommitAsync(0, StoreFixture.With("alice"), _fixture.Note(), default);
            cache.Accept(await store.ReadCurrentAsync(default));
        }

        old = File.ReadAllBytes(_fixture.DatabasePath);
        await using (SqliteStateStore store = await _fixture.OpenAsync())
        {
            await store.TryCommitAsync(1, StoreFixture.With(), _fixture.Note("alice removed"), default);
            cache.Accept(await store.ReadCurrentAsync(default));
        }

        SecretFile.Write(_fixture.DatabasePath, old);
        await using SqliteStateStore back = await _fixture.OpenAsync();
        Generation? offered = await back.ReadCurrentAsync(default);
        offered!.Document.Users.Keys.ShouldBe(["alice"]);
        Refused(() => cache.Accept(offered), StoreProblems.Rollback);
    }

    public void Dispose() => _fixture.Dispose();

    private static void Refused(Action act, ProblemDefinition expected) =>
        Should.Throw<ProblemException>(act).Problem.Definition.ShouldBe(expected);

    private Generation Make(long number, params string[] users) =>
        new(number, _fixture.Sealer.NameOf(System.Text.Encoding.UTF8.GetBytes(string.Join(',', users))), StoreFixture.With(users), _fixture.Note());
}
