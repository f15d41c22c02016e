using System.Text;
using Gatehouse.Problems;
using Gatehouse.Protocols.Catalogues;

namespace Gatehouse.Protocols.Elasticsearch;

/// <summary>Reads <c>elasticsearch.catalogue</c>: routes for the common catalogue, a plan for each line, known parameters.</summary>
internal sealed class ElasticsearchTable
{
    private static readonly Lazy<ElasticsearchTable> Shared = new(static () => new ElasticsearchTable(Text()));

    private readonly Dictionary<int, EndpointPlan> _plans = [];
    private readonly HashSet<string> _parameters = new(StringComparer.Ordinal);

    private ElasticsearchTable(string text)
    {
        var routes = new StringBuilder();
        int line = 0;
        foreach (string row in text.Split('\n'))
        {
            line++;
            routes.AppendLine(ReadRow(row.Split(' ', StringSplitOptions.RemoveEmptyEntries), line));
        }

        List<Problem> problems = [];
        Routes = Catalogue.Parse("elasticsearch", routes.ToString(), "elasticsearch.catalogue", problems)
            ?? throw new InvalidOperationException(problems[0].ToString());
    }

    /// <summary>The one table.</summary>
    public static ElasticsearchTable Default => Shared.Value;

    /// <summary>Finds the line of a request.</summary>
    public Catalogue Routes { get; }

    /// <summary>The lines, by number.</summary>
    public IReadOnlyDictionary<int, EndpointPlan> Plans => _plans;

    /// <summary>The plan of a line.</summary>
    public EndpointPlan PlanOf(CatalogueEndpoint endpoint) => _plans[endpoint.Line];

    /// <summary>Whether the line knows a parameter.</summary>
    public bool Knows(EndpointPlan plan, string parameter) =>
        _parameters.Contains(parameter) || plan.Parameters.Contains(parameter, StringComparer.Ordinal);

    private static string Text()
    {
        using Stream stream = typeof(ElasticsearchTable).Assembly.GetManifestResourceStream("elasticsearch.catalogue")
            ?? throw new InvalidOperationException("the table is not in the assembly");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <summary>Takes a row; gives the line for the common catalogue, empty where it is none.</summary>
    private string ReadRow(string[] columns, int line)
    {
        if (columns.Length == 0 || columns[0].StartsWith('#'))
        {
            return "";
        }

        if (columns[0] == "?")
        {
            _parameters.UnionWith(columns.Skip(1));
            return "";
        }

        string[] segments = columns[1].Split('/', StringSplitOptions.RemoveEmptyEntries);
        string[] operations = columns[2].Split('+');
        _plans[line] = new EndpointPlan
        {
            Template = columns[1],
            Operations = [.. operations.Where(static o => o.Contains(':')).Select(o => Operation(o, segments))],
            Reader = BodyReaders.Find(columns[3]),
            TakesLines = columns[3] is "bulk" or "msearch" or "msearch_template",
            TakesAnything = columns[3] == "raw",
            Parameters = columns.Length > 4 ? columns[4][1..].Split(',') : [],
            IsAnyPrincipal = operations.Contains("any"),
            IsOwned = operations.Contains("owner"),
            IndexSegment = Array.IndexOf(segments, "{index}"),
        };

        // Any segment may hold date math, and that an encoded slash.
        string template = "/" + string.Join('/', segments.Select(static s => s.StartsWith('{') && !s.Contains(':') ? s[..^1] + ":opaque}" : s));
        return $"{columns[0]} {template} classified - body=stream query=any trailing-slash=strip";
    }

    private static PlannedOperation Operation(string text, string[] segments)
    {
        string[] halves = text.Split('=', 2);
        return new PlannedOperation(halves[0], halves.Length == 1 ? [] : [.. halves[1].Split(',').Select(s => Source(s, segments))]);
    }

    private static PlannedSource Source(string text, string[] segments) => text switch
    {
        "*" => new PlannedSource(IndexSource.All, 0, ""),
        "?index" => new PlannedSource(IndexSource.Parameter, 0, ""),
        ['{', ..] => new PlannedSource(IndexSource.Segment, IndexOf(segments, text), ""),
        _ => new PlannedSource(IndexSource.Literal, 0, text),
    };

    private static int IndexOf(string[] segments, string placeholder) => Array.IndexOf(segments, placeholder) is >= 0 and int index
        ? index
        : throw new InvalidOperationException($"{placeholder} is not in the template");
}
