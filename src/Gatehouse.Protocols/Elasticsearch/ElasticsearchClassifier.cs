using System.Text;
using Gatehouse.Protocols.Catalogues;
using Gatehouse.Protocols.Http;

namespace Gatehouse.Protocols.Elasticsearch;

/// <summary>
/// Says which privileges of Elastic on which index expressions a request needs: Elasticsearch 7 to 9 and OpenSearch 2 to 3.
/// Sources: the projects' REST specifications and clients, Elastic's security-privileges reference. Thread-safe.
/// </summary>
public static class ElasticsearchClassifier
{
    private static readonly RequestClass Unknown = new(RequestOutcome.Operations, [new RequestOperation("cluster:all", [])], null);

    /// <summary>The lines of the table, as routes alone.</summary>
    public static Catalogue Routes => ElasticsearchTable.Default.Routes;

    /// <summary>Classifies a request.</summary>
    /// <param name="method">The method, case-sensitive.</param>
    /// <param name="rawTarget">The request target as it came over the wire.</param>
    /// <param name="contentType">The value of <c>Content-Type</c>, or null.</param>
    /// <param name="body">The body, decompressed; empty where there is none.</param>
    public static RequestClass Classify(string method, string rawTarget, string? contentType, ReadOnlyMemory<byte> body)
    {
        var target = new CanonicalTarget();
        TargetError error = target.Parse(rawTarget);
        if (error != TargetError.None)
        {
            return RequestClass.Refused(TargetErrors.Word(error));
        }

        RouteResult found = Find(method, rawTarget, target);
        return found.Route is { } route ? Classify(route, method, target, contentType, body).Class : found.Class!; // one of the two
    }

    /// <summary>Finds the line that takes a request, before its body is read.</summary>
    /// <param name="method">The method, case-sensitive.</param>
    /// <param name="rawTarget">The request target as it came over the wire.</param>
    /// <param name="target">The same, parsed.</param>
    public static RouteResult Find(string method, string rawTarget, CanonicalTarget target)
    {
        // The router of Elasticsearch compares words undecoded: `%5Fsearch` is no `_search` there.
        if (HasEscapedWord(rawTarget))
        {
            return Refused("escaped_word");
        }

        ElasticsearchTable table = ElasticsearchTable.Default;
        CatalogueMatch match = table.Routes.Match(method, target);
        if (match.Error == MatchError.UnknownPath || (match.Endpoint is { } found && HasReservedIndex(table.PlanOf(found), target)))
        {
            return IsMethod(method) ? new RouteResult(null, Unknown) : Refused("method_not_allowed");
        }

        if (match.Error != MatchError.None || match.Endpoint is null)
        {
            return Refused(MatchErrors.Word(match.Error));
        }

        EndpointPlan plan = table.PlanOf(match.Endpoint);
        return ParameterFault(table, plan, target) is { } fault ? Refused(fault) : new RouteResult(new ElasticsearchRoute(plan), null);
    }

    /// <summary>Classifies a request whose line was found.</summary>
    /// <param name="route">The line.</param>
    /// <param name="method">The method.</param>
    /// <param name="target">The target that the line was found for.</param>
    /// <param name="contentType">The value of <c>Content-Type</c>, or null.</param>
    /// <param name="body">The body, decompressed; empty where there is none.</param>
    public static ClassifiedRequest Classify(
        ElasticsearchRoute route, string method, CanonicalTarget target, string? contentType, ReadOnlyMemory<byte> body)
    {
        EndpointPlan plan = route.Plan;
        if (target.TryGetParameter("source"u8, out ReadOnlySpan<byte> source))
        {
            // A body in the query is read as the body that it becomes.
            if (!body.IsEmpty || plan.Reader is null || !target.TryGetParameter("source_content_type"u8, out ReadOnlySpan<byte> type))
            {
                return new ClassifiedRequest(RequestClass.Refused("body_in_query"), [], []);
            }

            body = source.ToArray();
            contentType = Encoding.UTF8.GetString(type);
        }

        var request = new Classification(plan, method, target, plan.Reader is null ? default : body);
        if (!request.Body.IsEmpty && !plan.TakesAnything && !ContentTypes.Accepts(contentType, plan.TakesLines))
        {
            return new ClassifiedRequest(RequestClass.Refused("content_type"), [], []);
        }

        plan.Reader?.Invoke(request);
        AddByParameters(request);
        request.BeginPlanned();
        foreach (PlannedOperation operation in plan.Operations)
        {
            AddPlanned(request, operation);
        }

        return request.Result();
    }

