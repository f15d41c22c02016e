using System.Collections.Immutable;
using System.Net;

namespace Gatehouse.Engine.Connections;

/// <summary>One line of <c>gatehouse conn list</c>.</summary>
/// <param name="Id">Number on this node.</param>
/// <param name="Gate">The gate's name, or <c>admin</c>.</param>
/// <param name="Source">The client's address.</param>
/// <param name="User">Name last authenticated, or null.</param>
/// <param name="Realm">Realm of <paramref name="User"/>, or null.</param>
/// <param name="Since">When it was accepted.</param>
/// <param name="Work">What runs on it, one line each.</param>
internal sealed record ConnectionFacts(
    long Id,
    string Gate,
    IPEndPoint Source,
    string? User,
    string? Realm,
    DateTimeOffset Since,
    ImmutableArray<string> Work);
