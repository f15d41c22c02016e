using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Gatehouse.Protocols.Zip;

namespace Gatehouse.Protocols.Tests.Zip;

/// <summary>Writes archives, right ones and wrong ones: every number can be another than it should be.</summary>
internal sealed class Archive
{
    private readonly MemoryStream _out = new();
    private readonly List<byte[]> _central = [];

    public byte[] Comment { get; set; } = [];

    public int CountIsOff { get; set; }

    public int SizeIsOff { get; set; }

    public int OffsetIsOff { get; set; }

    public int Disk { get; set; }

    public static ZipError Check(ReadOnlySpan<byte> bytes, int piece = int.MaxValue, ZipLimits? limits = null)
    {
        var check = new ZipCheck(limits ?? new ZipLimits());
        while (!bytes.IsEmpty)
        {
            ReadOnlySpan<byte> next = bytes[..Math.Min(piece, bytes.Length)];
            if (check.Push(next) != ZipError.None)
            {
                break;
            }

            bytes = bytes[next.Length..];
        }

        return check.Finish();
    }

    public static byte[] Deflate(byte[] content)
    {
        if (content.Length == 0)
        {
            return [3, 0]; // the framework writes nothing at all
        }

        using var packed = new MemoryStream();
        using (var deflate = new DeflateStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            deflate.Write(content);
        }

        return packed.ToArray();
    }

    public Archive Raw(byte[] bytes)
    {
        _out.Write(bytes);
        return this;
    }

    public Archive Add(string name, string content = "content", Action<Fields>? local = null, Action<Fields>? central = null) =>
        Add(Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(content), local, central);

    public Archive Add(byte[] name, byte[] content, Action<Fields>? local = null, Action<Fields>? central = null)
    {
        var fields = new Fields { Name = name, Crc = Crc32.Add(0, content), Unpacked = (uint)content.Length, Offset = (uint)_out.Length, Content = content };
        local?.Invoke(fields);
        byte[] data = fields.Data ?? (fields.Method == 8 ? Deflate(content) : content);
        fields.Packed ??= (uint)data.Length;
        bool isLater = (fields.Flags & 8) != 0;
        byte[] head = new byte[30];
        BinaryPrimitives.WriteUInt32LittleEndian(head, fields.Signature);
        Put16(head, 4, 20);
        Put16(head, 6, fields.Flags);
        Put16(head, 8, fields.Method);
        Put32(head, 14, isLater ? 0 : fields.Crc);
        Put32(head, 18, isLater ? 0 : fields.Packed.Value);
        Put32(head, 22, isLater ? 0 : fields.Unpacked);
        Put16(head, 26, fields.Name.Length);
        Put16(head, 28, fields.Extra.Length);
        _out.Write([.. head, .. fields.Name, .. fields.Extra, .. data]);
        if (isLater)
        {
            byte[] after = new byte[16];
            Put32(after, 0, 0x08074B50);
            Put32(after, 4, fields.Crc);
            Put32(after, 8, fields.Packed.Value);
            Put32(after, 12, fields.Unpacked);
            _out.Write(fields.HasDescriptorSignature ? after : after[4..]);
        }

        central?.Invoke(fields);
        byte[] entry = new byte[46];
        BinaryPrimitives.WriteUInt32LittleEndian(entry, 0x02014B50);
        Put16(entry, 4, 20);
        Put16(entry, 6, 20);
        Put16(entry, 8, fields.Flags);
        Put16(entry, 10, fields.Method);
        Put32(entry, 16, fields.Crc);
        Put32(entry, 20, fields.Packed.Value);
        Put32(entry, 24, fields.Unpacked);
        Put16(entry, 28, fields.Name.Length);
        Put16(entry, 30, fields.Extra.Length);
        Put16(entry, 34, fields.Disk);
        Put32(entry, 38, fields.Attributes);
        Put32(entry, 42, fields.Offset);
        _central.Add([.. entry, .. fields.Name, .. fields.Extra]);
        return this;
    }

    public Archive Central(Action<List<byte[]>> change)
    {
        change(_central);
        return this;
    }

    public byte[] Make()
    {
        using var whole = new MemoryStream();
        whole.Write(_out.ToArray());
        uint at = (uint)whole.Length;
        foreach (byte[] entry in _central)
        {
            whole.Write(entry);
        }

        byte[] end = new byte[22];
        Put32(end, 0, 0x06054B50);
        Put16(end, 4, Disk);
        Put16(end, 8, _central.Count + CountIsOff);
        Put16(end, 10, _central.Count + CountIsOff);
        Put32(end, 12, (uint)(whole.Length - at + SizeIsOff));
        Put32(end, 16, (uint)(at + OffsetIsOff));
        Put16(end, 20, Comment.Length);
        whole.Write([.. end, .. Comment]);
        return whole.ToArray();
    }

    private static void Put16(byte[] into, int at, int value) => BinaryPrimitives.WriteUInt16LittleEndian(into.AsSpan(at), (ushort)value);

    private static void Put32(byte[] into, int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(into.AsSpan(at), value);

    internal sealed class Fields
    {
        public uint Signature { get; set; } = 0x04034B50;

        public int Flags { get; set; } = 0x0800;

        public int Method { get; set; } = 8;

        public uint Crc { get; set; }

        public uint? Packed { get; set; }

        public uint Unpacked { get; set; }

        public uint Offset { get; set; }

        public uint Attributes { get; set; }

        public int Disk { get; set; }

        public byte[] Name { get; set; } = [];

        public byte[] Extra { get; set; } = [];

        public byte[] Content { get; set; } = [];

        public byte[]? Data { get; set; }

        public bool HasDescriptorSignature { get; set; } = true;
    }
}
