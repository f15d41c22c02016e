using System.Net;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Identity;

namespace Gatehouse.Engine.Realms;

/// <summary>Users kept in the store, with passwords (step 4). Unknown user, wrong password and user without one take the same time.</summary>
internal sealed class NativeRealm : IAuthenticator, IDisposable
{
    private const int TagBytes = 32;
    private readonly CredentialCache _cache;
    private readonly LoginLimits _limits;
    private readonly HashQueue _queue;
    private readonly Dictionary<string, Task<bool>> _underWay = new(StringComparer.Ordinal);

    public NativeRealm(TimeProvider time, LoginLimitOptions options)
    {
        Time = time;
        _limits = new LoginLimits(time, options);
        _queue = new HashQueue(options.Queue, Math.Max(1, Environment.ProcessorCount / 2));
        _cache = new CredentialCache(100_000);
    }

    private TimeProvider Time { get; }

    /// <inheritdoc/>
    public bool TryGetCached(string authorization, SecuritySnapshot snapshot, DateTimeOffset now, out Authenticated? authenticated)
    {
        Span<byte> tag = stackalloc byte[TagBytes];
        _cache.Tag(authorization, tag);
        return _cache.TryGet(tag, snapshot, now, out authenticated);
    }

    /// <inheritdoc/>
    public async ValueTask<AuthenticationResult> AuthenticateAsync(
        string? authorization, IPAddress source, SecuritySnapshot snapshot, CancellationToken cancellation)
    {
        if (string.IsNullOrEmpty(authorization))
        {
            return new AuthenticationResult(AuthenticationStatus.Missing);
        }

        DateTimeOffset now = Time.GetUtcNow();
        if (TryGetCached(authorization, snapshot, now, out Authenticated? cached))
        {
            return new AuthenticationResult(AuthenticationStatus.Accepted, cached, cached!.Principal.Name);
        }

        if (!BasicCredentials.TryParse(authorization, out string name, out string password))
        {
            return new AuthenticationResult(AuthenticationStatus.Malformed);
        }

        snapshot.Users.TryGetValue(name, out UserDocument? user);
        string encoded = user?.Password ?? PasswordHash.Decoy;
        string flight = FlightOf(authorization, encoded);
        if (!TryJoin(flight, out Task<bool> verification))
        {
            if (!_limits.TryTake(source, name, out TimeSpan retryAfter))
            {
                return new AuthenticationResult(AuthenticationStatus.Limited, PresentedName: name, RetryAfter: retryAfter);
            }

            if (!TryStart(flight, encoded, password, out verification))
            {
                _limits.GiveBack(source, name);
                return new AuthenticationResult(AuthenticationStatus.Limited, PresentedName: name, RetryAfter: TimeSpan.FromSeconds(1));
            }

            if (await verification.WaitAsync(cancellation))
            {
                _limits.GiveBack(source, name);
            }
        }

        bool matches = await verification.WaitAsync(cancellation);
        return Conclude(matches && user?.Password is not null, user, name, authorization, now);
    }

    /// <inheritdoc/>
    public void Dispose() => _queue.Dispose();

    private AuthenticationResult Conclude(
        bool matches, UserDocument? user, string name, string authorization, DateTimeOffset now)
    {
        if (!matches || user is null)
        {
            return new AuthenticationResult(AuthenticationStatus.Refused, PresentedName: name);
        }

        if (!user.Enabled || user.Expires <= now)
        {
            return new AuthenticationResult(AuthenticationStatus.Inactive, PresentedName: name);
        }

        // Bound to the version and the hash that were verified: a change under way makes the entry fall at its first use.
        var authenticated = new Authenticated(new Principal(name, RealmNames.Native), user.CredentialVersion, user.Password);
        Span<byte> tag = stackalloc byte[TagBytes];
        _cache.Tag(authorization, tag);
        _cache.Add(tag, authenticated);
        return new AuthenticationResult(AuthenticationStatus.Accepted, authenticated, name);
    }

    /// <summary>Names a verification under way: what was presented, against which hash.</summary>
    private string FlightOf(string authorization, string encoded)
    {
        Span<byte> tag = stackalloc byte[TagBytes];
        _cache.Tag(authorization, tag);
        return string.Concat(Convert.ToHexString(tag), encoded);
    }

    /// <summary>
    /// One hash for many connections that present the same credential at once: a client that opens its pool is neither made to
    /// wait for a hash each, nor counted as so many failed logins.
    /// </summary>
    private bool TryJoin(string flight, out Task<bool> verification)
    {
        lock (_underWay)
        {
            return _underWay.TryGetValue(flight, out verification!); // null only with false, and then not used
        }
    }

    /// <summary>False when the queue is full.</summary>
    private bool TryStart(string flight, string encoded, string password, out Task<bool> verification)
    {
        lock (_underWay)
        {
            if (_underWay.TryGetValue(flight, out Task<bool>? running))
            {
                verification = running;
                return true;
            }

            bool queued = _queue.TryRun(() => Run(flight, encoded, password), out verification);
            if (queued)
            {
                _underWay[flight] = verification;
            }

            return queued;
        }
    }

    private bool Run(string flight, string encoded, string password)
    {
        try
        {
            return PasswordHash.Verify(encoded, password);
        }
        finally
        {
            lock (_underWay)
            {
                _underWay.Remove(flight);
            }
        }
    }
}
