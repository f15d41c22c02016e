using System.Text;
using Gatehouse.Operations;
using Gatehouse.Problems;
using Gatehouse.Protocols.Catalogues;
using Gatehouse.Protocols.Http;

namespace Gatehouse.Protocols.Ignite.Rest;

/// <summary>The REST API of Apache Ignite 3 as operations of system <c>ignite-rest</c>. What it does not know is refused.</summary>
public static class IgniteRestCatalogue
{
    /// <summary>The system's name.</summary>
    public const string System = "ignite-rest";

    private const string Api = "/management/v1";

    private static readonly Lazy<Catalogue> Table = new(Make);

    /// <summary>The endpoints. Operations come from <see cref="IgniteRestReader"/>: a line alone knows no resources.</summary>
    public static Catalogue Routes => Table.Value;

    /// <summary>Whether Ignite answers it to everybody: health.</summary>
    public static bool IsOpen(CatalogueEndpoint endpoint) => endpoint.Actions[0] == IgniteRestActions.ReadHealth;

    /// <summary>How the endpoint's body is read.</summary>
    public static IgniteRestBody BodyOf(CatalogueEndpoint endpoint) => endpoint.Actions[0] switch
    {
        _ when endpoint.BodyMode == BodyMode.None => IgniteRestBody.None,
        IgniteRestActions.Initialize => IgniteRestBody.Initialization,
        IgniteRestActions.WriteConfiguration => IgniteRestBody.Configuration,
        IgniteRestActions.Deploy => IgniteRestBody.Unit,
        _ => endpoint.BodyMode == BodyMode.Json ? IgniteRestBody.Json : IgniteRestBody.Name,
    };

    /// <summary>Whether <see cref="IgniteRestReader.TryRead"/> needs the whole body.</summary>
    public static bool IsWholeBody(CatalogueEndpoint endpoint) => BodyOf(endpoint) is not (IgniteRestBody.None or IgniteRestBody.Unit);

    /// <summary>Classifies a whole request as a gate does it step by step; for tools.</summary>
    /// <param name="method">The method, case-sensitive.</param>
    /// <param name="rawTarget">The request target as it came over the wire.</param>
    /// <param name="contentType">The value of <c>Content-Type</c>, or null.</param>
    /// <param name="body">The body, empty where there is none.</param>
    public static RequestClass Classify(string method, string rawTarget, string? contentType, ReadOnlySpan<byte> body)
    {
        var target = new CanonicalTarget();
        TargetError error = target.Parse(rawTarget);
        if (error != TargetError.None)
        {
            return RequestClass.Refused(TargetErrors.Word(error));
        }

        CatalogueMatch match = Routes.Match(method, target);
        if (!match.IsMatch)
        {
            return RequestClass.Refused(MatchErrors.Word(match.Error));
        }

        CatalogueEndpoint endpoint = match.Endpoint!; // IsMatch
        if (!body.IsEmpty && (endpoint.BodyMode == BodyMode.None || !endpoint.AcceptsContentType(contentType)))
        {
            return RequestClass.Refused(endpoint.BodyMode == BodyMode.None ? ClassifyErrors.Word(ClassifyError.UnexpectedBody) : "content_type");
        }

        var operations = new OperationSet();
        return body.Length > (endpoint.MaxBody ?? long.MaxValue) ? RequestClass.Refused("body_too_large")
            : IgniteRestReader.TryRead(endpoint, method, target, IsWholeBody(endpoint) ? body : default, operations, out _, out IgniteRestFault? fault)
                ? new RequestClass(RequestOutcome.Operations, RequestClasses.Show(operations), null)
                : RequestClass.Refused(fault.Reason);
    }

    private static Catalogue Make()
    {
        var lines = new StringBuilder();
        foreach (string row in Text().Split('\n'))
        {
            string[] columns = row.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (columns.Length > 1 && !columns[0].StartsWith('#') && columns[0] != "+")
            {
                columns[1] = columns[1].StartsWith('=') ? columns[1][1..] : Api + columns[1];
            }

            lines.AppendLine(string.Join(' ', columns));
        }

        List<Problem> problems = [];
        return Catalogue.Parse(System, lines.ToString(), "ignite-rest.catalogue", problems)
            ?? throw new InvalidOperationException(problems[0].ToString());
    }

    private static string Text()
    {
        using Stream stream = typeof(IgniteRestCatalogue).Assembly.GetManifestResourceStream("ignite-rest.catalogue")
            ?? throw new InvalidOperationException("the table is not in the assembly");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
