using Gatehouse.Operations;
using Gatehouse.Problems;
using Gatehouse.Protocols.Catalogues;
using Gatehouse.Protocols.Http;
using Shouldly;
using Xunit;

namespace Gatehouse.Protocols.Tests.Http;

public sealed class CatalogueTests
{
    private const string Routes = """
        GET      /                    root     -
        GET      /a/{x}/c             axc      {x}
        GET      /{y}/b/c             ybc      {y}
        GET,PUT  /a/b                 ab       -
        GET      /{one}               one      {one}
        GET      /_search             search   -
        GET      /{i}/_doc/{id}       doc      {i}
        GET      /kv/{id:opaque}      kv       {id}
        GET      /kv/{id:opaque}/sub  sub      {id}
        POST     /kv/{other}          post     {other}
        GET      /tail/{p:rest}       tail     {p}
        GET      /tail/x/y            xy       -
        GET      /strip               strip    -   trailing-slash=strip
        GET      /keep                keep     -   trailing-slash=keep  query=a,b repeat=b
        PROPFIND /dav                 {method} -
        """;

    [Theory]
    [InlineData("GET", "/", "root()")]
    [InlineData("GET", "/a/b/c", "axc(b)")]
    [InlineData("GET", "/z/b/c", "ybc(z)")]
    [InlineData("GET", "/a/b", "ab()")]
    [InlineData("PUT", "/a/b", "ab()")]
    [InlineData("HEAD", "/a/b", "method_not_allowed")]
    [InlineData("get", "/a/b", "method_not_allowed")]
    [InlineData("GET", "/A/b", "unknown_path")]
    [InlineData("GET", "/_search", "search()")]
    [InlineData("GET", "/%5Fsearch", "search()")]
    [InlineData("GET", "/%255Fsearch", "one(%5Fsearch)")]
    [InlineData("GET", "/_search/_doc/1", "doc(_search)")]
    [InlineData("GET", "/_search/x", "unknown_path")]
    [InlineData("GET", "/kv/a%2Fb", "kv(a/b)")]
    [InlineData("GET", "/kv/a%2Fb/sub", "sub(a/b)")]
    [InlineData("POST", "/kv/a%2Fb", "encoded_slash")]
    [InlineData("POST", "/kv/a", "post(a)")]
    [InlineData("GET", "/a%2Fb", "encoded_slash")]
    [InlineData("GET", "/tail", "tail()")]
    [InlineData("GET", "/tail/", "tail()")]
    [InlineData("GET", "/tail/x", "tail(x)")]
    [InlineData("GET", "/tail/x/y", "xy()")]
    [InlineData("GET", "/tail/x/y/z", "tail(x/y/z)")]
    [InlineData("GET", "/tail/x%2Fy", "encoded_slash")]
    [InlineData("GET", "/a/b/", "trailing_slash")]
    [InlineData("GET", "/strip/", "strip()")]
    [InlineData("GET", "/keep/", "keep()")]
    [InlineData("GET", "/keep?a=1&b=1&b=2", "keep()")]
    [InlineData("GET", "/keep?a=1&a=2", "repeated_parameter")]
    [InlineData("GET", "/keep?c", "unknown_parameter")]
    [InlineData("GET", "/strip?c", "unknown_parameter")]
    [InlineData("PROPFIND", "/dav", "propfind()")]
    [InlineData("CONNECT", "/a/b", "method_not_allowed")]
    public void Most_specific_template_decides(string method, string target, string expected) =>
        Etcd.Classify(Etcd.Parse("demo", Routes), method, target).ShouldBe(expected);

    [Fact]
    public void Known_path_with_another_method_says_what_is_allowed()
    {
        CanonicalTarget target = new();
        target.Parse("/kv/x");
        CatalogueMatch match = Etcd.Parse("demo", Routes).Match("DELETE", target);
        match.Error.ShouldBe(MatchError.MethodNotAllowed);
        match.Allow.ShouldBe("GET, POST");
    }

    [Fact]
    public void Stripped_slash_is_not_forwarded_and_kept_one_is()
    {
        CanonicalTarget target = new();
        target.Parse("/strip/");
        Etcd.Parse("demo", Routes).Match("GET", target).IsMatch.ShouldBeTrue();
        target.ToString().ShouldBe("/strip");
        target.Parse("/keep/");
        Etcd.Parse("demo", Routes).Match("GET", target).IsMatch.ShouldBeTrue();
        target.ToString().ShouldBe("/keep/");
    }

