using System.Buffers;
using System.Text;
using Gatehouse.Engine.Gates;
using Gatehouse.Operations;
using Gatehouse.Policy;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Elasticsearch.Answers;

/// <summary>The gate's refusals as Elasticsearch words its own: type by status, a reason that people know, the receipt besides.</summary>
internal static class ElasticsearchErrors
{
    /// <summary>How clients are asked for credentials, in the words of Elasticsearch's security.</summary>
    public const string Challenge = "Basic realm=\"security\", charset=\"UTF-8\", ApiKey";

    /// <summary>The header by which Elastic's clients recognise what they talk to.</summary>
    public const string ProductHeader = "X-elastic-product";

    /// <summary>Writes the body of an error.</summary>
    public static void Write(
        HttpExchange exchange, int status, ProblemDefinition problem, string reason, string? receipt, IBufferWriter<byte> into)
    {
        exchange.SetHeader(ProductHeader, "Elasticsearch");
        ElasticError.Write(into, status, TypeOf(status, reason), TextOf(exchange, status, problem, reason), Extra(problem, reason, receipt));
    }

    /// <summary>Writes the body of a denial that was not the exchange's own decision.</summary>
    public static void WriteDenied(HttpExchange exchange, OperationSet? asked, Denial denial, string? receipt, IBufferWriter<byte> into)
    {
        const string reason = "no_grant";
        string text = asked is null || denial.Operation < 0 ? GateProblems.AccessDenied.Title : TextOf(asked, denial, exchange.Login!.Principal.Name); // step 4 comes before
        ElasticError.Write(into, 403, ElasticError.Security, text, Extra(GateProblems.AccessDenied, reason, receipt));
    }

    private static KeyValuePair<string, string>[] Extra(ProblemDefinition problem, string reason, string? receipt) => receipt is null
        ? [new("gatehouse.id", problem.Id), new("gatehouse.reason", reason)]
        : [new("gatehouse.id", problem.Id), new("gatehouse.reason", reason), new("gatehouse.receipt", receipt), new("gatehouse.help", $"gatehouse explain {receipt}")];

    private static string TypeOf(int status, string reason) => status switch
    {
        401 or 403 => ElasticError.Security,
        404 => reason == "search_context_missing" ? "search_context_missing_exception" : ElasticError.NotFound,
        406 => "media_type_header_exception",
        413 => "content_too_long_exception",
        415 => "media_type_header_exception",
        429 => "es_rejected_execution_exception",
        >= 500 => "status_exception",
        _ => ElasticError.IllegalArgument,
    };

    private static string TextOf(HttpExchange exchange, int status, ProblemDefinition problem, string reason)
    {
        if (status == 401)
        {
            return reason == "credentials_needed"
                ? $"missing authentication credentials for REST request [{exchange.Path ?? "/"}]"
                : $"unable to authenticate user for REST request [{exchange.Path ?? "/"}]";
        }

        if (status != 403 || exchange.Denial.Reason == DenialReason.None || exchange.Login is not { } login || exchange.Denial.Operation < 0)
        {
            return $"{problem.Title} [{reason}]";
        }

        return TextOf(exchange.Operations, exchange.Denial, login.Principal.Name);
    }

    private static string TextOf(OperationSet asked, Denial denial, string user)
    {
        OperationView denied = asked[denial.Operation];
        var text = new StringBuilder($"action [{denied.Action.Name}] is unauthorized for user [{user}]");
        if (denial.Resource >= 0)
        {
            // Every name that begins so; all of them where that is nothing.
            string star = denied.Scope(denial.Resource) == ResourceScope.Prefix ? "*" : "";
            text.Append($" on indices [{Encoding.UTF8.GetString(denied.Resource(denial.Resource))}{star}]");
        }

        if (denial.Reason == DenialReason.ExplicitDeny)
        {
            return text.Append(", a role denies it").ToString();
        }

        string kind = denied.Action.Name.StartsWith("index:", StringComparison.Ordinal) ? "index" : "cluster";
        text.Append($", this action is granted by the {kind} privilege [{denied.Action.Name[(kind.Length + 1)..]}]");
        return text.ToString();
    }
}
