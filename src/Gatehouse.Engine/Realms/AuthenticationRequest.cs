using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace Gatehouse.Engine.Realms;

/// <summary>One login as a gate hands it to the realms.</summary>
/// <param name="Authorization">The <c>Authorization</c> header; null without.</param>
/// <param name="Source">The client's address.</param>
/// <param name="Realms">The gate's realms by name; empty: all that are enabled.</param>
/// <param name="Certificate">The client certificate, or null.</param>
internal readonly record struct AuthenticationRequest(
    string? Authorization, IPAddress Source, ImmutableArray<string> Realms = default, X509Certificate2? Certificate = null)
{
    /// <summary>The gate's name.</summary>
    public string Gate { get; init; } = "";

    /// <summary>Whether a realm may be asked.</summary>
    public bool Asks(string realm) => Realms.IsDefaultOrEmpty || Realms.Contains(realm, StringComparer.Ordinal);
}
