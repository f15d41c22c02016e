using System.Collections.Immutable;
using System.Text;
using Gatehouse.Engine.Configuration.Files;
using Gatehouse.Network;
using Gatehouse.Problems;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Configuration;

public sealed class ElasticsearchFilterFileTests
{
    [Theory]
    [InlineData("xpack.security.http.filter.allow: 10.0.0.0/8\nxpack.security.http.filter.deny: _all\n")]
    [InlineData("xpack:\n  security:\n    http:\n      filter:\n        allow: [10.0.0.0/8]\n        deny: [\"_all\"]\n")]
    [InlineData("xpack.security:\n  http.filter:\n    allow:\n      - 10.0.0.0/8\n  http.filter.deny: _all\n")]
    [InlineData("xpack.security.transport.filter: {allow: \"10.0.0.0/8\", deny: _all}\n")]
    [InlineData("xpack.security.transport.filter: {allow: \"11.0.0.0/8\", deny: _all}\ntransport.profiles.default.xpack.security.filter.allow: 10.0.0.0/8\n")]
    [InlineData("xpack.security.transport.filter: {allow: \"11.0.0.0/8\", deny: _all}\nxpack.security.http.filter.allow: 10.0.0.0/8\ncluster.name: x\n")]
    public void Flat_and_nested_keys_and_the_fallbacks_are_read(string text) =>
        Rules("http.host: 0.0.0.0\n" + text).ShouldBe("+10.0.0.0/8");

    [Fact]
    public void A_list_that_is_set_and_empty_does_not_fall_back() =>
        Rules("xpack.security.transport.filter.deny: _all\nxpack.security.http.filter.deny: []\n").ShouldBe("");

    [Fact]
    public void A_text_with_commas_is_a_list() =>
        Rules("http.host: 0.0.0.0\nxpack.security.http.filter.allow: \"10.0.0.1, 10.0.0.9\"\nxpack.security.http.filter.deny: _all\n").ShouldBe("+10.0.0.1 +10.0.0.9");

    [Fact]
    public void Every_profile_has_its_own_lists()
    {
        const string File = """
            network.host: 192.0.2.7
            xpack.security.transport.filter.deny: 10.1.0.0/16
            xpack.security.remote_cluster.filter.deny: 10.2.0.0/16
            transport.profiles.client.port: 9500
            transport.profiles.client.xpack.security.filter.deny: [10.3.0.0/16]
            """;
        Rules(File).ShouldBe("-10.1.0.0/16");
        Rules(File, "default").ShouldBe("-10.1.0.0/16");
        Rules(File, "_remote_cluster").ShouldBe("-10.2.0.0/16");
        Rules(File, "client").ShouldBe("-10.3.0.0/16");
        Problems(File, "other").ShouldHaveSingleItem().Definition.ShouldBe(NetworkProblems.FilterUnreadable);
    }

    [Theory]
    [InlineData("", "+127.0.0.1 +::1")]
    [InlineData("http.host: 192.0.2.7\n", "+192.0.2.7")]
    [InlineData("network.host: [_local_, 192.0.2.7]\n", "+127.0.0.1 +192.0.2.7 +::1")]
    [InlineData("network.host: 192.0.2.7\nhttp.bind_host: 0.0.0.0\n", "-_all")]
    [InlineData("xpack.security.filter.always_allow_bound_address: false\n", "-_all")]
    public void What_it_listens_on_is_let_in(string text, string expected) =>
        Rules(text + "xpack.security.http.filter.deny: _all\n").ShouldBe(expected);

    [Fact]
    public void What_only_its_host_knows_must_be_said()
    {
        const string File = "network.host: _site_\nxpack.security.http.filter.deny: _all\n";
        Problems(File).ShouldHaveSingleItem().Definition.ShouldBe(NetworkProblems.FilterNotKept);
        Rules(File, own: ["192.0.2.7"]).ShouldBe("+192.0.2.7");
        Problems(File, own: ["192.0.2.0/24"]).ShouldNotBeEmpty();
    }

    [Theory]
    [InlineData("xpack.security.http.filter.enabled: false\n")]
    [InlineData("xpack.security.enabled: false\n")]
    public void A_filter_that_is_off_needs_no_rule(string text) =>
        Read(text + "xpack.security.http.filter.deny: _all\n", ElasticsearchFilterFile.HttpProfile, default, []).ShouldNotBeNull().IsOn.ShouldBeFalse();

    [Theory]
    [InlineData("xpack.security.http.filter.enabled: no\n")]
    [InlineData("xpack.security.http.filter.allow:\n")]
    [InlineData("xpack.security.http.filter.allow: {a: b}\n")]
    [InlineData("xpack.security.http.filter.allow: [[a]]\n")]
    [InlineData("xpack.security.http.filter.allow.0: 10.0.0.1\n")]
    [InlineData("xpack.security.http.filter.allow: ${ALLOWED}\n")]
    [InlineData("xpack.security.http.filter.allow: \"10.0.0.1,,10.0.0.2\"\n")]
    [InlineData("xpack.security.http.filter.deny: a\nxpack.security:\n  http.filter.deny: b\n")]
    [InlineData("- a\n")]
    public void What_cannot_be_read_for_certain_is_refused(string text) =>
        Problems(text)[0].Definition.ShouldBe(NetworkProblems.FilterUnreadable);

    private static string Rules(string text, string profile = ElasticsearchFilterFile.HttpProfile, ImmutableArray<string> own = default)
    {
        List<Problem> problems = [];
        ElasticsearchFilterSettings? settings = Read(text, profile, own, problems);
        problems.ShouldBeEmpty();
        ImmutableArray<AddressRule>? rules = settings!.Filter.Translate(null, problems);
        problems.ShouldBeEmpty();
        return string.Join(' ', rules!.Value.Select(static r => (r.Effect == AddressRuleEffect.Allow ? "+" : "-") + r.Address));
    }

    private static List<Problem> Problems(string text, string profile = ElasticsearchFilterFile.HttpProfile, ImmutableArray<string> own = default)
    {
        List<Problem> problems = [];
        Read(text, profile, own, problems)?.Filter.Translate(null, problems);
        return problems;
    }

    private static ElasticsearchFilterSettings? Read(string text, string profile, ImmutableArray<string> own, List<Problem> problems) =>
        ElasticsearchFilterFile.Read(Encoding.UTF8.GetBytes(text), "elasticsearch.yml", profile, own, false, problems);
}
