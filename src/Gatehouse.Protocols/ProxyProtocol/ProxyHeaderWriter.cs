using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Gatehouse.Protocols.ProxyProtocol;

/// <summary>
/// Writes PROXY protocol headers, version 2 (HAProxy's proxy-protocol.txt section 2.2), lengths exact: receivers refuse what
/// is left over. A name that cannot be told whole is not told in part: half a name is another's. Pure.
/// </summary>
public static class ProxyHeaderWriter
{
    private const int FixedLength = 16;
    private const byte Authority = 0x02;
    private const byte Ssl = 0x20;
    private const byte SslVersion = 0x21;
    private const byte SslCommonName = 0x22;
    private const int MaxName = 1024;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The header of the gate's own connections, such as a test of its upstream: <c>LOCAL</c>, no addresses.</summary>
    public static ReadOnlySpan<byte> Local => "\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"u8;

    /// <summary>
    /// The header; false, and nothing, for a name that is empty, longer than 1024 bytes, no Unicode or has control characters in it.
    /// </summary>
    public static bool TryWrite(ProxyHeaderFacts facts, out byte[] header)
    {
        header = [];
        if (!TryEncode(facts.ServerName, out byte[] serverName)
            || !TryEncode(facts.CommonName, out byte[] commonName)
            || !TryEncode(facts.TlsVersion, out byte[] version))
        {
            return false;
        }

        ArrayBufferWriter<byte> into = new(256);
        into.Write(Local[..12]);
        into.Write<byte>([0x21, 0, 0, 0]);
        byte family = WriteAddresses(into, facts.Source, facts.Destination);
        if (serverName.Length > 0)
        {
            WriteField(into, Authority, serverName);
        }

        if (version.Length > 0)
        {
            WriteSsl(into, version, facts.HasCertificate, facts.HasCertificate ? commonName : []);
        }

        header = into.WrittenSpan.ToArray();
        header[13] = family;
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(14), (ushort)(header.Length - FixedLength));
        return true;
    }

    private static byte WriteAddresses(ArrayBufferWriter<byte> into, IPEndPoint source, IPEndPoint destination)
    {
        IPAddress from = Plain(source.Address);
        IPAddress to = Plain(destination.Address);
        bool isFour = from.AddressFamily == AddressFamily.InterNetwork && to.AddressFamily == AddressFamily.InterNetwork;
        into.Write((isFour ? from : from.MapToIPv6()).GetAddressBytes());
        into.Write((isFour ? to : to.MapToIPv6()).GetAddressBytes());
        Span<byte> ports = into.GetSpan(4);
        BinaryPrimitives.WriteUInt16BigEndian(ports, (ushort)source.Port);
        BinaryPrimitives.WriteUInt16BigEndian(ports[2..], (ushort)destination.Port);
        into.Advance(4);
        return isFour ? (byte)0x11 : (byte)0x21;
    }

    // Section 2.2.6: client bits, verify, TLVs. Verify is 0 only for a certificate that was shown and verified.
    private static void WriteSsl(ArrayBufferWriter<byte> into, byte[] version, bool hasCertificate, byte[] commonName)
    {
        int length = 5 + 3 + version.Length + (commonName.Length > 0 ? 3 + commonName.Length : 0);
        Span<byte> start = into.GetSpan(8);
        start[0] = Ssl;
        BinaryPrimitives.WriteUInt16BigEndian(start[1..], (ushort)length);
        start[3] = hasCertificate ? (byte)(0x01 | 0x02 | 0x04) : (byte)0x01;
        BinaryPrimitives.WriteUInt32BigEndian(start[4..], hasCertificate ? 0u : 1u);
        into.Advance(8);
        WriteField(into, SslVersion, version);
        if (commonName.Length > 0)
        {
            WriteField(into, SslCommonName, commonName);
        }
    }

    private static void WriteField(ArrayBufferWriter<byte> into, byte type, byte[] value)
    {
        Span<byte> start = into.GetSpan(3);
        start[0] = type;
        BinaryPrimitives.WriteUInt16BigEndian(start[1..], (ushort)value.Length);
        into.Advance(3);
        into.Write(value);
    }

    private static bool TryEncode(string? text, out byte[] encoded)
    {
        encoded = [];
        if (text is null)
        {
            return true;
        }

        if (text.Length is 0 or > MaxName || text.Any(char.IsControl))
        {
            return false;
        }

        try
        {
            encoded = Strict.GetBytes(text);
            return encoded.Length <= MaxName;
        }
        catch (EncoderFallbackException)
        {
            return false;
        }
    }

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
