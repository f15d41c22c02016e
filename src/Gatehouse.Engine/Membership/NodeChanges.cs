using System.Collections.Immutable;
using System.Globalization;
using Gatehouse.Administration;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Membership;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;

namespace Gatehouse.Engine.Membership;

/// <summary>Nodes coming and going, as pure functions of the document.</summary>
internal static class NodeChanges
{
    /// <summary>Most nodes: numbers and loopback addresses of one byte.</summary>
    public const int Most = 250;

    private const int MostRecords = 5000;
    private static readonly TimeSpan KeptAfterEnd = TimeSpan.FromDays(30);

    /// <summary>The loopback address of a node's number.</summary>
    public static string PeerAddress(int number) => string.Create(CultureInfo.InvariantCulture, $"127.77.0.{number}");

    /// <summary>
    /// A node joins: it takes its token's place, gets the next free number (or that of the node it replaces, whose key is revoked),
    /// the trust that the token names, and its certificates are recorded. One generation.
    /// </summary>
    public static ChangeDecision Join(ClusterDocument document, JoinFacts facts, DateTimeOffset now)
    {
        MembershipDocument membership = document.Membership;
        if (!membership.Tokens.TryGetValue(facts.TokenId, out TokenDocument? token) || token.ReservedBy != facts.Holder || token.Expires <= now)
        {
            return IsJoined(membership, facts) ? default : ChangeDecision.Refuse(TokenChanges.Refusal());
        }

        NodeDocument? old = membership.Nodes.GetValueOrDefault(token.Node);
        if (Unfit(document, token, facts, now) is { } unfit)
        {
            return ChangeDecision.Refuse(unfit);
        }

        int number = old?.Number ?? Enumerable.Range(1, Most).FirstOrDefault(n => membership.Nodes.Values.All(node => node.Number != n));
        if (number == 0)
        {
            return ChangeDecision.Refuse(EnrolmentProblems.ClusterFull.Because("all 250 numbers of nodes are taken", hint: "gatehouse node revoke NAME makes room"));
        }

        bool isIssuer = token.Roles.Contains(NodeDocument.Issuer, StringComparer.Ordinal);
        if (isIssuer && membership.Authorities.Any(authority => !facts.AuthorityKeys.ContainsKey(authority.Id)))
        {
            return ChangeDecision.Refuse(StateProblems.TooManyConflicts.Because("the cluster's authorities changed while the node joined", hint: "join again with the same token"));
        }

        var node = new NodeDocument
        {
            Name = token.Node,
            Id = facts.NodeId,
            Number = number,
            PeerAddress = PeerAddress(number),
            Roles = token.Roles,
            WrapKey = facts.WrapKey,
            SigningKey = facts.SigningKey,
            MeshKey = facts.MeshKey,
            Addresses = facts.Addresses,
            AdminAddress = facts.AdminAddress,
            SameHosts = token.SameHosts,
            Joined = now,
            JoinedBy = token.CreatedBy,
        };
        ClusterDocument without = old is null ? document : Without(document, old, "superseded", token.CreatedBy, now, keepTrust: true, spared: TokenChanges.ActorOf(token.Id));
        return ChangeDecision.To(Recorded(without, facts.Certificates, now) with
        {
            Membership = without.Membership with
            {
                Nodes = without.Membership.Nodes.SetItem(node.Name, node),
                Tokens = without.Membership.Tokens.Remove(token.Id),
                Authorities = isIssuer
                    ? [.. without.Membership.Authorities.Select(authority => authority with { Keys = authority.Keys.SetItem(node.Id, facts.AuthorityKeys[authority.Id]) })]
                    : without.Membership.Authorities,
                DataKeys = [.. without.Membership.DataKeys.Select(key => facts.DataKeys.TryGetValue(key.Id, out byte[]? wrapped) ? key with { Keys = key.Keys.SetItem(node.Id, wrapped) } : key)],
                TrustedPeers = Trusting(without.Membership.TrustedPeers, token, facts),
            },
        });
    }

    /// <summary>Whether the very node that asks has joined already.</summary>
    public static bool IsJoined(MembershipDocument membership, JoinFacts facts) =>
        membership.Nodes.TryGetValue(facts.Node, out NodeDocument? node) && node.Id == facts.NodeId && node.SigningKey.AsSpan().SequenceEqual(facts.SigningKey);

