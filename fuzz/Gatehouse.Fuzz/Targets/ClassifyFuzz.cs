using System.Text;
using System.Text.Json;
using Gatehouse.Operations;
using Gatehouse.Problems;
using Gatehouse.Protocols.Catalogues;
using Gatehouse.Protocols.Http;
using static Gatehouse.Fuzz.OracleException;

namespace Gatehouse.Fuzz.Targets;

/// <summary>
/// Requests against a catalogue that uses everything. Input: method, space, target, newline, body. An independent reading of
/// an accepted transaction finds no key that the operations do not name.
/// </summary>
public sealed class ClassifyFuzz : IFuzzTarget
{
    private const string Table = """
        POST  /kv/txn      range   range(/compare/*/key,/compare/*/range_end)  body=json when=/compare/* fields=/success/*/put/value
          + put    /success/*/put/key                                       when=/success/*/put
          + range  range(/success/*/range/key,/success/*/range/range_end)   when=/success/*/range
          + put    /failure/*/put/key                                       when=/failure/*/put
        POST  /kv/range    range   range(/key,/range_end)  body=json encoding=base64 fields=/limit
        GET   /a/{x}/c     axc     {x}  query=q repeat=q
        GET   /{y}/b/c     ybc     {y}
        GET   /q           q       {query.n},optional({query.m})
        GET   /o/{id:opaque} o     {id}  trailing-slash=strip
        *     /{p:rest}    {method} {gate}/{p}  body=stream query=any repeat=any
        """;

    private readonly Catalogue _catalogue = Catalogue.Parse("fuzz", Table, "fuzz", new List<Problem>())
        ?? throw new OracleException("the table reads");

    private readonly CanonicalTarget _target = new();
    private readonly ClassifyScratch _scratch = new();
    private readonly OperationSet _set = new();

    /// <inheritdoc/>
    public string Name => "classify";

    /// <inheritdoc/>
    public IReadOnlyList<string> Dictionary { get; } =
    [
        "POST /kv/txn\n", "POST /kv/range\n", "GET /a/b/c?q=1&q=2\n", "GET /o/x%2Fy/\n", "GET /q?n=1&m=2\n", "\"compare\":[", "\"success\":[",
        "\"failure\":[", "{\"put\":{\"key\":\"k\"}}", "{\"range\":{\"key\":\"k\",\"range_end\":\"l\"}}", "\"key\":\"Zm9v\"", "\"range_end\":\"Zm9w\"",
        "\\u006b", "{", "}", "[", "]", ",", ":", "null", "\"\"", "\"limit\":5",
    ];

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<byte> input)
    {
        int line = input.IndexOf((byte)'\n');
        ReadOnlySpan<byte> first = line < 0 ? input : input[..line];
        ReadOnlySpan<byte> body = line < 0 ? default : input[(line + 1)..];
        int space = first.IndexOf((byte)' ');
        string method = space < 0 ? "GET" : Encoding.Latin1.GetString(first[..space]);
        if (_target.Parse(Encoding.Latin1.GetString(first[(space + 1)..])) != TargetError.None)
        {
            return;
        }

        CatalogueMatch match = _catalogue.Match(method, _target);
        Require(match.IsMatch || match.Error != MatchError.None, "an endpoint or a reason");
        if (!match.IsMatch)
        {
            return;
        }

        // What is forwarded must be matched as what was matched.
        CanonicalTarget forwarded = new();
        Require(forwarded.Parse(_target.ToString()) == TargetError.None &&
            ReferenceEquals(_catalogue.Match(method, forwarded).Endpoint, match.Endpoint), "the forwarded target has the same endpoint");

        ClassifyError error = match.Endpoint!.Classify(method, _target, body, "gate", _scratch, _set);
        if (error != ClassifyError.None)
        {
            Require(_set.Count == 0, "a refused request has no operation");
            return;
        }

        Require(_set.Count > 0, "an accepted request has an operation");
        string described = Describe(_set);
        OperationSet again = new();
        match.Endpoint.Classify(method, forwarded, body, "gate", new ClassifyScratch(), again);
        Require(string.Equals(described, Describe(again), StringComparison.Ordinal), "the forwarded request means the same");
        if (string.Equals(match.Endpoint.Template, "/kv/txn", StringComparison.Ordinal) && body.Length > 0)
        {
            RequireEveryKey(body);
        }
    }

    private void RequireEveryKey(ReadOnlySpan<byte> body)
    {
        using JsonDocument document = JsonDocument.Parse(body.ToArray());
        int keys = CountKeys(document.RootElement);
        Require(_set.ResourceCount == keys, "every key of a transaction is a resource");
    }

    private static int CountKeys(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().Sum(static m =>
            string.Equals(m.Name, "key", StringComparison.Ordinal) ? 1 : CountKeys(m.Value)),
        JsonValueKind.Array => element.EnumerateArray().Sum(CountKeys),
        _ => 0,
    };

    private static string Describe(OperationSet set)
    {
        StringBuilder text = new();
        for (int i = 0; i < set.Count; i++)
        {
            text.Append(set[i].Action.Name).Append('(');
            for (int r = 0; r < set[i].ResourceCount; r++)
            {
                text.Append(Encoding.UTF8.GetString(set[i].Resource(r))).Append('|').Append(set[i].Scope(r)).Append(',');
            }

            text.Append(')');
        }

        return text.ToString();
    }
}
