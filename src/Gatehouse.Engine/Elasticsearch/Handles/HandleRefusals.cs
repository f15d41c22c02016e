using Gatehouse.Audit;
using Gatehouse.Engine.Gates;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Elasticsearch.Handles;

/// <summary>Refusals of handles: the trail says why, the client hears what the upstream says of one that is gone.</summary>
internal static class HandleRefusals
{
    /// <summary>The client's word for scrolls and points in time; Elasticsearch has an exception of its own for them.</summary>
    public const string ContextMissing = "search_context_missing";

    /// <summary>The client's word for the others.</summary>
    public const string Missing = "handle_missing";

    /// <summary>The response is to be in a form that cannot be looked into for handles.</summary>
    public static Refusal Form { get; } = Refusal.Denied(GateProblems.ResponseForm, "response_form", 406);

    /// <summary>No handle where one must be, or in a form that is not read.</summary>
    public static Refusal Unreadable { get; } = Refusal.Denied(GateProblems.BodyRefused, "missing_handle", 400);

    /// <summary>That of a fault.</summary>
    public static Refusal Of(HandleFault fault, HandleKind kind)
    {
        (string word, AuditAction action) = fault switch
        {
            HandleFault.Altered => ("handle_altered", AuditAction.TamperedRequest),
            HandleFault.Foreign => ("handle_foreign", AuditAction.AccessDenied),
            HandleFault.Expired => ("handle_expired", AuditAction.AccessDenied),
            _ => ("handle_unknown", AuditAction.AccessDenied),
        };
        return new Refusal(404, GateProblems.HandleMissing, word, action)
        {
            Told = kind is HandleKind.Scroll or HandleKind.PointInTime ? ContextMissing : Missing,
        };
    }
}
