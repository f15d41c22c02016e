using System.Text;
using Gatehouse.Operations;
using Gatehouse.Protocols.Catalogues;
using Gatehouse.Protocols.Http;
using Shouldly;
using Xunit;

namespace Gatehouse.Protocols.Tests.Http;

public sealed class ClassifyTests
{
    private static string Range(string body) => Etcd.Classify(Etcd.Catalogue, "POST", "/v3/kv/range", body);

    private static string Txn(string body) => Etcd.Classify(Etcd.Catalogue, "POST", "/v3/kv/txn", body);

    [Theory]
    [InlineData("foo", null, "kv.range(foo)")]
    [InlineData("foo", "", "kv.range(foo)")]
    [InlineData("foo", "fop", "kv.range(foo+)")]
    [InlineData("app/", "app0", "kv.range(app/+)")]
    [InlineData("\0", "\0", "kv.range(+)")]
    [InlineData("foo", "foz", "unsupported_range")]
    [InlineData("foo", "\0", "unsupported_range")]
    [InlineData("foo", "foo", "unsupported_range")]
    [InlineData("foo", "foo\0", "unsupported_range")]
    [InlineData("foo", "fp", "unsupported_range")]
    [InlineData("foo", "g", "unsupported_range")]
    [InlineData("foo", "fopx", "unsupported_range")]
    [InlineData("", "fop", "missing_resource")]
    [InlineData("a\0b", null, "bad_resource")]
    [InlineData("a\nb", null, "bad_resource")]
    public void Key_range_is_one_key_or_one_prefix(string key, string? end, string expected)
    {
        string body = end is null
            ? $$"""{"key":"{{Etcd.Base64(key)}}"}"""
            : $$"""{"range_end":"{{Etcd.Base64(end)}}","key":"{{Etcd.Base64(key)}}","limit":"5"}""";
        Range(body).ShouldBe(expected);
    }

    [Fact]
    public void Successor_of_a_key_with_trailing_ff_drops_them()
    {
        // Not UTF-8, so refused as a name: but as a bad name, not as a bad range.
        string key = Convert.ToBase64String([(byte)'a', 0xff, 0xff]);
        string end = Convert.ToBase64String([(byte)'b']);
        Range($$"""{"key":"{{key}}","range_end":"{{end}}"}""").ShouldBe("bad_resource");
        Range($$"""{"key":"{{key}}","range_end":"{{Convert.ToBase64String([(byte)'a', 0xff])}}"}""").ShouldBe("unsupported_range");
    }

    [Theory]
    [InlineData("""{"key":"Zm9v"}""", "kv.range(foo)")]
    [InlineData("""{"key":"Zm9\u0076"}""", "kv.range(foo)")]
    [InlineData("""{"\u006bey":"Zm9v"}""", "kv.range(foo)")]
    [InlineData("""{"key":"Zg=="}""", "kv.range(f)")]
    [InlineData("""{"key":"Zm9v\n"}""", "bad_base64")]
    [InlineData("""{"key":"Zm9 v"}""", "bad_base64")]
    [InlineData("""{"key":"Zg"}""", "bad_base64")]
    [InlineData("""{"key":"Zg="}""", "bad_base64")]
    [InlineData("""{"key":"Zh=="}""", "bad_base64")]
    [InlineData("""{"key":"Zm8_"}""", "bad_base64")]
    [InlineData("""{"key":"Zg==Zg=="}""", "bad_base64")]
    [InlineData("""{"key":"===="}""", "bad_base64")]
    [InlineData("""{"key":null}""", "unexpected_type")]
    [InlineData("""{"key":5}""", "unexpected_type")]
    [InlineData("""{"key":["Zm9v"]}""", "unexpected_type")]
    [InlineData("""{"key":{"a":"Zm9v"}}""", "unexpected_type")]
    [InlineData("""{"key":""}""", "missing_resource")]
    [InlineData("""{}""", "missing_resource")]
    [InlineData("", "missing_resource")]
    [InlineData("""["key"]""", "unexpected_type")]
    [InlineData("\"key\"", "unexpected_type")]
    [InlineData("""{"key":"Zm9v","rangeEnd":"AA=="}""", "unknown_field")]
    [InlineData("""{"key":"Zm9v","range_end":"Zm9w","range_end":""}""", "malformed_json")]
    [InlineData("""{"key":"Zm9v","limit":{"a":1}}""", "unexpected_type")]
    [InlineData("""{"key":"Zm9v"} {}""", "malformed_json")]
    [InlineData("""{"key":"Zm9v",}""", "malformed_json")]
    [InlineData("""{"Key":"Zm9v"}""", "unknown_field")]
    [InlineData("""{"key":"Zm9v","limit":5,"serializable":true,"keys_only":null}""", "kv.range(foo)")]
    public void Body_is_read_in_one_way_only(string body, string expected) => Range(body).ShouldBe(expected);

