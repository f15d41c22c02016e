using System.Collections.Immutable;
using Gatehouse.Administration;
using Gatehouse.Identity;

namespace Gatehouse.Engine.Administration.Questions;

/// <summary>Which realms the gates of this node ask: whoever is of another one does not come in, whatever the roles say.</summary>
internal sealed class GateRealms(ImmutableArray<GateView> gates)
{
    /// <summary>The gates that an operation can come through: the one that was said, else those of its system; none: not known here.</summary>
    public ImmutableArray<string> GatesFor(string? gate, string system) => gate switch
    {
        null when system == AdminEndpoint.System => [AdminServer.GateName],
        null => [.. gates.Where(view => view.System == system).Select(static view => view.Name)],
        AdminServer.GateName => [gate],
        _ => Find(gate) is null ? [] : [gate],
    };

    /// <summary>Whether a gate asks users of the store, their keys, or a realm of the store.</summary>
    public bool Asks(string gate, string realm, RealmKind? kind = null)
    {
        if (gate == AdminServer.GateName)
        {
            return kind is not (RealmKind.Anonymous or RealmKind.Pki);
        }

        return Find(gate) is { } view
            && (kind != RealmKind.Pki || view.AsksCertificate)
            && (view.Realms.Count == 0 ? kind != RealmKind.Anonymous : view.Realms.Contains(realm, StringComparer.Ordinal));
    }

    /// <summary>The system of a gate where it is another one, so that no such operation comes through; else null.</summary>
    public string? OtherSystem(string? gate, string system)
    {
        string? its = gate == AdminServer.GateName ? AdminEndpoint.System : gate is null ? null : Find(gate)?.System;
        return its == system ? null : its;
    }

    /// <summary>Whether a gate takes what the connection itself says: <c>pki</c> of its own client authorities, <c>network</c>.</summary>
    public bool AsksConnection(string gate, string realm) => Find(gate) is { } view && view.Realms.Contains(realm, StringComparer.Ordinal);

    /// <summary>What a gate asks, in words.</summary>
    public string Describe(string gate) => gate == AdminServer.GateName
        ? "the admin API asks every enabled realm but anonymous ones, and no certificate"
        : Find(gate) is { Realms.Count: > 0 } view ? $"gate {gate} asks {string.Join(", ", view.Realms)}" : $"gate {gate} asks every enabled realm but anonymous ones";

    private GateView? Find(string gate) => gates.FirstOrDefault(view => view.Name == gate);
}
