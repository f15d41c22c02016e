using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Gatehouse.Administration;
using Gatehouse.Engine.Store;
using Gatehouse.Engine.Tests.Snapshots;
using Gatehouse.Network;
using Gatehouse.Problems;
using Gatehouse.Trust.Files;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Store;

/// <summary>A change writes what changed, in the store and in the copy that a node keeps, and reading gives the whole.</summary>
public sealed class GenerationChangesTests
{
    private const int Steps = 20;

    [Fact]
    public void Whatever_was_changed_is_read_back_whole_after_each_change()
    {
        Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), static seed =>
        {
            using var fixture = new StoreFixture();
            var changes = new RandomChanges(seed);
            var chunks = new Dictionary<string, byte[]>(StringComparer.Ordinal);
            LastGenerationCache cache = fixture.Cache();
            EncodedGeneration? last = null;
            Generation? before = null;
            ClusterDocument document = StoreFixture.With("first");
            document = document with { Networks = [.. Enumerable.Range(0, (seed % 3) * 1500).Select(static i => new AddressRule(AddressRuleEffect.Deny, $"10.9.{i / 250}.{i % 250}"))] };
            for (int step = 1; step < Steps; step++)
            {
                last = GenerationEncoder.Encode(fixture.Sealer, last, document, new ChangeNote("native/a", $"step {step}", fixture.Time.GetUtcNow()));
                foreach ((string name, byte[] chunk) in last.Added)
                {
                    chunks[name] = chunk;
                }

                foreach (string name in last.Dropped)
                {
                    chunks.Remove(name);
                }

                string wanted = StoreFixture.Json(document);
                StoreFixture.Json(GenerationDecoder.Decode(fixture.Sealer, last.Manifest, chunks.GetValueOrDefault)).ShouldBe(wanted);
                chunks.Keys.ShouldBe(last.Manifest.Names().Distinct(), ignoreOrder: true);

                if (step % 7 == 0)
                {
                    // A start between two changes, which knows nothing but the files; and one that has nothing but the chunks.
                    cache = fixture.Cache();
                    cache.Accept(before);
                    last = new EncodedGeneration(last.Generation, last.Manifest, last.SealedManifest);
                }

                cache.Accept(last.Generation);
                Generation kept = fixture.Cache().Load().ShouldNotBeNull();
                StoreFixture.Json(kept.Document).ShouldBe(wanted);
                (kept with { Document = document }).ShouldBe(last.Generation);
                before = last.Generation;
                document = changes.Next(document);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(12));
    }

    [Fact]
    public void One_more_rule_among_many_makes_one_more_chunk()
    {
        using var fixture = new StoreFixture();
        ImmutableArray<AddressRule> rules = [.. Enumerable.Range(0, 20_000).Select(static i => new AddressRule(AddressRuleEffect.Deny, $"10.{i / 40000}.{i / 200}.{i % 200}"))];
        var note = new ChangeNote("native/a", "", fixture.Time.GetUtcNow());
        EncodedGeneration first = GenerationEncoder.Encode(fixture.Sealer, null, new ClusterDocument { Networks = rules }, note);
        foreach (int at in new[] { 0, 7777, rules.Length })
        {
            ClusterDocument next = new() { Networks = rules.Insert(at, new AddressRule(AddressRuleEffect.Allow, "192.0.2.7")) };
            EncodedGeneration second = GenerationEncoder.Encode(fixture.Sealer, first, next, note);
            second.Added.Count.ShouldBeLessThanOrEqualTo(2);
            second.Manifest.Networks.Length.ShouldBeInRange(first.Manifest.Networks.Length, first.Manifest.Networks.Length + 1);
            second.RunEnds[^1].ShouldBe(rules.Length + 1);
        }
    }

    [Fact]
    public void A_change_is_kept_by_itself_and_a_torn_one_was_never_made()
    {
        using var fixture = new StoreFixture();
        LastGenerationCache cache = fixture.Cache();
        Generation one = Number(1, StoreFixture.With("a"));
        Generation two = Number(2, one.Document with { Users = one.Document.Users.Add("b", StoreFixture.User("b")) });
        Generation three = Number(3, two.Document with { Users = two.Document.Users.Remove("a") });
        cache.Accept(one);
        byte[] whole = File.ReadAllBytes(fixture.CachePath);
        cache.Accept(two);
        byte[] seen = File.ReadAllBytes(fixture.SeenPath);
        cache.Accept(three);
        File.ReadAllBytes(fixture.CachePath).ShouldBe(whole);
        File.GetUnixFileMode(Journal(fixture)).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        fixture.Cache().Load()!.Number.ShouldBe(3);

        // The crash came while the third was written: it was not in force, and the second stands.
        byte[] changes = File.ReadAllBytes(Journal(fixture));
        SecretFile.Write(Journal(fixture), changes.AsSpan(0, changes.Length - 1));
        SecretFile.Write(fixture.SeenPath, seen);
        Generation left = fixture.Cache().Load().ShouldNotBeNull();
        left.Document.Users.Keys.ShouldBe(["a", "b"]);
        LastGenerationCache again = fixture.Cache();
        again.Accept(two);
        again.Accept(three);
        File.ReadAllBytes(fixture.CachePath).ShouldBe(whole);
        fixture.Cache().Load()!.Document.Users.Keys.ShouldBe(["b"]);
    }

    [Fact]
    public void A_change_that_was_edited_cut_off_or_put_on_another_state_is_refused()
    {
        using var fixture = new StoreFixture();
        LastGenerationCache cache = fixture.Cache();
        Generation one = Number(1, StoreFixture.With("a"));
        Generation two = Number(2, one.Document with { Users = one.Document.Users.Add("b", StoreFixture.User("b")) });
        cache.Accept(one);
        byte[] whole = File.ReadAllBytes(fixture.CachePath);
        cache.Accept(two);
        byte[] changes = File.ReadAllBytes(Journal(fixture));

        SecretFile.Write(Journal(fixture), [.. changes[..^1], (byte)(changes[^1] ^ 1)]);
        Should.Throw<ProblemException>(() => fixture.Cache().Load()).Problem.Definition.ShouldBe(StoreProblems.CacheBroken);
        File.Delete(Journal(fixture));
        Should.Throw<ProblemException>(() => fixture.Cache().Load()).Problem.Definition.ShouldBe(StoreProblems.Rollback);

        // Of the same number, but not what the change was made on.
        cache = fixture.Cache();
        cache.Replace(Number(1, StoreFixture.With("mallory")) with { Digest = new string('f', 64) });
        SecretFile.Write(Journal(fixture), changes);
        Should.Throw<ProblemException>(() => fixture.Cache().Load()).Problem.Definition.ShouldBe(StoreProblems.CacheBroken);

        // An operator's word takes the changes away with what they were made on.
        SecretFile.Write(fixture.CachePath, whole);
        cache.Replace(one);
        File.Exists(Journal(fixture)).ShouldBeFalse();
        fixture.Cache().Load()!.Number.ShouldBe(1);
    }

    private static Generation Number(long number, ClusterDocument document) =>
        new(number, number.ToString("x64", System.Globalization.CultureInfo.InvariantCulture), document, new ChangeNote("native/a", "", DateTimeOffset.UnixEpoch));

    private static string Journal(StoreFixture fixture) => fixture.CachePath + ".changes";
}
