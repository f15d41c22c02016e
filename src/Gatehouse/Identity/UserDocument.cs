using System.Collections.Immutable;

namespace Gatehouse.Identity;

/// <summary>A native user as it is kept in the store.</summary>
public sealed record UserDocument
{
    /// <summary>1 to 128 characters, see <see cref="UserName"/>.</summary>
    public required string Name { get; init; }

    /// <summary>The encoded password hash (<see cref="PasswordHash"/>), or null for a user without a password.</summary>
    public string? Password { get; init; }

    /// <summary>A service account has no password and acts by API keys only.</summary>
    public bool IsService { get; init; }

    /// <summary>For emergencies: every login raises an alarm, and nothing else acts in its place.</summary>
    public bool IsBreakGlass { get; init; }

    /// <summary>Names of roles; unknown ones grant nothing.</summary>
    public ImmutableArray<string> Roles { get; init; } = [];

    /// <summary>A disabled user cannot log in and loses live connections.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>From then on as if disabled; null never.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>Free text for people.</summary>
    public string? FullName { get; init; }

    /// <summary>Counts up with each change of the credential; cached verifications of older ones fall.</summary>
    public int CredentialVersion { get; init; } = 1;

    /// <summary>When the user was made.</summary>
    public DateTimeOffset Created { get; init; }

    /// <summary>When the user was last changed.</summary>
    public DateTimeOffset Changed { get; init; }
}
