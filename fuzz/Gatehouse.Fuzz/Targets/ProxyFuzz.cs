using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Gatehouse.Protocols.ProxyProtocol;
using static Gatehouse.Fuzz.OracleException;

namespace Gatehouse.Fuzz.Targets;

/// <summary>
/// PROXY protocol headers, version 1 and 2: the verdict on a prefix never contradicts the verdict on the whole, what lies
/// behind a header changes nothing, and addresses written back, in either version, are read as the same.
/// </summary>
public sealed class ProxyFuzz : IFuzzTarget
{
    private const int FixedLength = 16;

    /// <inheritdoc/>
    public string Name => "proxy";

    /// <inheritdoc/>
    public IReadOnlyList<string> Dictionary { get; } =
    [
        "PROXY ", "TCP4 ", "TCP6 ", "UNKNOWN", "\r\n", "\n", " ", "192.0.2.1 ", "::1 ", "::ffff:192.0.2.1 ", "0", "00", "65535", "65536", "-1", "1.2.3",
        "\r\n\r\n\0\r\nQUIT\n", "\u0021", "\u0020", "\u0011", "\0\f", "\0$", "\u0003\0\u0004", "\u0004\0\0",
    ];

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<byte> input)
    {
        ProxyHeaderStatus whole = ProxyHeaderParser.Parse(input, out ProxyHeader header, out int consumed);
        Require(whole == ProxyHeaderStatus.Parsed || (consumed == 0 && header == default), "only a header that was read says anything");
        Require(whole != ProxyHeaderStatus.NeedMore || input.Length < ProxyHeaderParser.MaxLength, "there is an end to waiting");
        if (whole == ProxyHeaderStatus.Parsed)
        {
            Require(consumed > 0 && consumed <= input.Length && consumed <= ProxyHeaderParser.MaxLength, "the header is among the bytes");
            CheckAlone(input[..consumed], header);
            CheckAddresses(header, isText: input[0] == (byte)'P');
        }

        // Piece by piece, as a connection brings it: a long header by its first and last bytes.
        int end = whole == ProxyHeaderStatus.Parsed ? consumed : input.Length;
        for (int length = 0; length < end; length++)
        {
            if (length == 300 && end > 600)
            {
                length = end - 300;
            }

            ProxyHeaderStatus part = ProxyHeaderParser.Parse(input[..length], out _, out _);
            Require(part != ProxyHeaderStatus.Parsed, "no part of a header is a header");
            Require(part == ProxyHeaderStatus.NeedMore || whole == ProxyHeaderStatus.Invalid, "what begins wrong stays wrong");
        }
    }

    private static void CheckAlone(ReadOnlySpan<byte> bytes, ProxyHeader header)
    {
        foreach (byte[] behind in (byte[][])[[], [(byte)'\n'], [0, 0, 0, 0], [0xff, 0xff, 0xff]])
        {
            ProxyHeaderStatus again = ProxyHeaderParser.Parse((byte[])[.. bytes, .. behind], out ProxyHeader same, out int consumed);
            Require(again == ProxyHeaderStatus.Parsed && consumed == bytes.Length && same == header, "what lies behind a header changes nothing");
        }
    }

    private static void CheckAddresses(ProxyHeader header, bool isText)
    {
        if (header.Source is not { } source || header.Destination is not { } destination)
        {
            Require(header == default && !isText, "a proxy's own connection has no address at all, and version 1 has no such thing");
            return;
        }

        Require(source.AddressFamily == destination.AddressFamily, "both ends are of one family");
        Require(source.Address.AddressFamily == AddressFamily.InterNetwork || source.Address.ScopeId == 0, "no zone comes from outside");
        foreach (byte[] written in (byte[][])[Text(source, destination), Binary(source, destination)])
        {
            ProxyHeaderStatus status = ProxyHeaderParser.Parse(written, out ProxyHeader same, out int consumed);
            Require(status == ProxyHeaderStatus.Parsed && consumed == written.Length && same == header, "what is written back is read as the same");
        }
    }

    private static byte[] Text(IPEndPoint source, IPEndPoint destination) => Encoding.ASCII.GetBytes(string.Create(
        CultureInfo.InvariantCulture,
        $"PROXY TCP{(source.AddressFamily == AddressFamily.InterNetwork ? 4 : 6)} {source.Address} {destination.Address} {source.Port} {destination.Port}\r\n"));

    private static byte[] Binary(IPEndPoint source, IPEndPoint destination)
    {
        byte[] from = source.Address.GetAddressBytes();
        byte[] to = destination.Address.GetAddressBytes();
        var header = new byte[FixedLength + (2 * from.Length) + 4];
        "\r\n\r\n\0\r\nQUIT\n"u8.CopyTo(header);
        header[12] = 0x21;
        header[13] = (byte)(from.Length == 4 ? 0x11 : 0x21);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(14), (ushort)(header.Length - FixedLength));
        from.CopyTo(header, FixedLength);
        to.CopyTo(header, FixedLength + from.Length);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(FixedLength + (2 * from.Length)), (ushort)source.Port);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(FixedLength + (2 * from.Length) + 2), (ushort)destination.Port);
        return header;
    }
}
