using System.Collections.Immutable;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Identity;
using Gatehouse.Policy;

namespace Gatehouse.Engine.Realms;

/// <summary>Step 4 for HTTP's <c>Authorization</c> header and anything else that carries name and password.</summary>
internal interface IAuthenticator
{
    /// <summary>
    /// The verified-credential cache: true when this very header value was verified before and its entry still stands on
    /// the snapshot. No hashing of passwords, no allocation, never blocks.
    /// </summary>
    bool TryGetCached(in AuthenticationRequest request, SecuritySnapshot snapshot, DateTimeOffset now, out Authenticated? authenticated);

    /// <summary>Verifies the header value: limits per source and user first, then the hash on a bounded queue. Never throws for bad input.</summary>
    ValueTask<AuthenticationResult> AuthenticateAsync(AuthenticationRequest request, SecuritySnapshot snapshot, CancellationToken cancellation);
}

/// <summary>A verified login; only realms make one.</summary>
internal sealed class Authenticated
{
    // The salted hash that was verified against: a user removed and made again starts with the same version, but never with it.
    private readonly string? _verifier;

    internal Authenticated(Principal principal, int credentialVersion, string? verifier = null)
    {
        Principal = principal;
        CredentialVersion = credentialVersion;
        _verifier = verifier;
    }

    /// <summary>From then on the credential must be verified anew; what runs goes on. Null: never.</summary>
    public DateTimeOffset? FreshUntil { get; init; }

    /// <summary>The realm that verified it and its epoch then; null for what the store alone decides.</summary>
    public (IRealm Realm, int Epoch)? VerifiedBy { get; init; }

    /// <summary>From then on it is over, for what runs too (a token's end). Null: never.</summary>
    public DateTimeOffset? EndsAt { get; init; }

    /// <summary>What it rests on besides; null: nothing more. Once it has fallen, what runs is cut.</summary>
    public IProof? Proof { get; init; }

    /// <summary>Whether the account is for emergencies: its logins raise an alarm each, and none is remembered.</summary>
    public bool IsBreakGlass { get; init; }

    /// <summary>Who.</summary>
    public Principal Principal { get; }

    /// <summary>Version of the credential, or of the realm, that was verified; another one in the snapshot makes this login fall.</summary>
    public int CredentialVersion { get; }

    /// <summary>Whether the login still stands on a snapshot: same credential, user there, enabled, not expired.</summary>
    public bool IsCurrent(SecuritySnapshot snapshot, DateTimeOffset now) => Principal.Realm switch
    {
        RealmNames.Native => snapshot.Users.TryGetValue(Principal.Name, out UserDocument? user)
            && user.Enabled && !(user.Expires <= now) && user.CredentialVersion == CredentialVersion
            && string.Equals(user.Password, _verifier, StringComparison.Ordinal),
        RealmNames.ApiKey => IsKeyThere(snapshot, now),
        RealmNames.Kernel or RealmNames.Network or RealmNames.Local or RealmNames.SwarmKey => true,
        _ => !(EndsAt <= now)
            && Proof?.Stands(now) != false
            && (snapshot.Document.Realms.TryGetValue(Principal.Realm, out RealmDocument? realm)
                ? realm.Enabled && realm.Version == CredentialVersion
                : Principal.Realm == RealmNames.Pki && CredentialVersion == 0),
    };

    /// <summary>Whether a gate that asks these realms lets such a login in; none named: all but those that must be.</summary>
    public bool MayComeThrough(ImmutableArray<string> realms, SecuritySnapshot snapshot) => realms.IsDefaultOrEmpty
        ? Principal.Realm != RealmNames.Local
            && !(Principal.Realm == RealmNames.Pki && CredentialVersion == 0)
            && !(snapshot.Document.Realms.TryGetValue(Principal.Realm, out RealmDocument? realm) && realm.Kind == RealmKind.Anonymous)
        : realms.Contains(Principal.Realm, StringComparer.Ordinal);

    /// <summary>Whether a new request may rely on it without verifying the credential again.</summary>
    public bool IsFresh(DateTimeOffset now) =>
        !(FreshUntil <= now) && (VerifiedBy is not { } by || by.Realm.Epoch == by.Epoch);

    private bool IsKeyThere(SecuritySnapshot snapshot, DateTimeOffset now) =>
        Principal.Attributes.TryGetValue(SecuritySnapshot.ApiKeyAttribute, out string? id)
        && snapshot.Document.ApiKeys.TryGetValue(id, out ApiKeyDocument? key)
        && !(key.Expires <= now)
        && string.Equals(key.Hash, _verifier, StringComparison.Ordinal)
        && string.Equals(key.Owner, Principal.Name, StringComparison.Ordinal)
        && snapshot.Users.TryGetValue(key.Owner, out UserDocument? owner)
        && owner.Created == key.OwnerSince;
}

/// <summary>What came of it.</summary>
/// <param name="Status">The kind.</param>
/// <param name="Authenticated">Set exactly when <see cref="AuthenticationStatus.Accepted"/>.</param>
/// <param name="PresentedName">The name that was presented, for the audit record; null where none could be read.</param>
/// <param name="RetryAfter">Set when limited.</param>
internal readonly record struct AuthenticationResult(
    AuthenticationStatus Status,
    Authenticated? Authenticated = null,
    string? PresentedName = null,
    TimeSpan RetryAfter = default)
{
    /// <summary>Why not, realm by realm, for the record; never for the client.</summary>
    public string? Reason { get; init; }
}

/// <summary>Kinds of result. Clients see only accepted, limited and refused; the record says which.</summary>
internal enum AuthenticationStatus
{
    /// <summary>No credentials presented.</summary>
    Missing,

    /// <summary>Verified.</summary>
    Accepted,

    /// <summary>Header not understood.</summary>
    Malformed,

    /// <summary>Unknown user or wrong password.</summary>
    Refused,

    /// <summary>Right password, but disabled or expired.</summary>
    Inactive,

    /// <summary>Too many failed logins or too long a queue; not looked at.</summary>
    Limited,
}
