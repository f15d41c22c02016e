using System.Collections.Immutable;
using System.Text.Json.Serialization.Metadata;
using Gatehouse.Operations;

namespace Gatehouse.Engine.Administration;

/// <summary>Runs one endpoint after it was authorized (step 7).</summary>
internal delegate ValueTask<AdminResult> AdminHandler(AdminCall call);

/// <summary>Names what a call wants (step 5): actions with their resource, null for the system as a whole.</summary>
internal delegate IEnumerable<AdminOperation> AdminClassifier(AdminCall call);

/// <summary>One action on one resource.</summary>
internal readonly record struct AdminOperation(SystemAction Action, string? Resource)
{
    /// <summary>On every name there is or may be: only a grant on all of them allows it.</summary>
    public bool IsOnEverything { get; init; }
}

/// <summary>Who may call an endpoint.</summary>
internal enum AdminAccess
{
    /// <summary>Who has the right; the rule.</summary>
    Role = 0,

    /// <summary>Everybody about oneself, others by right.</summary>
    SelfOrRole = 1,

    /// <summary>Everybody who is authenticated.</summary>
    Authenticated = 2,
}

/// <summary>One line of the endpoint table.</summary>
/// <param name="Method">HTTP method.</param>
/// <param name="Template">Path below the root; a segment in braces takes a name.</param>
/// <param name="Action">What it needs, in the words of system <c>gatehouse</c>.</param>
/// <param name="Handle">What it does.</param>
internal sealed record AdminEndpoint(string Method, string Template, string Action, AdminHandler Handle)
{
    /// <summary>The system of every action of the admin API.</summary>
    public const string System = "gatehouse";

    /// <summary>Who may call it.</summary>
    public AdminAccess Access { get; init; }

    /// <summary>True when it changes something: recorded on disk before the answer is sent.</summary>
    public bool Changes { get; init; }

    /// <summary>Known query parameters; all others are refused.</summary>
    public ImmutableArray<string> Parameters { get; init; } = [];

    /// <summary>How its body is read; null: it takes none.</summary>
    public JsonTypeInfo? Body { get; init; }

    /// <summary>How a good answer is written; null: lines of JSON as they come.</summary>
    public JsonTypeInfo? Answer { get; init; }

    /// <summary>Largest body; what is over <see cref="AdminRequestReader.MaxBody"/> only from callers with <see cref="Action"/>.</summary>
    public int MaxBody { get; init; } = AdminRequestReader.MaxBody;

    /// <summary>Whether the call is about the caller (for <see cref="AdminAccess.SelfOrRole"/>).</summary>
    public Func<AdminCall, bool> IsAboutSelf { get; init; } = static _ => false;

    /// <summary>What a call wants, when it is more than <see cref="Action"/> on the name in the path.</summary>
    public AdminClassifier? Operations { get; init; }

    /// <summary>The action, interned once.</summary>
    public SystemAction Interned { get; } = SystemAction.Intern(System, Action);

    /// <summary>Segments of the template.</summary>
    public ImmutableArray<string> Segments { get; } = [.. Template.Split('/', StringSplitOptions.RemoveEmptyEntries)];

    /// <summary>An operation of this system.</summary>
    public static AdminOperation Operation(string action, string? resource) => new(SystemAction.Intern(System, action), resource);
}
