using System.Net;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Identity;

namespace Gatehouse.Engine.Realms;

/// <summary>What a client presents to prove who it is. One of the four, or nothing.</summary>
/// <param name="Source">The client's address.</param>
internal sealed record PresentedCredentials(IPAddress Source)
{
    /// <summary>Name, with <see cref="Password"/>.</summary>
    public string? Name { get; init; }

    /// <summary>Password; never empty: an empty one is refused before any realm is asked (RFC 4513 section 5.1.2).</summary>
    public string? Password { get; init; }

    /// <summary>A bearer token (RFC 6750).</summary>
    public string? Token { get; init; }

    /// <summary>A client certificate whose handshake proved its key; the chain is the realm's business.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>Whether nothing was presented.</summary>
    public bool IsNothing => Name is null && Token is null && Certificate is null;

    /// <summary>For records: never the secret.</summary>
    public override string ToString() => Name is not null ? $"password of {Name}" : Token is not null ? "token" : Certificate is not null ? "certificate" : "nothing";
}

/// <summary>How a realm answered.</summary>
internal enum RealmVerdict
{
    /// <summary>Not presented what this realm reads.</summary>
    NotMine,

    /// <summary>It is who it says.</summary>
    Accepted,

    /// <summary>Unknown, wrong, expired, revoked.</summary>
    Refused,

    /// <summary>Known and right, but not to be let in (disabled).</summary>
    Inactive,

    /// <summary>The realm cannot be asked: no verdict. The chain goes on; nobody is let in by it.</summary>
    Unavailable,

    /// <summary>Too many at once.</summary>
    Busy,
}

/// <summary>A realm's answer.</summary>
/// <param name="Verdict">The verdict.</param>
/// <param name="Principal">Set exactly when accepted. Its realm is the realm's name.</param>
/// <param name="Reason">Frozen word for the record (<c>token_expired</c>, <c>bind_refused</c>); never seen by the client.</param>
/// <param name="Until">When the verification must be made again; null: as long as credential and realm stay the same.</param>
internal readonly record struct RealmAnswer(RealmVerdict Verdict, Principal? Principal = null, string? Reason = null, DateTimeOffset? Until = null)
{
    /// <summary>What the acceptance rests on besides the settings; null: nothing that changes without them.</summary>
    public IProof? Proof { get; init; }

    /// <summary>Not presented what this realm reads.</summary>
    public static RealmAnswer NotMine { get; } = new(RealmVerdict.NotMine);
}

/// <summary>
/// What a verified login rests on that may fall without any change of the realm's settings: the key behind a signature, the
/// revocation lists of a certificate. Asked at each sweep for as long as something runs on the login.
/// </summary>
internal interface IProof
{
    /// <summary>Whether the same would be verified now. Cheap, never blocks, any thread; no answer is no.</summary>
    bool Stands(DateTimeOffset now);
}

/// <summary>Hears each step of a login, for <c>gatehouse realm test</c>. Steps hold no secret.</summary>
internal interface IRealmSteps
{
    /// <summary>One step: what was done and how it ended, one line for people.</summary>
    void Add(string step, bool isFine, string? detail = null);
}

/// <summary>
/// A place where identities are verified (step 4), made from one <see cref="RealmDocument"/> and replaced with it. Whatever a
/// client or server does is an answer, not an exception. Nothing blocks the calling thread: files, DNS and directories are
/// asked on other threads.
/// </summary>
internal interface IRealm : IDisposable
{
    /// <summary>What it was made from.</summary>
    RealmDocument Document { get; }

    /// <summary>Counts up when what it verifies by has changed without its document: keys fetched anew, a revocation list.</summary>
    int Epoch => 0;

    /// <summary>Verifies what was presented.</summary>
    /// <param name="presented">What the client presents.</param>
    /// <param name="steps">Told of each step; null in the daemon's daily work.</param>
    /// <param name="cancellation">Ends the wait.</param>
    ValueTask<RealmAnswer> VerifyAsync(PresentedCredentials presented, IRealmSteps? steps, CancellationToken cancellation);
}
