using System.Collections.Immutable;
using System.Net;

namespace Gatehouse.Network;

/// <summary>What is known about names at this moment. Answers at once: what is not known is looked up behind the caller's back.</summary>
public interface INameFacts
{
    /// <summary>The plain names of rules that have this address, or had it a while ago. IPv4 as IPv4, without a zone.</summary>
    ImmutableArray<HostAddress> HostsAt(IPAddress source);

    /// <summary>Whether a plain name of a rule has been resolved; having no address is an answer too.</summary>
    bool IsResolved(string host);

    /// <summary>The names of a source. Unknown ones are asked for.</summary>
    SourceNames NamesOf(IPAddress source);
}

/// <summary>A plain name that stands for an address.</summary>
/// <param name="Host">The name.</param>
/// <param name="IsCurrent">Whether its newest answer has the address; an older one still denies, and no longer allows.</param>
public readonly record struct HostAddress(string Host, bool IsCurrent);

/// <summary>The names of a source; the default is "not known".</summary>
/// <param name="IsKnown">Whether there was an answer, be it that there is no name.</param>
/// <param name="Claimed">Names that whoever holds the source's reverse zone gives it.</param>
/// <param name="Confirmed">Those of them that have the source among their own addresses.</param>
public readonly record struct SourceNames(bool IsKnown, ImmutableArray<string> Claimed, ImmutableArray<string> Confirmed)
{
    /// <summary>Known to have no name.</summary>
    public static SourceNames None { get; } = new(true, [], []);
}

/// <summary>Nothing is known: what depends on names is refused.</summary>
internal sealed class UnknownNames : INameFacts
{
    private UnknownNames()
    {
    }

    public static UnknownNames Instance { get; } = new();

    public ImmutableArray<HostAddress> HostsAt(IPAddress source) => [];

    public bool IsResolved(string host) => false;

    public SourceNames NamesOf(IPAddress source) => default;
}
