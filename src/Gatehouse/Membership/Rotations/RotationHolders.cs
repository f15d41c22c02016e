using System.Collections.Immutable;

namespace Gatehouse.Membership.Rotations;

/// <summary>For whom a rotation waits.</summary>
public static class RotationHolders
{
    /// <summary>Profile of the certificates by which nodes know each other.</summary>
    private const string NodeProfile = "node";

    /// <summary>Profile of servers; a node's own is renewed by the node itself.</summary>
    private const string ServerProfile = "server";

    /// <summary>Names of the nodes whose word the step needs: the issuers while an authority is prepared, later all.</summary>
    public static ImmutableArray<string> Needed(MembershipDocument membership) => membership.Rotation switch
    {
        null => [],
        { Step: RotationSteps.Prepare, Kind: RotationKinds.Ca } => [.. membership.Nodes.Values.Where(static n => n.IsIssuer).Select(static n => n.Name)],
        { Step: RotationSteps.Prepare } => [],
        _ => [.. membership.Nodes.Keys],
    };

    /// <summary>Those of them that have not given it, in order.</summary>
    public static ImmutableArray<string> WaitingFor(MembershipDocument membership, IReadOnlyCollection<RotationAck> acks)
    {
        if (membership.Rotation is not { } rotation)
        {
            return [];
        }

        string digest = RotationMaterial.Expected(membership, rotation.Kind).Digest(rotation);
        HashSet<(string Name, string Id)> done = [.. acks.Where(ack => ack.Digest == digest).Select(static ack => (ack.Node, ack.NodeId))];
        return [.. Needed(membership).Where(name => !done.Contains((name, membership.Nodes[name].Id)))];
    }

    /// <summary>
    /// Certificates that stop working when the CA's rotation retires the old authority: valid, not revoked, and not those that nodes
    /// renew by themselves.
    /// </summary>
    /// <param name="rotation">The rotation; none are found for other kinds than the CA.</param>
    /// <param name="certificates">All that were issued.</param>
    /// <param name="revocations">Keys that are accepted no more, by their hash.</param>
    /// <param name="now">The moment.</param>
    public static ImmutableArray<CertificateDocument> CertificatesInUse(
        RotationDocument? rotation,
        ImmutableSortedDictionary<string, CertificateDocument> certificates,
        ImmutableSortedDictionary<string, RevocationDocument> revocations,
        DateTimeOffset now) =>
        rotation is not { Kind: RotationKinds.Ca }
            ? []
            :
            [
                .. certificates.Values.Where(certificate =>
                    certificate.Authority == rotation.From && certificate.NotAfter > now && !IsNodesOwn(certificate)
                    && !revocations.ContainsKey(certificate.KeyHash)),
            ];

    /// <summary>Nodes that could not open the new key, by name.</summary>
    internal static ImmutableArray<string> WithoutKey(MembershipDocument membership, string kind, string id) => kind switch
    {
        RotationKinds.Ca => Without(
            membership.Nodes.Values.Where(static n => n.IsIssuer), membership.Authorities.First(a => a.Id == id).Keys),
        RotationKinds.DataKey => Without(membership.Nodes.Values, membership.DataKeys.First(k => k.Id == id).Keys),
        _ => [],
    };

    private static ImmutableArray<string> Without(IEnumerable<NodeDocument> nodes, ImmutableSortedDictionary<string, byte[]> keys) =>
        [.. nodes.Where(node => !keys.ContainsKey(node.Id)).Select(static node => node.Name)];

    private static bool IsNodesOwn(CertificateDocument certificate) =>
        certificate.Profile == NodeProfile || (certificate.Profile == ServerProfile && certificate.Node is not null);
}
