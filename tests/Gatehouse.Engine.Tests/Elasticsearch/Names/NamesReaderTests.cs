using System.Diagnostics;
using System.Text;
using Gatehouse.Engine.Elasticsearch.Names;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Elasticsearch.Names;

public sealed class NamesReaderTests
{
    [Fact]
    public void What_resolve_index_says_is_known_by_name()
    {
        NamesReader.TryReadResolved(Bytes("""
            {"indices":[{"name":"a-1","aliases":["a"],"attributes":["open"],"mode":"standard"},
                        {"name":".ds-s-2024.01.31-000001","attributes":["hidden","open"],"data_stream":"s"},
                        {"name":".ds-s-2024.01.31-000002","attributes":["open"]}],
             "aliases":[{"name":"a","indices":["a-1"]},{"name":"one","indices":"a-1"}],
             "data_streams":[{"name":"s","backing_indices":[".ds-s-2024.01.31-000001"],"timestamp_field":"@timestamp"}],
             "views":[{"name":"v"}]}
            """), out KnownNames? names).ShouldBeTrue();

        names!.All.Select(static n => n.Name).ShouldBe(["a-1", ".ds-s-2024.01.31-000001", ".ds-s-2024.01.31-000002", "a", "one", "s"]);
        names.Find("a-1")!.Others.ShouldBe(["a"]);
        names.Find("one").ShouldNotBeNull().Kind.ShouldBe(NameKind.Alias);
        names.Find("one")!.Others.ShouldBe(["a-1"]);
        names.Find("v").ShouldBeNull();
        names.IsBacking(".ds-s-2024.01.31-000001", "s").ShouldBeTrue();
        names.IsBacking(".ds-s-2024.01.31-000002", "s").ShouldBeFalse("it is only called so");
        names.IsBacking("a-1", "s").ShouldBeFalse();
    }

    [Fact]
    public void What_old_clusters_say_of_aliases_is_turned_round()
    {
        NamesReader.TryReadAliases(Bytes("""{"a-1":{"aliases":{"a":{"filter":{"term":{"x":1}}},"b":{}}},"a-2":{"aliases":{"a":{}}},"c":{"aliases":{}}}"""), out KnownNames? names)
            .ShouldBeTrue();

        names!.Find("a")!.Others.ShouldBe(["a-1", "a-2"]);
        names.Find("b")!.Others.ShouldBe(["a-1"]);
        names.Find("c")!.Kind.ShouldBe(NameKind.Index);
        names.All.Count.ShouldBe(5);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"indices":[],"aliases":[]}""")]
    [InlineData("""{"indices":[],"aliases":[],"data_streams":{}}""")]
    [InlineData("""{"indices":[{}],"aliases":[],"data_streams":[]}""")]
    [InlineData("""{"indices":[{"name":7}],"aliases":[],"data_streams":[]}""")]
    [InlineData("""{"indices":[{"name":""}],"aliases":[],"data_streams":[]}""")]
    [InlineData("""{"indices":["a"],"aliases":[],"data_streams":[]}""")]
    [InlineData("""{"indices":[],"aliases":[{"name":"a","indices":[null]}],"data_streams":[]}""")]
    [InlineData("""{"indices":[],"indices":[],"aliases":[],"data_streams":[]}""")]
    [InlineData("""{"indices":[],"aliases":[],"data_streams":[]} x""")]
    [InlineData("""{"indices":[],"aliases":[],"data_streams":[]""")]
    [InlineData("""{"error":{"type":"x"},"status":200}""")]
    public void What_is_not_that_answer_is_no_answer(string json) =>
        NamesReader.TryReadResolved(Bytes(json), out _).ShouldBeFalse();

    [Theory]
    [InlineData("""{"a":{}}""")]
    [InlineData("""{"a":[]}""")]
    [InlineData("""{"a":{"aliases":["b"]}}""")]
    [InlineData("""{"error":"x","status":404}""")]
    public void Nor_is_what_is_not_a_list_of_aliases(string json) =>
        NamesReader.TryReadAliases(Bytes(json), out _).ShouldBeFalse();

    [Fact]
    public void A_hundred_thousand_names_take_little_time_and_memory()
    {
        byte[] json = Many(100_000);
        NamesReader.TryReadResolved(json, out _).ShouldBeTrue();
        GC.Collect();
        long before = GC.GetTotalMemory(forceFullCollection: true);
        long start = Stopwatch.GetTimestamp();

        NamesReader.TryReadResolved(json, out KnownNames? names).ShouldBeTrue();

        TimeSpan took = Stopwatch.GetElapsedTime(start);
        long kept = GC.GetTotalMemory(forceFullCollection: true) - before;
        TestContext.Current.TestOutputHelper?.WriteLine($"{json.Length} bytes, {took.TotalMilliseconds:F0} ms, {kept / 1024 / 1024} MiB kept");
        names!.All.Count.ShouldBe(100_000);
        took.ShouldBeLessThan(TimeSpan.FromSeconds(5));
        kept.ShouldBeLessThan(64L * 1024 * 1024);
    }

    internal static byte[] Many(int count)
    {
        StringBuilder json = new("""{"indices":[""");
        for (int i = 0; i < count; i++)
        {
            json.Append(i == 0 ? "" : ",").Append($$"""{"name":"logs-service-{{i:D6}}-2024.01.31","attributes":["open"]}""");
        }

        return Bytes(json.Append("""],"aliases":[],"data_streams":[]}""").ToString());
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
