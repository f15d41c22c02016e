using System.Diagnostics;
using System.Text;
using Gatehouse.Policy;
using Gatehouse.Policy.Tables;
using Shouldly;
using Xunit;
using static Gatehouse.Tests.Policy.PolicyFixture;

namespace Gatehouse.Tests.Policy;

public class PatternTests
{
    [Theory]
    [InlineData("a/b", "a/b", true)]
    [InlineData("a/b", "A/b", false)]
    [InlineData("a/b", "a/b/", false)]
    [InlineData("a/b", "a/bc", false)]
    [InlineData("a/**", "a/", true)]
    [InlineData("a/**", "a", false)]
    [InlineData("a/**", "a//", true)]
    [InlineData("a**", "ab/c", true)]
    [InlineData("a*", "a", true)]
    [InlineData("a*", "ab/c", false)]
    [InlineData("*", "", true)]
    [InlineData("*", "/", false)]
    [InlineData("*/*", "/", true)]
    [InlineData("**", "", true)]
    [InlineData("**/x", "x", false)]
    [InlineData("**/x", "/x", true)]
    [InlineData("**x", "x", true)]
    [InlineData("a/*/c", "a//c", true)]
    [InlineData("a/*/c", "a/b/b/c", false)]
    [InlineData("a/**/c", "a/b/b/c", true)]
    [InlineData("a/**/c", "a/c", false)]
    [InlineData("**a*b**", "x/a/ab", true)]
    [InlineData("**a*b", "a/b", false)]
    [InlineData("**/b", "b/b/b", true)]
    [InlineData("é/*", "é/ü", true)]
    [InlineData("a$b}", "a$b}", true)]
    [InlineData("a?b[c]", "a?b[c]", true)]
    [InlineData("a?b", "axb", false)]
    [InlineData("a.b", "axb", false)]
    [InlineData("a\\*", "a\\x", true)]
    public void Path_patterns(string pattern, string name, bool matches)
    {
        PolicyOf(Allow("read", pattern)).Allows(Ask("read", name)).ShouldBe(matches);

        // Among many others too, where no place of the table is empty for long.
        Grant[] crowd = [.. Enumerable.Range(0, 500).Select(i => Allow("read", $"crowd/{i}/**", $"crowd/{i}"))];
        PolicyOf([.. crowd, Allow("read", pattern)]).Allows(Ask("read", name)).ShouldBe(matches);
        PolicyOf([Allow("read"), .. crowd, Deny("read", pattern)]).Allows(Ask("read", name)).ShouldBe(!matches);
    }

    [Theory]
    [InlineData("anna", true)]
    [InlineData("Anna", false)]
    [InlineData("anna*", false)]
    [InlineData("*", false)]
    [InlineData("an/na", false)]
    [InlineData("anna+", false)]
    [InlineData("#anna", false)]
    [InlineData("", false)]
    public void A_placeholder_matches_the_value_and_nothing_that_could_be_a_pattern(string user, bool matches)
    {
        CompiledPolicy policy = PolicyOf(Allow("read", "home/${username}/**"));
        policy.Allows(Ask("read", "home/anna/x"), Context(user)).ShouldBe(matches);
        policy.Allows(Ask("read", $"home/{user}/x"), Context(user)).ShouldBe(matches || user == "Anna");
        policy.Allows(Ask("read", "home//x"), Context(user)).ShouldBeFalse();
    }

    [Fact]
    public void A_value_that_is_no_text_matches_nothing_not_even_its_replacement()
    {
        CompiledPolicy policy = PolicyOf(Allow("read", "home/${username}/**"));
        policy.Allows(Ask("read", "home/\ufffd/x"), Context("\ud800")).ShouldBeFalse();
        policy.Allows(Ask("read", "home/?/x"), Context("\ud800")).ShouldBeFalse();
    }

    [Fact]
    public void Placeholders_take_any_attribute_and_an_absent_one_matches_nothing()
    {
        CompiledPolicy policy = PolicyOf(Allow("read", "c/${clientid}-${cert.cn}/x*"), Allow("read", "${dept}"));
        AuthorizationContext context = Context("anna", "10.0.0.1", ("clientid", "sensor"), ("cert.cn", "ü"));
        policy.Allows(Ask("read", "c/sensor-ü/x1"), context).ShouldBeTrue();
        policy.Allows(Ask("read", "c/sensor-/x1"), context).ShouldBeFalse();
        policy.Allows(Ask("read", ""), context).ShouldBeFalse();
        policy.Allows(Ask("read", "c/sensor-ü/x1")).ShouldBeFalse();
    }

