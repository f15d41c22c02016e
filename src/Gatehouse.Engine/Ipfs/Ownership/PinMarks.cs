using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Gatehouse.Trust.Sealing;

namespace Gatehouse.Engine.Ipfs.Ownership;

/// <summary>
/// The sign that a gate leaves in the metadata of the pins it makes: the first owner, sealed with the node's data key for this very CID of
/// this cluster. Peers of the cluster, who see all metadata, learn nothing from it and cannot make one.
/// </summary>
internal sealed class PinMarks(Sealer sealer)
{
    /// <summary>The metadata key (<c>meta-gatehouse-owner</c> in a query).</summary>
    public const string MetaKey = "gatehouse-owner";

    private const string Version = "1.";
    private const int MaxLength = 4096;

    /// <summary>A mark.</summary>
    public string Make(PinOwnership one)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        writer.Write(one.Created.ToUnixTimeMilliseconds());
        writer.Write(one.Owner.Realm);
        writer.Write(one.Owner.Name);
        writer.Write(one.Owner.Tag);
        writer.Flush();
        return Version + Base64Url.EncodeToString(sealer.Seal(PathOf(one.Cluster, one.Cid), 0, stream.ToArray()));
    }

    /// <summary>Reads one; false: it was not made by this gate for this CID.</summary>
    public bool TryRead(string cluster, string cid, string mark, [NotNullWhen(true)] out PinOwner? owner, out DateTimeOffset created)
    {
        owner = null;
        created = default;
        if (mark.Length > MaxLength || !mark.StartsWith(Version, StringComparison.Ordinal) || !Base64Url.IsValid(mark.AsSpan(Version.Length)))
        {
            return false;
        }

        if (sealer.TryOpen(PathOf(cluster, cid), 0, Base64Url.DecodeFromChars(mark.AsSpan(Version.Length))) is not { } plain)
        {
            return false;
        }

        // What opens was sealed here, and is whole.
        using var reader = new BinaryReader(new MemoryStream(plain), Encoding.UTF8);
        created = DateTimeOffset.FromUnixTimeMilliseconds(reader.ReadInt64());
        owner = new PinOwner(reader.ReadString(), reader.ReadString(), reader.ReadString());
        return true;
    }

    private static string PathOf(string cluster, string cid) => "pin-owner/" + PinRecord.KeyOf(cluster, cid);
}
