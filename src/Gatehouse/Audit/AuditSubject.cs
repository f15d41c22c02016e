using Gatehouse.Operations;

namespace Gatehouse.Audit;

/// <summary>What an audit policy looks at in an event. All of it is known before a request is forwarded; how it ended is not part of it.</summary>
public readonly ref struct AuditSubject
{
    /// <summary>The facts of an event that nobody authenticated for.</summary>
    public AuditSubject(AuditAction action, string? gate)
    {
        Action = action;
        Gate = gate;
    }

    /// <summary>The facts of a record.</summary>
    public AuditSubject(AuditEvent record)
    {
        Action = record.Action;
        Gate = record.Gate;
        User = record.User;
        Realm = record.Realm;
        Roles = record.Roles;
        Operations = record.Operations;
        if (record.RunBy is { } actor)
        {
            int slash = actor.IndexOf('/', StringComparison.Ordinal);
            ActorRealm = slash < 0 ? null : actor[..slash];
            Actor = actor[(slash + 1)..];
        }
    }

    /// <summary>What happened.</summary>
    public AuditAction Action { get; }

    /// <summary>The gate's name.</summary>
    public string? Gate { get; }

    /// <summary>The user; counts only beside a realm, which says that somebody verified the name.</summary>
    public string? User { get; init; }

    /// <summary>The realm that verified the user.</summary>
    public string? Realm { get; init; }

    /// <summary>Who acts as <see cref="User"/>; null where nobody does.</summary>
    public string? Actor { get; init; }

    /// <summary>The realm of <see cref="Actor"/>.</summary>
    public string? ActorRealm { get; init; }

    /// <summary>Roles of the decision.</summary>
    public IReadOnlyList<string>? Roles { get; init; }

    /// <summary>Operations with their resources.</summary>
    public OperationSet? Operations { get; init; }
}
