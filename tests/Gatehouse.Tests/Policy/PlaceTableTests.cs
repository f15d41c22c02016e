using System.Security.Cryptography;
using System.Text;
using Gatehouse.Policy;
using Gatehouse.Policy.Tables;
using Shouldly;
using Xunit;

namespace Gatehouse.Tests.Policy;

public class PlaceTableTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(1_000)]
    [InlineData(60_000)]
    public void Every_place_is_found_with_its_group_kind_and_bytes(int count)
    {
        NewPlace[] places = [.. Enumerable.Range(0, count).Select(static i => PlaceOf(Hash(i), i))];
        var table = new PlaceTable(places);
        foreach (NewPlace place in places)
        {
            Found(table, place.Hash).ShouldContain((place.Group, place.Kind, Convert.ToHexString(place.Bytes)));
        }

        table.Weight.ShouldBeGreaterThan(places.Sum(static p => p.Bytes.Length));
    }

    [Fact]
    public void A_hash_that_was_not_put_in_finds_next_to_nothing()
    {
        const int Count = 50_000;
        var table = new PlaceTable([.. Enumerable.Range(0, Count).Select(static i => PlaceOf(Hash(i), i))]);
        int found = Enumerable.Range(Count, Count).Sum(i => Found(table, Hash(i)).Count);
        found.ShouldBeLessThan(Count / 20);
    }

    [Fact]
    public void Places_with_one_hash_are_all_found_over_full_buckets_and_behind_the_last()
    {
        // The highest low half of a hash is that of the last bucket: its overflow goes on at the first.
        foreach (ulong hash in new ulong[] { 0, uint.MaxValue, 0x1234_5678_9abc_def0, ulong.MaxValue })
        {
            NewPlace[] places = [.. Enumerable.Range(0, PatternTable.MaxPlace).Select(i => PlaceOf(hash, i)), .. Enumerable.Range(100, 40).Select(static i => PlaceOf(Hash(i), i))];
            var table = new PlaceTable(places);
            table.Only(hash, out bool several);
            several.ShouldBeTrue();
            List<(int Group, PatternKind Kind, string Bytes)> found = Found(table, hash);
            foreach (NewPlace place in places[..PatternTable.MaxPlace])
            {
                found.ShouldContain((place.Group, place.Kind, Convert.ToHexString(place.Bytes)));
            }

            for (int i = 100; i < 140; i++)
            {
                Found(table, Hash(i)).ShouldContain(f => f.Group == i);
            }
        }
    }

    [Fact]
    public void What_is_said_of_the_only_one_is_what_all_of_them_are()
    {
        var table = new PlaceTable([.. Enumerable.Range(0, 30_000).Select(static i => PlaceOf(Hash(i), i))]);
        int alone = 0;
        for (int i = 0; i < 60_000; i++)
        {
            uint entry = table.Only(Hash(i), out bool several);
            if (several)
            {
                continue;
            }

            List<(int Group, PatternKind Kind, string Bytes)> all = Found(table, Hash(i));
            all.Count.ShouldBe(entry == 0 ? 0 : 1);
            if (entry != 0)
            {
                alone++;
                table.Read(entry).Group.ShouldBe(all[0].Group);
            }
        }

        alone.ShouldBeGreaterThan(25_000);
    }

    [Fact]
    public void Groups_of_any_number_and_bytes_of_any_length_a_pattern_may_have()
    {
        int[] groups = [0, 1, (1 << 19) - 1, 1 << 19, int.MaxValue];
        foreach (int most in groups)
        {
            NewPlace[] places = [.. groups.Where(g => g <= most).Select(static (g, i) => new NewPlace(Hash(i), g, PatternKind.Exact, RandomNumberGenerator.GetBytes(i * 1500)))];
            var table = new PlaceTable(places);
            foreach (NewPlace place in places)
            {
                Found(table, place.Hash).ShouldContain((place.Group, place.Kind, Convert.ToHexString(place.Bytes)));
            }
        }

        Should.Throw<ArgumentOutOfRangeException>(() => new PlaceTable([new NewPlace(1, 0, PatternKind.Exact, new byte[8192])]));
    }

    [Fact]
    public void Wide_comparison_sees_every_byte_of_every_length()
    {
        byte[] name = RandomNumberGenerator.GetBytes(WideBytes.Max + 8);
        for (int length = WideBytes.Min; length <= WideBytes.Max; length++)
        {
            WideBytes.Fits(length).ShouldBeTrue();
            byte[] head = name[..length];
            WideBytes.StartsWith(name, head).ShouldBeTrue();
            WideBytes.StartsWith(name.AsSpan(0, length), head).ShouldBeTrue();
            WideBytes.StartsWith(name.AsSpan(0, length - 1), head).ShouldBeFalse();
            for (int i = 0; i < length; i++)
            {
                head[i] ^= 1;
                WideBytes.StartsWith(name, head).ShouldBeFalse($"{length} {i}");
                head[i] ^= 1;
                var spots = new byte[length];
                spots[i] = (byte)'/';
                WideBytes.Find(spots, (byte)'/').ShouldBe(1UL << i);
            }
        }

        WideBytes.Fits(WideBytes.Min - 1).ShouldBeFalse();
        WideBytes.Fits(WideBytes.Max + 1).ShouldBeFalse();
        WideBytes.Fits(-1).ShouldBeFalse();
    }

    [Fact]
    public void The_hash_of_a_name_depends_on_every_byte_and_on_its_length()
    {
        var seen = new HashSet<ulong>();
        for (int length = 0; length <= 200; length++)
        {
            byte[] name = new byte[length];
            seen.Add(ResourceHash.Combine(ResourceHash.Start, ResourceHash.Of(name))).ShouldBeTrue($"{length}");
            for (int i = 0; i < length; i++)
            {
                name[i] = 1;
                seen.Add(ResourceHash.Combine(ResourceHash.Start, ResourceHash.Of(name))).ShouldBeTrue($"{length} {i}");
                name[i] = 0;
            }
        }
    }

    [Fact]
    public void Names_much_like_each_other_spread_over_the_buckets()
    {
        const int Count = 100_000;
        var buckets = new int[4096];
        for (int i = 0; i < Count; i++)
        {
            ulong hash = ResourceHash.Combine(ResourceHash.Start, ResourceHash.Of(Encoding.ASCII.GetBytes($"tenants/t{i:D7}/data")));
            buckets[(uint)hash >> 20]++;
        }

        // Some 24 each with a deviation of 5.
        buckets.Max().ShouldBeLessThan(64);
        buckets.Count(static n => n == 0).ShouldBe(0);
    }

    private static NewPlace PlaceOf(ulong hash, int i) => new(hash, i, (PatternKind)(i % 4), Encoding.ASCII.GetBytes($"place/{i}/{new string('x', i % 61)}"));

    private static ulong Hash(int i) => ResourceHash.Combine(ResourceHash.Start, ResourceHash.Of(BitConverter.GetBytes(i)));

    private static List<(int Group, PatternKind Kind, string Bytes)> Found(PlaceTable table, ulong hash)
    {
        var found = new List<(int Group, PatternKind Kind, string Bytes)>();
        uint at = 0;
        for (uint entry = table.Next(ref at, hash); entry != 0; entry = table.Next(ref at, hash))
        {
            PlaceView place = table.Read(entry);
            found.Add((place.Group, place.Kind, Convert.ToHexString(place.Bytes)));
        }

        return found;
    }
}