    /// <summary>A node goes: its key is revoked, nothing is wrapped to it any more, nobody trusts it. The last issuer stays.</summary>
    public static ChangeDecision Remove(ClusterDocument document, string name, string reason, string by, DateTimeOffset now)
    {
        if (!document.Membership.Nodes.TryGetValue(name, out NodeDocument? node))
        {
            return ChangeDecision.Refuse(EnrolmentProblems.NodeUnknown.Because("there is no such node", hint: "gatehouse node list shows them"));
        }

        return node.IsIssuer && document.Membership.Nodes.Values.Count(static other => other.IsIssuer) == 1
            ? ChangeDecision.Refuse(EnrolmentProblems.LastIssuer.Because(
                $"`{name}` is the last node that holds the CA's keys", hint: "let another one join first: gatehouse token create --node NAME --role issuer"))
            : ChangeDecision.To(Without(document, node, reason, by, now, keepTrust: false));
    }

    /// <summary>A node says where it is reached.</summary>
    public static ChangeDecision Describe(ClusterDocument document, string name, ImmutableArray<string> addresses, string? adminAddress) =>
        document.Membership.Nodes.TryGetValue(name, out NodeDocument? node) && (!node.Addresses.SequenceEqual(addresses, StringComparer.Ordinal) || node.AdminAddress != adminAddress)
            ? ChangeDecision.To(document with
            {
                Membership = document.Membership with { Nodes = document.Membership.Nodes.SetItem(name, node with { Addresses = addresses, AdminAddress = adminAddress }) },
            })
            : default;

    /// <summary>Certificates are recorded; those that ended long ago make room.</summary>
    public static ClusterDocument Recorded(ClusterDocument document, ImmutableArray<CertificateDocument> certificates, DateTimeOffset now)
    {
        ImmutableSortedDictionary<string, CertificateDocument> kept = document.Certificates;
        if (kept.Count > MostRecords / 2)
        {
            kept = kept.RemoveRange(kept.Values.Where(one => one.NotAfter + KeptAfterEnd < now).Select(static one => one.Serial));
        }

        return document with { Certificates = kept.SetItems(certificates.Select(static one => KeyValuePair.Create(one.Serial, one))) };
    }

    // Looked at here and not before: what another node has may have changed since the join began.
    private static Problem? Unfit(ClusterDocument document, TokenDocument token, JoinFacts facts, DateTimeOffset now)
    {
        if (!token.Replace && document.Membership.Nodes.ContainsKey(token.Node))
        {
            return EnrolmentProblems.NodeExists.Because($"the cluster has a node `{token.Node}` already", hint: "make a token with --replace");
        }

        string? wrong = document.Membership.Nodes.Values.Any(node => node.Name != token.Node ? node.Id == facts.NodeId : node.MeshKey == facts.MeshKey)
            ? "its id or its key is that of a node that there is"
            : !facts.Certificates.All(one => IsHandedOut(document, token, one)) ? "its certificates are not those that this token's join was given"
            : null;
        return wrong is not null
            ? EnrolmentProblems.EnrolmentAnswerUnusable.Because($"the node cannot become a member: {wrong}", hint: "make a new token, and join with it in an empty folder")
            : HostClaims.Refusal(document.Membership, token.Node, facts.Certificates.SelectMany(static one => one.Names).Append(token.Node), token.SameHosts)
                ?? HostClaims.Claimed(document, token.Node, facts.AdminAddress is null ? facts.Addresses : facts.Addresses.Add(facts.AdminAddress), token.SameHosts, now);
    }

    private static bool IsHandedOut(ClusterDocument document, TokenDocument token, CertificateDocument certificate) =>
        document.Certificates.TryGetValue(certificate.Serial, out CertificateDocument? known)
        && known.IssuedBy == TokenChanges.ActorOf(token.Id) && known.Node == token.Node && known.Profile == certificate.Profile && known.KeyHash == certificate.KeyHash
        && !document.Revocations.ContainsKey(certificate.KeyHash);

