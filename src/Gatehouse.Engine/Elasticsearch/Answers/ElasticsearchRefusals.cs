using Gatehouse.Audit;
using Gatehouse.Engine.Gates;
using Gatehouse.Problems;
using Gatehouse.Protocols.Elasticsearch.Streams;

namespace Gatehouse.Engine.Elasticsearch.Answers;

/// <summary>Refusals of requests that were not understood, or that nobody may send.</summary>
internal static class ElasticsearchRefusals
{
    /// <summary>The body is larger than the endpoint takes.</summary>
    public static Refusal BodyTooLarge { get; } = new(413, GateProblems.BodyTooLarge, "body_too_large", AuditAction.AccessDenied);

    /// <summary>The body is of a type that is not read here.</summary>
    public static Refusal BodyType { get; } = new(415, GateProblems.BodyTypeRefused, "content_type", AuditAction.AccessDenied);

    /// <summary>The body is packed in a way that is not read here.</summary>
    public static Refusal BodyCoding { get; } = new(415, GateProblems.BodyTypeRefused, "content_encoding", AuditAction.AccessDenied);

    /// <summary>A packed body that is not what it says, or that grows beyond its limits.</summary>
    public static Refusal OfCoding(InflateError error) => error is InflateError.TooLarge or InflateError.ExpandsTooMuch
        ? BodyTooLarge
        : new Refusal(400, GateProblems.BodyRefused, "content_encoding", AuditAction.TamperedRequest);

    /// <summary>Indices may not be deleted by a wildcard.</summary>
    public static Refusal WildcardDelete { get; } = Refusal.Denied(GateProblems.AccessDenied, "wildcard_delete");

    /// <summary>More names than a request line holds.</summary>
    public static Refusal TooManyNames { get; } = Refusal.Denied(GateProblems.TooManyIndices, "too_many_indices", 400);

    /// <summary>What the classifier's word means for the client.</summary>
    public static Refusal Of(string word) => word switch
    {
        "content_type" => BodyType,
        "method_not_allowed" => Refusal.Denied(GateProblems.MethodNotAllowed, word, 405),
        "unknown_parameter" or "repeated_parameter" or "bad_index_name" or "unexpected_value" or "missing_index" or "missing_handle" or "unknown_field"
            or "unexpected_type" or "two_names" or "malformed_lines" or "missing_field" => Refusal.Denied(GateProblems.BodyRefused, word, 400),
        _ => new Refusal(400, GateProblems.BodyRefused, word, AuditAction.TamperedRequest),
    };
}