    [Fact]
    public void The_name_wins_over_an_attribute_called_username()
    {
        CompiledPolicy policy = PolicyOf(Allow("read", "${username}"));
        policy.Allows(Ask("read", "root"), Context("anna", "10.0.0.1", ("username", "root"))).ShouldBeFalse();
    }

    [Fact]
    public void Values_longer_than_the_buffer_match_nothing()
    {
        CompiledPolicy policy = PolicyOf(Allow("read", "${username}"));
        string longest = new('x', PatternMatcher.MaxSlotValue);
        policy.Allows(Ask("read", longest), Context(longest)).ShouldBeTrue();
        policy.Allows(Ask("read", longest + "x"), Context(longest + "x")).ShouldBeFalse();
    }

    [Fact]
    public void Bytes_that_are_no_text_are_bytes()
    {
        CompiledPolicy policy = PolicyOf(Allow("read", "a/*", "b\0c", "\ufffd"));
        policy.Allows(Ask("read", [[(byte)'a', (byte)'/', 0xff, 0xfe, 0]])).ShouldBeTrue();
        policy.Allows(Ask("read", "b\0c")).ShouldBeTrue();
        policy.Allows(Ask("read", "b")).ShouldBeFalse();
        policy.Allows(Ask("read", "b\0")).ShouldBeFalse();

        // Broken UTF-8 is not the replacement character, nor is an overlong slash a slash.
        policy.Allows(Ask("read", [[0xff]])).ShouldBeFalse();
        policy.Allows(Ask("read", [[(byte)'a', 0xc0, 0xaf, (byte)'x']])).ShouldBeFalse();
    }

    [Fact]
    public void An_empty_name_is_a_name()
    {
        PolicyOf(Allow("read", "a")).Allows(Ask("read", "")).ShouldBeFalse();
        PolicyOf(Allow("read")).Allows(Ask("read", "")).ShouldBeTrue();
    }

    [Fact]
    public void Very_long_and_very_deep_names_are_decided()
    {
        CompiledPolicy policy = PolicyOf(Allow("read", "a/**", "**/end", "x/*/y", string.Join('/', Enumerable.Repeat("s", 40)), "d/" + string.Join('/', Enumerable.Repeat("*", 20))));
        string deep = string.Join('/', Enumerable.Repeat("s", 40));
        policy.Allows(Ask("read", "a/" + new string('q', 1_000_000))).ShouldBeTrue();
        policy.Allows(Ask("read", "b/" + new string('q', 1_000_000))).ShouldBeFalse();
        policy.Allows(Ask("read", deep)).ShouldBeTrue();
        policy.Allows(Ask("read", deep + "/s")).ShouldBeFalse();
        policy.Allows(Ask("read", deep[..^2])).ShouldBeFalse();
        policy.Allows(Ask("read", deep + "/end")).ShouldBeTrue();
        policy.Allows(Ask("read", "d/" + string.Join('/', Enumerable.Repeat("1", 20)))).ShouldBeTrue();
        policy.Allows(Ask("read", "d/" + string.Join('/', Enumerable.Repeat("1", 21)))).ShouldBeFalse();
        policy.Allows(Ask("read", new string('/', 100_000))).ShouldBeFalse();
    }

    [Theory]
    [InlineData("*a*a*a*a*a*a*a*a*b")]
    [InlineData("**a**a**a**a**a**a**b")]
    [InlineData("**a*a*a*a*a*a*b")]
    [InlineData("**a*b**")]
    [InlineData("**a*/b*c**a*d")]
    public void Pattern_bombs_stay_quick(string pattern)
    {
        CompiledPolicy policy = PolicyOf(Allow("read", pattern));
        foreach (string name in new[]
        {
            new string('a', 200_000), new string('a', 200_000) + "/", string.Concat(Enumerable.Repeat("a/", 100_000)), string.Concat(Enumerable.Repeat("a/b", 70_000)) + "c",
        })
        {
            long start = Stopwatch.GetTimestamp();
            policy.Allows(Ask("read", name)).ShouldBeFalse();

            // Linear is a few milliseconds; one more power of the length would be minutes.
            Stopwatch.GetElapsedTime(start).ShouldBeLessThan(TimeSpan.FromSeconds(5));
        }
    }

