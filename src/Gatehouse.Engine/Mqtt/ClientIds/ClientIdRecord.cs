using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Gatehouse.Engine.Mqtt.ClientIds;

/// <summary>
/// An ownership as the store has it. Without an end its connection was open when it was written: the life begins when the record is
/// read, for nobody knows when the connection ended.
/// </summary>
internal sealed record ClientIdRecord
{
    /// <summary>Most bytes of a client id that are kept for people.</summary>
    public const int MaxShown = 128;

    private const byte Version = 1;
    private const string Prefix = "client-ids/";

    /// <summary>Where all of them lie in the store.</summary>
    public static string Place => Prefix;

    /// <summary>The owner.</summary>
    public required ClientIdOwner Owner { get; init; }

    /// <summary>How long the broker may keep the session.</summary>
    public required ClientIdLife Life { get; init; }

    /// <summary>When the ownership ends; null: it was connected, or for ever.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>The broker.</summary>
    public required string Broker { get; init; }

    /// <summary>The id's first bytes.</summary>
    public required byte[] Shown { get; init; }

    /// <summary>Whether the id has more.</summary>
    public bool IsCut { get; init; }

    /// <summary>The place of one in the store.</summary>
    public static string PlaceOf(ClientIdKey key) => Prefix + key;

    /// <summary>The key that a place stands for.</summary>
    public static bool TryParsePlace(string place, out ClientIdKey key)
    {
        key = default;
        return place.StartsWith(Prefix, StringComparison.Ordinal) && ClientIdKey.TryParse(place.AsSpan(Prefix.Length), out key);
    }

    /// <summary>What is kept of an id, cut between characters.</summary>
    public static byte[] Cut(string clientId, out bool isCut)
    {
        isCut = Encoding.UTF8.GetByteCount(clientId) > MaxShown;
        byte[] all = new byte[MaxShown];
        Encoding.UTF8.GetEncoder().Convert(clientId, all, flush: false, out _, out int used, out _);
        return all[..used];
    }

    /// <summary>For the store.</summary>
    public byte[] Write()
    {
        using var stream = new MemoryStream(64 + Shown.Length);
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        writer.Write(Version);
        writer.Write(Life.Seconds);
        writer.Write(Until?.ToUnixTimeMilliseconds() ?? long.MinValue);
        writer.Write(Owner.Realm);
        writer.Write(Owner.Name);
        writer.Write(Owner.Tag);
        writer.Write(Broker);
        writer.Write(IsCut);
        writer.Write((byte)Shown.Length);
        writer.Write(Shown);
        writer.Flush();
        return stream.ToArray();
    }

    /// <summary>From the store; false: not one, or of a newer version.</summary>
    public static bool TryRead(byte[] stored, [NotNullWhen(true)] out ClientIdRecord? record)
    {
        record = null;
        try
        {
            using var reader = new BinaryReader(new MemoryStream(stored), Encoding.UTF8);
            if (reader.ReadByte() != Version)
            {
                return false;
            }

            var life = ClientIdLife.OfV5(reader.ReadUInt32());
            long until = reader.ReadInt64();
            ClientIdOwner owner = new(reader.ReadString(), reader.ReadString(), reader.ReadString());
            record = new ClientIdRecord
            {
                Owner = owner,
                Life = life,
                Until = until == long.MinValue ? null : DateTimeOffset.FromUnixTimeMilliseconds(until),
                Broker = reader.ReadString(),
                IsCut = reader.ReadBoolean(),
                Shown = reader.ReadBytes(reader.ReadByte()),
            };
            return !life.IsNone;
        }
        catch (Exception fault) when (fault is IOException or FormatException or ArgumentException)
        {
            return false;
        }
    }
}
