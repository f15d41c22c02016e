using Gatehouse.Engine.Snapshots;
using Gatehouse.Identity;

namespace Gatehouse.Engine.Realms;

/// <summary>Users kept in the store, with passwords (step 4). Unknown user, wrong password and user without one take the same time.</summary>
internal sealed class NativeRealm(LoginLimits limits, LoginLimitOptions options) : IDisposable
{
    private readonly HashQueue _queue = new(options.Queue, Math.Max(1, Environment.ProcessorCount / 2));
    private readonly Dictionary<string, Task<bool>> _underWay = new(StringComparer.Ordinal);

    /// <summary>
    /// Verifies a password. <paramref name="tag"/> stands for what was presented: who presents the same at once waits for one
    /// hash, and is counted once.
    /// </summary>
    public async ValueTask<NativeAnswer> VerifyAsync(
        PresentedCredentials presented, string tag, SecuritySnapshot snapshot, DateTimeOffset now, CancellationToken cancellation)
    {
        string name = presented.Name!; // only passwords come here
        snapshot.Users.TryGetValue(name, out UserDocument? user);
        string encoded = user?.Password ?? PasswordHash.Decoy;
        string flight = tag + encoded;
        if (!TryJoin(flight, out Task<bool> verification))
        {
            if (!limits.TryTake(presented.Source, name, out TimeSpan retryAfter))
            {
                return new NativeAnswer(RealmVerdict.Busy, null, retryAfter);
            }

            if (!TryStart(flight, encoded, presented.Password!, out verification))
            {
                limits.GiveBack(presented.Source, name);
                return new NativeAnswer(RealmVerdict.Busy, null, TimeSpan.FromSeconds(1));
            }

            if (await verification.WaitAsync(cancellation))
            {
                limits.GiveBack(presented.Source, name);
            }
        }

        bool matches = await verification.WaitAsync(cancellation);
        if (!matches || user?.Password is null)
        {
            return new NativeAnswer(RealmVerdict.Refused, null, default);
        }

        // Bound to the version and the hash that were verified: a change under way makes the entry fall at its first use.
        return !user.Enabled || user.Expires <= now
            ? new NativeAnswer(RealmVerdict.Inactive, null, default)
            : new NativeAnswer(
                RealmVerdict.Accepted,
                new Authenticated(new Principal(name, RealmNames.Native), user.CredentialVersion, user.Password) { IsBreakGlass = user.IsBreakGlass },
                default);
    }

    /// <inheritdoc/>
    public void Dispose() => _queue.Dispose();

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

/// <summary>The answer about a native user.</summary>
internal readonly record struct NativeAnswer(RealmVerdict Verdict, Authenticated? Login, TimeSpan RetryAfter);
