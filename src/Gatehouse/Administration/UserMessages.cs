namespace Gatehouse.Administration;

/// <summary>A user as the API shows it: never the password or its hash.</summary>
public sealed record UserView
{
    /// <summary>Name.</summary>
    public required string Name { get; set; }

    /// <summary>Free text.</summary>
    public string? FullName { get; set; }

    /// <summary>Roles.</summary>
    public IReadOnlyList<string> Roles { get; set; } = [];

    /// <summary>Whether it may log in.</summary>
    public bool Enabled { get; set; }

    /// <summary>From then on as if disabled, UTC; null never.</summary>
    public DateTimeOffset? Expires { get; set; }

    /// <summary>Whether a password is set.</summary>
    public bool HasPassword { get; set; }

    /// <summary>Whether it is a service account: no password, only API keys.</summary>
    public bool Service { get; set; }

    /// <summary>Whether it is for emergencies: each login raises an alarm.</summary>
    public bool BreakGlass { get; set; }

    /// <summary>When it was made, UTC.</summary>
    public DateTimeOffset Created { get; set; }

    /// <summary>When it was last changed, UTC.</summary>
    public DateTimeOffset Changed { get; set; }
}

/// <summary><c>GET /v1/users</c>.</summary>
public sealed record UserListResponse
{
    /// <summary>By name.</summary>
    public IReadOnlyList<UserView> Users { get; set; } = [];
}

/// <summary><c>POST /v1/users</c>.</summary>
public sealed record UserAddRequest
{
    /// <summary>Name, see <see cref="Identity.UserName"/>.</summary>
    public required string Name { get; set; }

    /// <summary>Password; null makes a user that cannot log in by password.</summary>
    public string? Password { get; set; }

    /// <summary>Roles; each must exist.</summary>
    public IReadOnlyList<string> Roles { get; set; } = [];

    /// <summary>Free text.</summary>
    public string? FullName { get; set; }

    /// <summary>Whether it may log in.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>From then on as if disabled; null never.</summary>
    public DateTimeOffset? Expires { get; set; }

    /// <summary>A service account: no password, now and later.</summary>
    public bool Service { get; set; }

    /// <summary>For emergencies: each login raises an alarm.</summary>
    public bool BreakGlass { get; set; }
}

/// <summary><c>PATCH /v1/users/NAME</c>: what is null stays.</summary>
public sealed record UserSetRequest
{
    /// <summary>Replaces all roles.</summary>
    public IReadOnlyList<string>? Roles { get; set; }

    /// <summary>Adds roles.</summary>
    public IReadOnlyList<string>? AddRoles { get; set; }

    /// <summary>Takes roles away.</summary>
    public IReadOnlyList<string>? RemoveRoles { get; set; }

    /// <summary>Free text; empty removes it.</summary>
    public string? FullName { get; set; }

    /// <summary>Whether it may log in.</summary>
    public bool? Enabled { get; set; }

    /// <summary>From then on as if disabled.</summary>
    public DateTimeOffset? Expires { get; set; }

    /// <summary>True removes <see cref="Expires"/>.</summary>
    public bool NeverExpires { get; set; }
}

/// <summary><c>POST /v1/users/NAME/password</c>.</summary>
public sealed record PasswordRequest
{
    /// <summary>The new password.</summary>
    public required string Password { get; set; }

    /// <summary>Makes an ordinary user of a service account, which else is given no password.</summary>
    public bool EndService { get; set; }
}