    [Theory]
    [InlineData("a/**", "a/", true)]
    [InlineData("a/**", "a/b", true)]
    [InlineData("a/**", "a", false)]
    [InlineData("a**", "a", true)]
    [InlineData("**", "", true)]
    [InlineData("a/*", "a/", false)]
    [InlineData("*/**", "a/", false)]
    [InlineData("${username}**", "anna", false)]
    [InlineData("a", "a", false)]
    [InlineData("**/x", "", false)]
    public void A_prefix_is_allowed_only_by_one_pattern_that_covers_all_of_it(string pattern, string prefix, bool covers) =>
        PolicyOf(Allow("read", pattern)).Allows(AskPrefix("read", prefix)).ShouldBe(covers);

    [Fact]
    public void Two_patterns_that_cover_a_prefix_only_together_do_not_allow_it() =>
        PolicyOf(Allow("read", "a/*", "a/*/**")).Allows(AskPrefix("read", "a/")).ShouldBeFalse();

    [Theory]
    [InlineData("a/secret", "a/", true)]
    [InlineData("a/secret", "a/secret", true)]
    [InlineData("a/secret", "a/secret/", false)]
    [InlineData("a/secret", "a/b", false)]
    [InlineData("a/secret/**", "a/secret/x", true)]
    [InlineData("a/secret/**", "a/secreted", false)]
    [InlineData("a/*/key", "a/x/other", true)]
    [InlineData("a/*/key", "b/", false)]
    [InlineData("a/${username}", "a/bert/", true)]
    [InlineData("**/key", "z/", true)]
    public void A_deny_that_could_reach_a_name_below_denies_the_prefix(string deny, string prefix, bool denied)
    {
        CompiledPolicy policy = PolicyOf(Allow("read"), Deny("read", "zzz/1", deny, "zzz/2/**"));
        policy.Allows(AskPrefix("read", prefix)).ShouldBe(!denied);
        policy.DenialOf(AskPrefix("read", prefix)).Reason.ShouldBe(denied ? DenialReason.ExplicitDeny : DenialReason.None);
    }

    [Fact]
    public void A_deny_whose_condition_fails_does_not_hold_a_prefix_back()
    {
        CompiledPolicy policy = PolicyOf(Allow("read"), Deny("read", "a/x") with { When = new() { Gates = ["two"] } }, Deny("write", "a/y"));
        policy.Allows(AskPrefix("read", "a/")).ShouldBeTrue();
        policy.Allows(AskPrefix("read", "a/"), Context() with { Gate = "two" }).ShouldBeFalse();
    }

    [Theory]
    [InlineData("")]
    [InlineData("a", "a")]
    [InlineData("*a*b", "xaxaxb")]
    [InlineData("*", "anything:at/all")]
    public void Action_patterns_match(string pattern, string name = "") => GrantShape.Matches(pattern, name).ShouldBeTrue();

    [Theory]
    [InlineData("a", "")]
    [InlineData("a", "ab")]
    [InlineData("a*b", "abc")]
    [InlineData("*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public void Action_patterns_do_not_match(string pattern, string name) => GrantShape.Matches(pattern, name).ShouldBeFalse();

    [Fact]
    public void The_hash_of_a_part_is_that_of_the_part_alone()
    {
        byte[] name = [.. Enumerable.Range(0, 70).Select(i => (byte)((i * 37) + 1))];
        for (int end = 0; end <= name.Length; end++)
        {
            for (int start = 0; start <= end; start++)
            {
                ResourceHash.OfPart(name.AsSpan(0, end), start, end - start).ShouldBe(ResourceHash.Of(name.AsSpan(start, end - start)));
                ResourceHash.OfPart(name, start, end - start).ShouldBe(ResourceHash.Of(name.AsSpan(start, end - start)));
            }
        }

        ResourceHash.Of("a"u8).ShouldNotBe(ResourceHash.Of("a\0"u8));
    }

    [Fact]
    public void Every_split_of_a_name_into_segments_is_the_same_as_by_hand()
    {
        var random = new Random(4711);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] name = [.. Enumerable.Range(0, random.Next(0, 90)).Select(_ => (byte)"abc//"[random.Next(5)])];
            int depth = random.Next(0, Probe.MaxDepth + 1);
            ResourcePath.Buffers buffers = default;
            var path = new ResourcePath(name, depth, ref buffers);
            string[] parts = Encoding.ASCII.GetString(name).Split('/');
            path.Count.ShouldBe(Math.Min(parts.Length, depth + 1));
            path.IsSplit.ShouldBe(parts.Length <= depth);
            for (int s = 0; s < Math.Min(parts.Length, depth); s++)
            {
                Encoding.ASCII.GetString(path.Segment(s)).ShouldBe(parts[s]);
                path.HashOf(s).ShouldBe(ResourceHash.Of(Encoding.ASCII.GetBytes(parts[s])));
            }
        }
    }
}