    [Fact]
    public void Transaction_is_what_it_really_contains()
    {
        string a = Etcd.Base64("a"), b = Etcd.Base64("b"), c = Etcd.Base64("c"), d = Etcd.Base64("d"), dEnd = Etcd.Base64("e");
        Txn($$$"""
            {"compare":[{"key":"{{{a}}}","target":"VERSION","version":"1"}],
             "success":[{"request_put":{"key":"{{{b}}}","value":"eA=="}},{"request_range":{"key":"{{{c}}}"}},
                        {"request_put":{"key":"{{{c}}}"}},{"request_delete_range":{"range_end":"{{{dEnd}}}","key":"{{{d}}}"}}],
             "failure":[{"request_put":{"key":"{{{a}}}"}}]}
            """).ShouldBe("kv.range(a) kv.put(b,c) kv.range(c) kv.delete(d+) kv.put(a)");
    }

    [Theory]
    [InlineData("""{"success":[{"request_put":{}}]}""", "missing_resource")]
    [InlineData("""{"success":[{"request_put":null}]}""", "unexpected_type")]
    [InlineData("""{"success":[{"request_put":{"key":"Zm9v"}},{"request_put":{}}]}""", "missing_resource")]
    [InlineData("""{"success":[{"request_range":{"range_end":"AA=="}}]}""", "missing_resource")]
    [InlineData("""{"success":[{"request_range":{"key":"Zm9v"}},{"request_range":{"key":"Zm9v","range_end":"AA=="}}]}""", "unsupported_range")]
    [InlineData("""{"success":[{"request_range":{"key":"Zm9v","range_end":"Zm9w"}},{"request_range":{"key":"Zm9v"}}]}""", "kv.range(foo+,foo)")]
    [InlineData("""{"success":[{"request_txn":{}}]}""", "unknown_field")]
    [InlineData("""{"success":[{"requestPut":{"key":"Zm9v"}}]}""", "unknown_field")]
    [InlineData("""{"success":{"request_put":{"key":"Zm9v"}}}""", "unexpected_type")]
    [InlineData("""{"success":[]}""", "no_operation")]
    [InlineData("""{"success":[{}]}""", "no_operation")]
    [InlineData("""{"compare":[],"success":[]}""", "no_operation")]
    [InlineData("""{}""", "no_operation")]
    [InlineData("""{"compare":[{"target":"VERSION"}],"success":[{"request_put":{"key":"Zm9v"}}]}""", "missing_resource")]
    public void Transaction_cannot_hide_an_operation(string body, string expected) => Txn(body).ShouldBe(expected);

