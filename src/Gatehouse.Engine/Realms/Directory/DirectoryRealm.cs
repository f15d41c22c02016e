using System.Text;
using Gatehouse.Identity;
using Gatehouse.Protocols.Ldap;

namespace Gatehouse.Engine.Realms.Directory;

/// <summary>
/// Users of an LDAP directory (RFC 4511) or of Active Directory, by name and password: find the user, bind as the user, find
/// the groups. Remembers nothing of a login; limits and caches are the chain's.
/// </summary>
internal sealed class DirectoryRealm : IRealm
{
    private const int MaxName = 256;
    private const int MaxPassword = 1024;
    private static readonly UTF8Encoding StrictUtf8 = new(false, true);
    private readonly DirectoryPlan _plan;
    private readonly DirectoryPool _pool;
    private readonly TimeProvider _time;
    private readonly DirectoryPace _pace;

    /// <summary>Makes it; nothing is dialled before the first login.</summary>
    /// <exception cref="Problems.ProblemException">The settings are not accepted.</exception>
    public DirectoryRealm(RealmDocument document, TimeProvider time)
    {
        _plan = new DirectoryPlan(document);
        _pool = new DirectoryPool(_plan, time);
        _time = time;
        _pace = new DirectoryPace(time);
    }

    /// <inheritdoc/>
    public RealmDocument Document => _plan.Document;

    /// <inheritdoc/>
    public async ValueTask<RealmAnswer> VerifyAsync(PresentedCredentials presented, IRealmSteps? steps, CancellationToken cancellation)
    {
        if (presented.Name is not { } name || presented.Password is not { } password)
        {
            return RealmAnswer.NotMine;
        }

        AccountName account = default;
        if (RefusedUnasked(name, password) is { } reason)
        {
            steps?.Add("name and password as presented", false, reason);
            return new RealmAnswer(RealmVerdict.Refused, Reason: reason);
        }

        if (_plan.IsActiveDirectory && !ActiveDirectory.TryReadName(name, _plan, out account))
        {
            steps?.Add("name as presented", false, $"not of the domain {_plan.Settings.Domain}");
            return RealmAnswer.NotMine;
        }

        try
        {
            if (!await _pool.TryEnterAsync(cancellation))
            {
                steps?.Add("place", false, "too many logins at once");
                return new RealmAnswer(RealmVerdict.Busy, Reason: "pool_full");
            }

            long began = _time.GetTimestamp();
            RealmAnswer answer;
            try
            {
                answer = await new DirectoryLogin(_plan, _pool, steps, cancellation) { Checked = () => _pace.Note(_time.GetElapsedTime(began)) }
                    .RunAsync(name, account, password);
            }
            finally
            {
                _pool.Leave();
            }

            if (answer.Verdict == RealmVerdict.Accepted)
            {
                return answer with { Until = _time.GetUtcNow().AddSeconds(_plan.Settings.CacheSeconds) };
            }

            // The place is free meanwhile: those who wait for their refusal keep nobody out.
            await _pace.WaitAsync(began, cancellation);
            return answer;
        }
        catch (DirectoryFault fault)
        {
            steps?.Add("directory", false, fault.Message);
            return new RealmAnswer(RealmVerdict.Unavailable, Reason: fault.Reason);
        }
        catch (ObjectDisposedException)
        {
            return new RealmAnswer(RealmVerdict.Unavailable, Reason: "realm_replaced");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _pool.Dispose();

    /// <summary>
    /// What no directory is asked: an empty password, which would be an unauthenticated bind (RFC 4513 section 5.1.2), and names
    /// that directories take for another one (RFC 4518 folds spaces and drops control characters).
    /// </summary>
    private static string? RefusedUnasked(string name, string password)
    {
        if (password.Length is 0 or > MaxPassword || password.Contains('\0', StringComparison.Ordinal) || !IsText(password))
        {
            return password.Length == 0 ? "password_empty" : "password_malformed";
        }

        bool isName = name.Length is > 0 and <= MaxName && name[0] != ' ' && name[^1] != ' '
            && !name.Contains("  ", StringComparison.Ordinal) && !name.Any(char.IsControl) && IsText(name);
        return isName ? null : "name_malformed";
    }

    private static bool IsText(string text)
    {
        try
        {
            return StrictUtf8.GetByteCount(text) >= 0;
        }
        catch (EncoderFallbackException)
        {
            return false;
        }
    }
}
