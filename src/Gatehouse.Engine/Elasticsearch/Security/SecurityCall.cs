using System.Collections.Immutable;
using Gatehouse.Engine.Realms;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Identity;
using Gatehouse.Policy;

namespace Gatehouse.Engine.Elasticsearch.Security;

/// <summary>One request to the security API, after step 4. What it wants is decided by <see cref="SecurityApi"/> itself.</summary>
internal sealed record SecurityCall
{
    /// <summary>HTTP method.</summary>
    public required string Method { get; init; }

    /// <summary>The path, decoded once: <c>["_security", "api_key"]</c>.</summary>
    public required IReadOnlyList<string> Segments { get; init; }

    /// <summary>The query; a parameter without a value is an empty text.</summary>
    public IReadOnlyDictionary<string, string> Query { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>The body; read strictly here.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>Who acts: whom the actor acts as, where there is one.</summary>
    public required Authenticated Login { get; init; }

    /// <summary>Who logged in, where that is not who acts.</summary>
    public Authenticated? Actor { get; init; }

    /// <summary>What it is decided on.</summary>
    public required SecuritySnapshot Snapshot { get; init; }

    /// <summary>The facts for authorization: principal, roles and limit of <see cref="Login"/>, source, gate, moment.</summary>
    public required AuthorizationContext Context { get; init; }

    /// <summary>The gate's realms by name; empty: all that are enabled.</summary>
    public ImmutableArray<string> Realms { get; init; } = [];

    /// <summary>Who acts.</summary>
    public Principal Principal => Login.Principal;

    /// <summary>When.</summary>
    public DateTimeOffset Now => Context.Now;

    /// <summary>Who it is in records of changes: the one who logged in.</summary>
    public string ActorName => Actor is { } actor ? $"{actor.Principal} as {Principal}" : Principal.ToString();

    /// <summary>Whether it comes with an API key.</summary>
    public bool HasKey => Principal.Realm == RealmNames.ApiKey;
}