    [Theory]
    [InlineData("GET /a b", "GH7201", 1, 8)]
    [InlineData("  + kv.put /a", "GH7201", 1, 3)]
    [InlineData("get /a b -", "GH7202", 1, 1)]
    [InlineData("GET,TRACE /a b -", "GH7202", 1, 1)]
    [InlineData("CONNECT /a b -", "GH7202", 1, 1)]
    [InlineData("GET a b -", "GH7203", 1, 5)]
    [InlineData("GET /a/ b -", "GH7203", 1, 5)]
    [InlineData("GET //a b -", "GH7203", 1, 5)]
    [InlineData("GET /{a}x b -", "GH7203", 1, 5)]
    [InlineData("GET /{a:other} b -", "GH7203", 1, 5)]
    [InlineData("GET /{a:rest}/b b -", "GH7203", 1, 5)]
    [InlineData("GET /{a}/{a} b -", "GH7203", 1, 5)]
    [InlineData("GET /%61 b -", "GH7203", 1, 5)]
    [InlineData("GET /.. b -", "GH7203", 1, 5)]
    [InlineData("GET /{gate} b -", "GH7203", 1, 5)]
    [InlineData("GET /a b* -", "GH7204", 1, 8)]
    [InlineData("GET /a b,9 -", "GH7204", 1, 8)]
    [InlineData("GET /a b {x}", "GH7205", 1, 10)]
    [InlineData("GET /{x:opaque}/{y} b {x}/{y}", "GH7205", 1, 23)]
    [InlineData("GET /{x:rest} b {x}/y", "GH7205", 1, 17)]
    [InlineData("GET /a b range(/key)", "GH7205", 1, 10)]
    [InlineData("GET /a b range(/a/key,/b/end)", "GH7205", 1, 10)]
    [InlineData("GET /a b /x/~2", "GH7205", 1, 10)]
    [InlineData("GET /a b /x/**", "GH7205", 1, 10)]
    [InlineData("GET /a b prefix(range(/a,/b))", "GH7205", 1, 10)]
    [InlineData("GET /a b - bodyy=json", "GH7206", 1, 12)]
    [InlineData("GET /a b - body=xml", "GH7206", 1, 12)]
    [InlineData("GET /a b - body=json(1GB)", "GH7206", 1, 12)]
    [InlineData("GET /a b - body=json(65MiB)", "GH7206", 1, 12)]
    [InlineData("GET /a b - upgrade=yes", "GH7206", 1, 12)]
    [InlineData("GET /a b - query", "GH7206", 1, 12)]
    [InlineData("GET /a b - trailing-slash=maybe", "GH7206", 1, 12)]
    [InlineData("GET /a b - content-type=json", "GH7206", 1, 12)]
    [InlineData("GET /a b - encoding=hex", "GH7206", 1, 12)]
    [InlineData("GET /a b -\n  + c - body=json", "GH7206", 2, 9)]
    [InlineData("GET /{x} b -\n# comment\nPUT,GET /{y:opaque} b -", "GH7207", 3, 1)]
    [InlineData("GET /a b /x", "GH7208", 1, 1)]
    [InlineData("GET /a b - fields=/x", "GH7208", 1, 1)]
    [InlineData("GET /a b /x/y body=json fields=/x/*", "GH7208", 1, 1)]
    [InlineData("GET /a b /x body=json fields=/x/y", "GH7208", 1, 1)]
    [InlineData("GET /a b {query.x}/y repeat=x", "GH7205", 1, 10)]
    [InlineData("GET /a b y/{query.x} repeat=x", "GH7208", 1, 1)]
    [InlineData("", "GH7209", 0, 0)]
    [InlineData("# nothing", "GH7209", 0, 0)]
    public void Mistake_is_named_with_its_place(string text, string id, int line, int column)
    {
        List<Problem> problems = [];
        Catalogue.Parse("demo", text, "api.catalogue", problems).ShouldBeNull();
        Problem problem = problems.ShouldHaveSingleItem();
        problem.Id.ShouldBe(id);
        problem.Location!.Source.ShouldBe("api.catalogue");
        problem.Location.Line.ShouldBe(line);
        problem.Location.Column.ShouldBe(column);
    }