    [Theory]
    [InlineData("GET", "/x/a/y", "", "get(a)")]
    [InlineData("GET", "/x/a/y", "{}", "unexpected_body")]
    [InlineData("GET", "/gate/a/b", "", "g(gate/a/b)")]
    [InlineData("GET", "/gate", "", "g(gate/)")]
    [InlineData("GET", "/q?name=n1", "", "q(n1)")]
    [InlineData("GET", "/q?name=a/../b", "", "q(a/../b)")]
    [InlineData("GET", "/q", "", "missing_resource")]
    [InlineData("GET", "/q?name=", "", "missing_resource")]
    [InlineData("GET", "/q?name", "", "missing_resource")]
    [InlineData("GET", "/q?name=a&name=b", "", "repeated_parameter")]
    [InlineData("GET", "/q?name=a&Name=b", "", "unknown_parameter")]
    [InlineData("GET", "/m?arg=a&arg=b", "", "m(a,b)")]
    [InlineData("GET", "/free?arg=a&ARG=b", "", "f(a,b)")]
    [InlineData("GET", "/o", "", "o(+)")]
    [InlineData("GET", "/o?n=a", "", "o(a)")]
    [InlineData("GET", "/o/x", "", "o(x)")]
    [InlineData("GET", "/o/x?n=a", "", "o(x,a)")]
    [InlineData("GET", "/p/ab", "", "p(ab/+)")]
    [InlineData("POST", "/w", """{"docs":[{"_index":"a"},{"_index":"b"}]}""", "w(a,b)")]
    [InlineData("POST", "/w", """{"docs":[{"_index":"a"},{}]}""", "missing_resource")]
    [InlineData("POST", "/w", """{"docs":[]}""", "missing_resource")]
    [InlineData("POST", "/w", """{"docs":{"_index":"a"}}""", "unexpected_type")]
    [InlineData("POST", "/any", """{"docs":[{"_index":"a","other":[{"x":1}]}],"more":{"a":[]}}""", "w(a)")]
    [InlineData("POST", "/any", """{"docs":{"_index":"a"}}""", "unexpected_type")]
    [InlineData("POST", "/any", """{"docs":"a"}""", "unexpected_type")]
    [InlineData("POST", "/opt", """{"docs":[{"_index":"a"},{}]}""", "w(a,+)")]
    [InlineData("POST", "/plain", """{"name":"a\u0000"}""", "bad_resource")]
    [InlineData("POST", "/plain", """{"name":"\u00e9\/x"}""", "n(é/x)")]
    [InlineData("POST", "/deep", """{"d":{"x":[1,{"y":2}]},"e":1}""", "s()")]
    [InlineData("POST", "/deep", """{"d":5}""", "s()")]
    [InlineData("POST", "/deep", """{"f":5}""", "unknown_field")]
    [InlineData("POST", "/deep", "", "s()")]
    public void Resources_come_from_path_query_and_body(string method, string target, string body, string expected)
    {
        Catalogue catalogue = Etcd.Parse("demo", """
            GET   /x/{id}/y   {method}  {id}
            GET   /gate/{p:rest}  g     {gate}/{p}
            GET   /q          q         {query.name}
            GET   /m          m         {query.arg}  repeat=arg
            GET   /free       f         {query.arg}  query=any repeat=any
            GET   /o          o         optional({query.n})
            GET   /o/{x}      o         {x},optional({query.n})
            GET   /p/{x}      p         prefix({x}/)
            POST  /w          w         /docs/*/_index  body=json
            POST  /any        w         /docs/*/_index  body=json fields=any
            POST  /opt        w         optional(/docs/*/_index)  body=json
            POST  /plain      n         /name           body=json(1KiB) encoding=plain
            POST  /deep       s         -               body=json fields=/d/**,/e
            """);
        Etcd.Classify(catalogue, method, target, body).ShouldBe(expected);
    }

    [Fact]
    public void Default_catalogue_takes_every_path_by_method()
    {
        Catalogue http = Catalogue.Http();
        http.System.ShouldBe("http");
        Etcd.Classify(http, "GET", "/").ShouldBe("get(gate/)");
        Etcd.Classify(http, "DELETE", "/a/b?x=1&x=2").ShouldBe("delete(gate/a/b)");
        Etcd.Classify(http, "GET", "/a/b/").ShouldBe("get(gate/a/b)");
        Etcd.Classify(http, "GET", "/a%2Fb").ShouldBe("encoded_slash");
        Etcd.Classify(http, "TRACE", "/").ShouldBe("method_not_allowed");
        Etcd.Classify(http, "get", "/").ShouldBe("method_not_allowed");
        http.Endpoints[0].BodyMode.ShouldBe(BodyMode.Stream);
        http.Endpoints[0].MaxBody.ShouldBeNull();
        http.Endpoints[0].AllowsUpgrade.ShouldBeTrue();
    }

    [Fact]
    public void Too_many_resources_are_refused()
    {
        Catalogue catalogue = Etcd.Parse("demo", "POST /w w /docs/* body=json");
        string Docs(int count) => "{\"docs\":[" + string.Join(',', Enumerable.Repeat("\"a\"", count)) + "]}";
        Etcd.Classify(catalogue, "POST", "/w", Docs(CatalogueEndpoint.MaxResources)).ShouldStartWith("w(a,");
        Etcd.Classify(catalogue, "POST", "/w", Docs(CatalogueEndpoint.MaxResources + 1)).ShouldBe("too_many_resources");
        Etcd.Classify(catalogue, "POST", "/w", Docs(50_000)).ShouldBe("too_many_resources");
    }

    [Fact]
    public void Classifying_allocates_nothing_once_warm()
    {
        CanonicalTarget target = new();
        ClassifyScratch scratch = new();
        OperationSet set = new();
        byte[] body = Encoding.UTF8.GetBytes("""{"key":"Zm9v","range_end":"Zm9w"}""");
        long before = 0;
        for (int i = 0; i < 100; i++)
        {
            if (i == 50)
            {
                before = GC.GetAllocatedBytesForCurrentThread();
            }

            target.Parse("/v3/kv/range");
            CatalogueMatch match = Etcd.Catalogue.Match("POST", target);
            match.Endpoint!.Classify("POST", target, body, "etcd", scratch, set);
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
        Etcd.Describe(set).ShouldBe("kv.range(foo+)");
    }
}
