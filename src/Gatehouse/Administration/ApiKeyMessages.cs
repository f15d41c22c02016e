using Gatehouse.Policy;

namespace Gatehouse.Administration;

/// <summary>An API key as the API shows it: never its secret or hash.</summary>
public sealed record ApiKeyView
{
    /// <summary>Public part.</summary>
    public required string Id { get; set; }

    /// <summary>A name for people.</summary>
    public required string Name { get; set; }

    /// <summary>Whose.</summary>
    public required string Owner { get; set; }

    /// <summary>What of the owner's rights it has; null: all of them.</summary>
    public IReadOnlyList<GrantView>? Grants { get; set; }

    /// <summary>When it was made, UTC.</summary>
    public DateTimeOffset Created { get; set; }

    /// <summary>From then on as if it were not there, UTC; null never.</summary>
    public DateTimeOffset? Expires { get; set; }

    /// <summary>Whether it is over.</summary>
    public bool Expired { get; set; }

    /// <summary>Who made it, <c>realm/name</c>.</summary>
    public string? CreatedBy { get; set; }

    /// <summary>Whether it was made with another key: it has no right but to say who it is.</summary>
    public bool Derived { get; set; }

    /// <summary>How the API shows a key.</summary>
    public static ApiKeyView From(ApiKeyDocument key, DateTimeOffset now) => new()
    {
        Id = key.Id,
        Name = key.Name,
        Owner = key.Owner,
        Grants = key.Grants?.Select(GrantView.From).ToArray(),
        Created = key.Created,
        Expires = key.Expires,
        Expired = key.Expires <= now,
        CreatedBy = key.CreatedBy,
        Derived = key.IsDerived,
    };
}

/// <summary><c>GET /v1/apikeys</c>.</summary>
public sealed record ApiKeyListResponse
{
    /// <summary>By owner, then by when they were made.</summary>
    public IReadOnlyList<ApiKeyView> Keys { get; set; } = [];
}

/// <summary><c>POST /v1/apikeys</c>.</summary>
public sealed record ApiKeyCreateRequest
{
    /// <summary>A name for people.</summary>
    public required string Name { get; set; }

    /// <summary>Whose; null: the caller's own.</summary>
    public string? Owner { get; set; }

    /// <summary>From then on as if it were not there; null never.</summary>
    public DateTimeOffset? Expires { get; set; }

    /// <summary>What of the owner's rights it has; null: all of them, an empty list: none.</summary>
    public IReadOnlyList<GrantView>? Grants { get; set; }
}

/// <summary>The answer to <c>POST /v1/apikeys</c>: the only time that anybody sees the key.</summary>
public sealed record ApiKeyCreateResponse
{
    /// <summary>The generation of the cluster state in force afterwards.</summary>
    public long Generation { get; set; }

    /// <summary>Public part.</summary>
    public required string Id { get; set; }

    /// <summary>The whole key, <c>gh_ID_SECRET</c>.</summary>
    public required string Key { get; set; }

    /// <summary>Whose.</summary>
    public required string Owner { get; set; }

    /// <summary>When it ends, UTC.</summary>
    public DateTimeOffset? Expires { get; set; }

    /// <summary>Whether it has no right but to say who it is, because a key made it.</summary>
    public bool Derived { get; set; }
}
