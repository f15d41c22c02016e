using System.Text;
using Gatehouse.Protocols.Catalogues;

namespace Gatehouse.Engine.Elasticsearch.Handles;

/// <summary>
/// A handle as bytes, to be sealed: version, kind, gate, realm, name, key, expiry (unix ms), upstream's id, rights. Only what a seal
/// has vouched for is read here.
/// </summary>
internal static class HandleContent
{
    private const byte Version = 1;

    /// <summary>Writes one.</summary>
    public static byte[] Write(Handle handle)
    {
        using MemoryStream bytes = new();
        using (BinaryWriter writer = new(bytes, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(Version);
            writer.Write((byte)handle.Kind);
            writer.Write(handle.Gate);
            writer.Write(handle.Owner.Realm);
            writer.Write(handle.Owner.Name);
            writer.Write(handle.Owner.Key ?? "");
            writer.Write(handle.Expires.ToUnixTimeMilliseconds());
            writer.Write(handle.UpstreamId);
            writer.Write7BitEncodedInt(handle.Rights.Count);
            foreach (RequestOperation right in handle.Rights)
            {
                writer.Write(right.Action);
                writer.Write7BitEncodedInt(right.Resources.Count);
                foreach (string resource in right.Resources)
                {
                    writer.Write(resource);
                }
            }
        }

        return bytes.ToArray();
    }

    /// <summary>Reads one; null where another version wrote it.</summary>
    public static Handle? Read(byte[] content)
    {
        if (content.Length == 0 || content[0] != Version)
        {
            return null;
        }

        using BinaryReader reader = new(new MemoryStream(content, 1, content.Length - 1), Encoding.UTF8);
        var kind = (HandleKind)reader.ReadByte();
        string gate = reader.ReadString();
        string realm = reader.ReadString();
        string name = reader.ReadString();
        string key = reader.ReadString();
        DateTimeOffset expires = DateTimeOffset.FromUnixTimeMilliseconds(reader.ReadInt64());
        string id = reader.ReadString();
        var rights = new RequestOperation[reader.Read7BitEncodedInt()];
        for (int i = 0; i < rights.Length; i++)
        {
            string action = reader.ReadString();
            string[] resources = new string[reader.Read7BitEncodedInt()];
            for (int r = 0; r < resources.Length; r++)
            {
                resources[r] = reader.ReadString();
            }

            rights[i] = new RequestOperation(action, resources);
        }

        return new Handle(kind, gate, new HandleOwner(realm, name, key.Length == 0 ? null : key), rights, expires, id);
    }
}