    /// <summary>Whether a body of this type may be read at all on this line.</summary>
    public static bool AcceptsContentType(ElasticsearchRoute route, string? contentType) =>
        route.Body is ElasticsearchBody.None or ElasticsearchBody.Anything || ContentTypes.Accepts(contentType, route.Plan.TakesLines);

    /// <summary>Whether a <c>Content-Type</c> is JSON as Elasticsearch takes it.</summary>
    public static bool IsJson(string? contentType) => ContentTypes.Accepts(contentType, takesLines: false);

    private static void AddPlanned(Classification request, PlannedOperation operation)
    {
        string action = request.InPlaceOf(operation.Action);
        if (operation.Sources.Length == 0 || (request.HasOwnIndices && action == "index:read"))
        {
            request.Need(action);
            return;
        }

        foreach (PlannedSource source in operation.Sources)
        {
            string list = source.Source switch
            {
                IndexSource.Segment => Encoding.UTF8.GetString(request.Target.Segment(source.Segment)),
                IndexSource.Parameter => request.Parameter("index"u8) ?? "",
                IndexSource.Literal => source.Text,
                _ => "",
            };
            request.Need(action, list);
            request.AddSlot(new IndexSlot(action, list, source.Source == IndexSource.Segment ? source.Segment : -1, source.InsertAt), source.Source == IndexSource.Literal);
        }
    }

    private static void AddByParameters(Classification request)
    {
        if (request.Parameter("op_type"u8) is { } type)
        {
            if (type is not ("create" or "index"))
            {
                request.Refuse("unexpected_value");
            }
            else if (type == "create")
            {
                request.Supersede("index:create", "index:create_doc");
            }
            else if (request.Plan.Template.EndsWith("/_doc", StringComparison.Ordinal))
            {
                // Only an id made by the server implies that nothing is overwritten, not this.
                request.Supersede("index:create_doc", "index:create");
            }
        }

        if (request.Plan.Template.EndsWith("/_update_by_query", StringComparison.Ordinal) && request.Parameter("pipeline"u8) is not null)
        {
            request.Need("cluster:manage");
        }
    }

    private static RouteResult Refused(string word) => new(null, RequestClass.Refused(word));

    private static bool IsMethod(string method) => method is "GET" or "HEAD" or "POST" or "PUT" or "DELETE" or "PATCH";

    // No index has a name that begins with an underscore: such a path is one that the table does not know.
    private static bool HasReservedIndex(EndpointPlan plan, CanonicalTarget target)
    {
        if (plan.IndexSegment < 0 && !plan.Template.StartsWith("/{", StringComparison.Ordinal))
        {
            return false;
        }

        ReadOnlySpan<byte> index = target.Segment(Math.Max(plan.IndexSegment, 0));
        return index.StartsWith("_"u8) && !index.SequenceEqual("_all"u8) && !index.StartsWith("_all,"u8);
    }

    private static bool HasEscapedWord(string rawTarget)
    {
        int question = rawTarget.IndexOf('?', StringComparison.Ordinal);
        string path = question < 0 ? rawTarget : rawTarget[..question];
        return path.Contains("/%5F", StringComparison.OrdinalIgnoreCase);
    }

    private static string? ParameterFault(ElasticsearchTable table, EndpointPlan plan, CanonicalTarget target)
    {
        for (int i = 0; i < target.ParameterCount; i++)
        {
            string name = Encoding.UTF8.GetString(target.ParameterName(i));
            if (target.IsRepeated(i))
            {
                return MatchErrors.Word(MatchError.RepeatedParameter);
            }

            if (!table.Knows(plan, name) && name is not ("source" or "source_content_type"))
            {
                return MatchErrors.Word(MatchError.UnknownParameter);
            }
        }

        return null;
    }
}
