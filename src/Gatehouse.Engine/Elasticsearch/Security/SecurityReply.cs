using System.Buffers;
using System.Text.Json;
using Gatehouse.Audit;
using Gatehouse.Engine.Administration;
using Gatehouse.Engine.Elasticsearch.Answers;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Operations;
using Gatehouse.Policy;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Elasticsearch.Security;

/// <summary>What the security API answers, and what the gate's record of the call says. Changes of the state record themselves.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Json">The body.</param>
internal readonly record struct SecurityReply(int Status, ReadOnlyMemory<byte> Json)
{
    private static readonly JsonWriterOptions Plain = new() { SkipValidation = false };

    /// <summary>What the record is about: granted, denied, or a request that was not understood.</summary>
    public AuditAction Action { get; init; } = AuditAction.AccessGranted;

    /// <summary>Frozen word for the record of a call that failed; null when it went well.</summary>
    public string? Reason { get; init; }

    /// <summary>What was to be changed, <c>user/anna</c>; null for what only reads.</summary>
    public string? Target { get; init; }

    /// <summary>The problem behind a refusal; null without one.</summary>
    public Problem? Problem { get; init; }

    /// <summary>What was asked of the policy, for the record and for <c>explain</c>; null: nothing was.</summary>
    public OperationSet? Operations { get; init; }

    /// <summary>Why the policy said no; only with <see cref="AuditAction.AccessDenied"/>.</summary>
    public Denial Denial { get; init; }

    /// <summary>200, or another status, with a body of this form.</summary>
    public static SecurityReply Of(Action<Utf8JsonWriter> write, int status = 200)
    {
        var output = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(output, Plain))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return new SecurityReply(status, output.WrittenMemory);
    }

    /// <summary>Not understood, or not accepted.</summary>
    public static SecurityReply Wrong(string reason, string type = ElasticError.IllegalArgument, int status = 400) =>
        new(status, ElasticError.ToBytes(status, type, reason)) { Reason = "invalid_value" };

    /// <summary>A body that is no JSON of the form wanted.</summary>
    public static SecurityReply Unreadable(string reason) => Wrong(reason, ElasticError.Parsing) with { Reason = "malformed" };

    /// <summary>Not there.</summary>
    public static SecurityReply NotFound(string reason) => Wrong(reason, ElasticError.NotFound, 404) with { Reason = "not_found" };

    /// <summary>An endpoint that Gatehouse does not answer. It is never forwarded.</summary>
    public static SecurityReply NotServed(SecurityCall call, string? why = null) => Wrong(
        $"[{call.Method} /{AdminRequestReader.Shown(string.Join('/', call.Segments))}] is not served: Gatehouse answers the security API itself{(why is null ? "" : "; " + why)}",
        ElasticError.NotFound,
        404) with
    { Reason = "not_served" };

    /// <summary>A problem of ours in Elasticsearch's form.</summary>
    public static SecurityReply From(Problem problem)
    {
        // The admin API's status says the same; what it calls unprocessable is called a bad request here.
        int status = AdminResult.Refused(problem).Status is var own && own == 422 ? 400 : own;
        string type = status switch
        {
            404 => ElasticError.NotFound,
            409 => ElasticError.Conflict,
            403 or 429 or 503 or 500 => ElasticError.Security,
            _ => ElasticError.IllegalArgument,
        };
        string reason = problem.Hint is null ? $"{problem.Id}: {problem.Text}" : $"{problem.Id}: {problem.Text} ({problem.Hint})";
        return new(status, ElasticError.ToBytes(status, type, reason))
        {
            Action = status == 403 ? AuditAction.AccessDenied : AuditAction.AccessGranted,
            Reason = "refused",
            Problem = problem,
        };
    }

    /// <summary>How a change of the state ended: an answer of this form, or why nothing was changed.</summary>
    public static SecurityReply From(ChangeOutcome outcome, string target, Action<Utf8JsonWriter> write) =>
        (outcome.Succeeded ? Of(write) : From(outcome.Problems[0])) with { Target = target };
}