    [Fact]
    public void All_mistakes_are_collected()
    {
        List<Problem> problems = [];
        Catalogue.Parse("demo", "get /a b -\nGET /b b {x}\nGET /c c - nonsense\nGET", "x", problems).ShouldBeNull();
        problems.Select(static p => p.Id).ShouldBe(["GH7202", "GH7205", "GH7206", "GH7201"], ignoreOrder: true);
    }

    [Fact]
    public void Lines_round_trip()
    {
        string text = string.Join("\n", Etcd.Catalogue.Endpoints.Select(static e => e.Text));
        Catalogue again = Etcd.Parse("etcd", text);
        again.Endpoints.Select(static e => e.Text).ShouldBe(Etcd.Catalogue.Endpoints.Select(static e => e.Text));
        CatalogueEndpoint txn = again.Endpoints[3];
        txn.Template.ShouldBe("/v3/kv/txn");
        txn.Actions.ShouldBe(["kv.range", "kv.put", "kv.delete"]);
        txn.Methods.ShouldBe(["POST"]);
        again.Endpoints[^1].Methods.ShouldBe(["GET", "HEAD"]);
        again.Endpoints[^1].IsAnyPrincipal.ShouldBeTrue();
    }

    [Theory]
    [InlineData("application/json", true)]
    [InlineData("Application/JSON", true)]
    [InlineData("application/json; charset=utf-8", true)]
    [InlineData("application/json;charset=\"UTF-8\"", true)]
    [InlineData("application/x-www-form-urlencoded", true)]
    [InlineData("application/json; charset=utf-16", false)]
    [InlineData("application/json; charset=utf-8; x=1", false)]
    [InlineData("application/json;", false)]
    [InlineData("application/jsonx", false)]
    [InlineData("text/plain", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void Content_type_is_held_to_the_list(string? contentType, bool accepted) =>
        Etcd.Catalogue.Endpoints[0].AcceptsContentType(contentType).ShouldBe(accepted);

    [Theory]
    [InlineData("multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxk", true)]
    [InlineData("Multipart/Form-Data;Boundary=\"a:b\"", true)]
    [InlineData("multipart/form-data", true)]
    [InlineData("multipart/form-data; boundary=", false)]
    [InlineData("multipart/form-data; boundary=\"", false)]
    [InlineData("multipart/form-data; boundary=a; boundary=b", false)]
    [InlineData("multipart/form-data; boundary=\"a\"b\"", false)]
    [InlineData("multipart/form-data; boundary=a b", false)]
    [InlineData("multipart/form-data; boundary=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false)]
    [InlineData("multipart/form-data; charset=utf-8", false)]
    [InlineData("multipart/mixed; boundary=a", false)]
    [InlineData("text/plain; boundary=a", false)]
    [InlineData("text/plain; charset=utf-8", true)]
    public void A_form_of_files_has_its_boundary(string contentType, bool accepted) =>
        CatalogueOf("POST /a a - body=stream content-type=multipart/form-data,text/plain").Endpoints[0].AcceptsContentType(contentType).ShouldBe(accepted);

    private static Catalogue CatalogueOf(string table) => Catalogue.Parse("forms", table, "forms", new List<Problem>())!;

    [Fact]
    public void Every_problem_is_registered()
    {
        foreach (ProblemDefinition definition in CatalogueProblems.All)
        {
            ProblemCatalogue.All[definition.Id].ShouldBeSameAs(definition);
        }
    }

    [Fact]
    public void Thousand_endpoints_match_like_one()
    {
        string text = string.Join("\n", Enumerable.Range(0, 1000).Select(static i => $"GET /w{i}/{{x}} a{i} {{x}}"));
        Catalogue catalogue = Etcd.Parse("demo", text);
        Etcd.Classify(catalogue, "GET", "/w0/q").ShouldBe("a0(q)");
        Etcd.Classify(catalogue, "GET", "/w999/q").ShouldBe("a999(q)");
        Etcd.Classify(catalogue, "GET", "/w1000/q").ShouldBe("unknown_path");
        SystemAction.Intern("demo", "a0").Name.ShouldBe("a0");
    }
}