    private static ClusterDocument Without(
        ClusterDocument document, NodeDocument node, string reason, string by, DateTimeOffset now, bool keepTrust, string? spared = null)
    {
        MembershipDocument membership = document.Membership;
        var revocation = new RevocationDocument { KeyHash = node.MeshKey, Subject = node.Name, Reason = reason, Time = now, By = by };
        return document with
        {
            Revocations = document.Revocations.SetItem(node.MeshKey, revocation)
                .SetItems(document.Certificates.Values
                    .Where(one => one.Node == node.Name && one.NotAfter > now && one.KeyHash != node.MeshKey && one.IssuedBy != spared).Select(one => KeyValuePair.Create(
                    one.KeyHash,
                    revocation with { KeyHash = one.KeyHash, Serial = one.Serial, NotAfter = one.NotAfter }))),
            Membership = membership with
            {
                Nodes = membership.Nodes.Remove(node.Name),
                Authorities = [.. membership.Authorities.Select(authority => authority with { Keys = authority.Keys.Remove(node.Id) })],
                DataKeys = [.. membership.DataKeys.Select(key => key with { Keys = key.Keys.Remove(node.Id) })],
                TrustedPeers = keepTrust ? membership.TrustedPeers : WithoutPeer(membership.TrustedPeers, node.Name),
            },
        };
    }

    private static ImmutableSortedDictionary<string, TrustedPeersDocument> WithoutPeer(
        ImmutableSortedDictionary<string, TrustedPeersDocument> trusted, string name) =>
        trusted.SetItems(trusted.Values.Where(one => one.Peers.Contains(name, StringComparer.Ordinal))
            .Select(one => KeyValuePair.Create(one.Service, one with { Peers = one.Peers.Remove(name) })));

    // A service that trusts nobody yet begins with the two that the operator has just brought together.
    private static ImmutableSortedDictionary<string, TrustedPeersDocument> Trusting(
        ImmutableSortedDictionary<string, TrustedPeersDocument> trusted, TokenDocument token, JoinFacts facts)
    {
        IEnumerable<string> services = token.Services.Contains(TrustedPeersDocument.Everyone, StringComparer.Ordinal)
            ? trusted.Keys.Concat(facts.Services).Distinct(StringComparer.Ordinal)
            : token.Services;
        foreach (string service in services)
        {
            TrustedPeersDocument peers = trusted.GetValueOrDefault(service) ?? new TrustedPeersDocument { Service = service, Peers = [facts.Host] };
            trusted = peers.Trusts(token.Node)
                ? trusted.SetItem(service, peers)
                : trusted.SetItem(service, peers with { Peers = [.. peers.Peers.Append(token.Node).Order(StringComparer.Ordinal)] });
        }

        return trusted;
    }
}

/// <summary>A node that joins, as the node that lets it in sees it.</summary>
internal sealed record JoinFacts
{
    /// <summary>The token.</summary>
    public required string TokenId { get; init; }

    /// <summary>Who reserved it.</summary>
    public required string Holder { get; init; }

    /// <summary>The token's name for it.</summary>
    public required string Node { get; init; }

    /// <summary>Its id.</summary>
    public required string NodeId { get; init; }

    /// <summary>What keys are wrapped to.</summary>
    public required byte[] WrapKey { get; init; }

    /// <summary>What its signatures are verified with.</summary>
    public required byte[] SigningKey { get; init; }

    /// <summary>Hash of its mesh key.</summary>
    public required string MeshKey { get; init; }

    /// <summary>Where peers dial it.</summary>
    public ImmutableArray<string> Addresses { get; init; } = [];

    /// <summary>Where its admin API is reached.</summary>
    public string? AdminAddress { get; init; }

    /// <summary>Certificates that it got.</summary>
    public ImmutableArray<CertificateDocument> Certificates { get; init; } = [];

    /// <summary>Keys of the authorities, wrapped to it, by authority; of a new issuer only.</summary>
    public ImmutableDictionary<string, byte[]> AuthorityKeys { get; init; } = ImmutableDictionary<string, byte[]>.Empty;

    /// <summary>Data keys of the cluster wrapped to it, by their ids: those to come too.</summary>
    public ImmutableDictionary<string, byte[]> DataKeys { get; init; } = ImmutableDictionary<string, byte[]>.Empty;

    /// <summary>Services that the node knows of that lets it in.</summary>
    public ImmutableArray<string> Services { get; init; } = [];

    /// <summary>The node that lets it in.</summary>
    public required string Host { get; init; }
}
