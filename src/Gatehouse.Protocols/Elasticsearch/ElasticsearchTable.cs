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
        string[][] rows = [.. text.Split('\n').Select(static row => row.Split(' ', StringSplitOptions.RemoveEmptyEntries))];
        for (int row = 0; row < rows.Length; row++)
        {
            routes.AppendLine(ReadRow(rows[row], row + 1));
        }

        FindWider(rows);
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
            ReaderName = columns[3],
            Parameters = columns.Length > 4 ? columns[4][1..].Split(',') : [],
            IsAnyPrincipal = operations.Contains("any"),
            IsOwned = operations.Contains("owner"),
            IndexSegment = Array.IndexOf(segments, "{index}"),
        };

        // Any segment may hold date math, and that an encoded slash.
        string template = "/" + string.Join('/', segments.Select(static s => s.StartsWith('{') && !s.Contains(':') ? s[..^1] + ":opaque}" : s));
        return $"{columns[0]} {template} classified - body=stream query=any trailing-slash=strip";
    }

    /// <summary>
    /// For each line that means every index: where in its path a list of indices may stand, so that another line of the table takes
    /// it with the same methods, body and actions.
    /// </summary>
    private void FindWider(string[][] rows)
    {
        Dictionary<string, int> lines = new(StringComparer.Ordinal);
        foreach ((int line, EndpointPlan plan) in _plans)
        {
            lines.TryAdd(Shape(plan.Template), line);
        }

        foreach ((int line, EndpointPlan plan) in _plans.ToArray())
        {
            if (!plan.Operations.Any(static o => o.Sources.Any(IsEverything)))
            {
                continue;
            }

            int count = plan.Template.Count(static c => c == '/');
            int at = Array.FindIndex<(string Template, int At)>(
                [("/{}" + Shape(plan.Template), 0), (Shape(plan.Template) + "/{}", count)],
                wider => lines.TryGetValue(wider.Template, out int other) && IsSame(rows[line - 1], plan, rows[other - 1], _plans[other], wider.At));
            if (at >= 0)
            {
                _plans[line] = plan.InsertingAt(at == 0 ? 0 : count);
            }
        }
    }

    private static bool IsSame(string[] row, EndpointPlan plan, string[] otherRow, EndpointPlan other, int at) =>
        row[0].Split(',').All(method => otherRow[0].Split(',').Contains(method, StringComparer.Ordinal))
        && plan.ReaderName == other.ReaderName
        && plan.Operations.Length == other.Operations.Length
        && plan.Operations.Zip(other.Operations).All(pair => pair.First.Action == pair.Second.Action
            && pair.First.Sources.Any(IsEverything) == pair.Second.Sources.Any(s => s.Source == IndexSource.Segment && s.Segment == at));

    private static bool IsEverything(PlannedSource source) => source.Source is IndexSource.All or IndexSource.Parameter;

    private static string Shape(string template) =>
        string.Join('/', template.Split('/').Select(static s => s.StartsWith('{') ? "{}" : s));

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
