using System.Collections.Immutable;
using System.Net;

namespace Gatehouse.Engine.Names;

/// <summary>Asks for names. May take long; the caller bounds how long it waits and how many questions are open.</summary>
internal interface INameResolver
{
    /// <summary>Names that the reverse zone gives an address, unconfirmed.</summary>
    Task<NameAnswer<string>> NamesOfAsync(IPAddress address, CancellationToken cancellation);

    /// <summary>Addresses of a name, both families.</summary>
    Task<NameAnswer<IPAddress>> AddressesOfAsync(string name, CancellationToken cancellation);
}

/// <summary>An answer. No values: there is no such name, or none of the kind asked for.</summary>
/// <param name="Values">What was answered; meaningless for a failure.</param>
/// <param name="IsFailure">Nobody answered, or not so that it can be relied on.</param>
internal readonly record struct NameAnswer<T>(ImmutableArray<T> Values, bool IsFailure = false)
{
    /// <summary>No answer.</summary>
    public static NameAnswer<T> Failure { get; } = new([], true);

    /// <summary>There is none.</summary>
    public static NameAnswer<T> Nothing { get; } = new([]);
}

/// <summary>Bounds of what is asked and kept.</summary>
internal sealed record NameLimits
{
    /// <summary>Questions under way at once.</summary>
    public int Workers { get; init; } = 8;

    /// <summary>Questions that wait.</summary>
    public int Waiting { get; init; } = 4096;

    /// <summary>Questions of one source network (an IPv4 address, an IPv6 /64) under way or waiting.</summary>
    public int WaitingPerSource { get; init; } = 4;

    /// <summary>Sources remembered.</summary>
    public int Sources { get; init; } = 50_000;

    /// <summary>Names of one source that are confirmed; more is no answer.</summary>
    public int NamesPerSource { get; init; } = 4;

    /// <summary>Addresses of one name; more is no answer.</summary>
    public int AddressesPerName { get; init; } = 64;

    /// <summary>Former addresses of a name that are remembered.</summary>
    public int FormerAddresses { get; init; } = 256;

    /// <summary>How long one question may take.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>When a source with a name is asked for again.</summary>
    public TimeSpan KeepNamed { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>When a source without a name, and when a plain name, is asked for again.</summary>
    public TimeSpan KeepOthers { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>When a question without an answer is asked again.</summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long an answer that is due still counts while the next one is under way.</summary>
    public TimeSpan Overlap { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long an answer about a source counts at most when nobody answers any more.</summary>
    public TimeSpan OldestSource { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>How long a plain name's addresses allow when nobody answers any more; they deny for as long as it takes.</summary>
    public TimeSpan OldestHost { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long an address that a plain name no longer has is still denied.</summary>
    public TimeSpan Former { get; init; } = TimeSpan.FromHours(1);
}
