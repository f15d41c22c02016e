using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;

namespace Gatehouse.Engine.Store.Etcd;

/// <summary>What a failed exchange means for the request.</summary>
internal enum EtcdEffect
{
    /// <summary>It was not applied and never will be; another member may take it.</summary>
    None,

    /// <summary>It was not applied and no member will take it.</summary>
    Final,

    /// <summary>Nobody knows; it may even be applied later.</summary>
    Unknown,

    /// <summary>It was not applied: the token is not valid any more.</summary>
    StaleToken,

    /// <summary>A read gave more than is taken: fewer keys must be asked for at once.</summary>
    TooLarge,

    /// <summary>It was not applied: the lease it names is gone.</summary>
    LeaseGone,
}

/// <summary>One exchange with one member that failed.</summary>
#pragma warning disable CA1064 // It never leaves this room: callers see the problem in it.
internal sealed class EtcdFault(EtcdEffect effect, Problem problem, Exception? cause = null) : Exception(problem.Text, cause)
#pragma warning restore CA1064
{
    private const int MostWords = 200;

    /// <summary>What it means for the request.</summary>
    public EtcdEffect Effect => effect;

    /// <summary>What a person is told.</summary>
    public Problem Problem => problem;

    /// <summary>
    /// Reads etcd's own words (rpctypes/error.go of its sources; codes are those of gRPC, https://grpc.io/docs/guides/status-codes/).
    /// Only what is known not to have been applied is taken for that.
    /// </summary>
    public static EtcdFault Of(string endpoint, int status, string? error, int code)
    {
        string words = Words(error);
        return words switch
        {
            _ when Has(words, "invalid auth token") || Has(words, "revision of auth store is old") =>
                new(EtcdEffect.StaleToken, EtcdProblems.Credentials.Because($"{endpoint}: {words}")),
            _ when Has(words, "invalid user ID or password") || Has(words, "user name is empty") || Has(words, "authentication is not enabled") || Has(words, "user name not found") =>
                new(EtcdEffect.Final, EtcdProblems.Credentials.Because($"{endpoint}: {words}")),
            _ when Has(words, "permission denied") => new(EtcdEffect.Final, EtcdProblems.Forbidden.Because($"{endpoint}: {words}")),
            _ when Has(words, "database space exceeded") => new(EtcdEffect.Final, EtcdProblems.NoSpace.Because($"{endpoint}: {words}", null, "the change was not made; compact, defragment, disarm the alarm")),
            _ when Has(words, "has been compacted") => new(EtcdEffect.Final, EtcdProblems.Compacted.Because($"{endpoint}: {words}")),
            _ when Has(words, "CommonName") => new(EtcdEffect.Final, EtcdProblems.CommonName.Because($"{endpoint}: {words}")),
            _ when Has(words, "requested lease not found") => new(EtcdEffect.LeaseGone, EtcdProblems.Refused.Because($"{endpoint}: {words}")),
            _ when Has(words, "too many requests") || Has(words, "rpc not supported for learner") =>
                new(EtcdEffect.None, EtcdProblems.Refused.Because($"{endpoint}: {words}")),
            _ when Has(words, "no leader") || Has(words, "leader changed") || Has(words, "timed out") || code is 4 or 14 || status is 503 or 504 =>
                new(EtcdEffect.Unknown, EtcdProblems.NoQuorum.Because($"{endpoint}: {words}")),

            // InvalidArgument, NotFound, AlreadyExists, FailedPrecondition, OutOfRange, Unimplemented: looked at before anything is proposed.
            _ when code is 3 or 5 or 6 or 9 or 11 or 12 => new(EtcdEffect.Final, EtcdProblems.Refused.Because($"{endpoint}: {words}")),
            _ when error is null => new(EtcdEffect.Unknown, EtcdProblems.Malformed.Because($"{endpoint} answered {status} and nothing of etcd's")),
            _ => new(EtcdEffect.Unknown, EtcdProblems.Refused.Because($"{endpoint}: {words}")),
        };
    }

    /// <summary>An answer that is not etcd's, or too large.</summary>
    public static EtcdFault Malformed(string endpoint, string why, Exception? cause = null) =>
        new(EtcdEffect.Unknown, EtcdProblems.Malformed.Because($"{endpoint}: {why}"), cause);

    // What a member says goes to logs and terminals: printable, and no more than a line.
    private static string Words(string? error)
    {
        string text = error is null ? "" : error.Length > MostWords ? error[..MostWords] : error;
        return string.Concat(text.Select(static c => c is >= ' ' and <= '~' ? c : '?'));
    }

    private static bool Has(string words, string part) => words.Contains(part, StringComparison.Ordinal);
}
