using System.Buffers.Binary;
using System.Collections.Immutable;
using Gatehouse.Membership;
using Gatehouse.Membership.Rotations;

namespace Gatehouse.Tests.Membership.Rotations;

/// <summary>Clusters for tests of rotations; keys are numbers here, for the machine never opens them.</summary>
internal static class RotationFixture
{
    public static readonly DateTimeOffset Start = new(2026, 11, 23, 6, 0, 0, TimeSpan.Zero);

    public static NodeDocument Node(string name, int number, string id) => new()
    {
        Name = name,
        Id = id,
        Number = number,
        PeerAddress = $"127.77.0.{number}",
        Roles = number <= 2 ? [NodeDocument.Issuer] : [],
        WrapKey = [1],
        SigningKey = [1],
        MeshKey = new string('0', 64),
        Joined = Start,
        JoinedBy = "native/admin",
    };

    public static MembershipDocument Cluster(int nodes)
    {
        MembershipDocument document = MembershipDocument.Default;
        foreach (int number in Enumerable.Range(1, nodes))
        {
            document = document with { Nodes = document.Nodes.Add($"n{number}", Node($"n{number}", number, $"{number:x16}")) };
        }

        return document with
        {
            Authorities = [Authority(0, document) with { Phase = TrustPhase.Active }],
            Secrets = [Secret(0) with { Phase = TrustPhase.Active }],
            DataKeys = [DataKey(0, document) with { Phase = TrustPhase.Active }],
        };
    }

    public static AuthorityDocument Authority(int number, MembershipDocument membership) => new()
    {
        Id = $"{number:x16}",
        Phase = TrustPhase.Next,
        Root = Bytes(number, 1),
        Nodes = Bytes(number, 2),
        Users = Bytes(number, 3),
        Keys = WrappedTo(membership.Nodes.Values.Where(static n => n.IsIssuer)),
        Created = Start,
    };

    public static SecretDocument Secret(int number) => new() { Id = $"{number:x8}", Phase = TrustPhase.Next, Value = Bytes(number, 4), Created = Start };

    public static DataKeyDocument DataKey(int number, MembershipDocument membership) =>
        new() { Id = $"{number:x8}", Phase = TrustPhase.Next, Keys = WrappedTo(membership.Nodes.Values), Created = Start };

    public static RotationStart Begin(string kind, int number, MembershipDocument membership, DateTimeOffset now) => new()
    {
        Id = $"{number:x8}",
        Kind = kind,
        Actor = "native/admin",
        Now = now,
        Authority = kind == RotationKinds.Ca ? Authority(number, membership) : null,
        Secret = kind == RotationKinds.Secret ? Secret(number) : null,
        DataKey = kind == RotationKinds.DataKey ? DataKey(number, membership) : null,
    };

    public static RotationAck Ack(MembershipDocument membership, string node) => new()
    {
        Node = node,
        NodeId = membership.Nodes[node].Id,
        Digest = RotationMaterial.Expected(membership, membership.Rotation!.Kind).Digest(membership.Rotation),
        Generation = 1,
        Time = Start,
    };

    public static ImmutableArray<RotationAck> AllAcks(MembershipDocument membership) =>
        membership.Rotation is null ? [] : [.. membership.Nodes.Keys.Select(name => Ack(membership, name))];

    private static ImmutableSortedDictionary<string, byte[]> WrappedTo(IEnumerable<NodeDocument> nodes) =>
        nodes.ToImmutableSortedDictionary(static n => n.Id, static _ => Array.Empty<byte>(), StringComparer.Ordinal);

    private static byte[] Bytes(int number, byte kind)
    {
        byte[] bytes = new byte[32];
        BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        bytes[31] = kind;
        return bytes;
    }
}
