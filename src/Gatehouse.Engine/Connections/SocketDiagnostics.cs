using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Gatehouse.Engine.Connections;

/// <summary>A TCP socket of this host as the kernel lists it.</summary>
/// <param name="Address">Local address.</param>
/// <param name="UserId">Owner.</param>
/// <param name="Inode">Inode; 0 when no process holds it any more or yet.</param>
/// <param name="IsV6Only">An IPv6 wildcard that takes no IPv4.</param>
internal readonly record struct KernelSocket(IPAddress Address, uint UserId, uint Inode, bool IsV6Only = false);

/// <summary>Asks the kernel for TCP sockets: netlink sock_diag(7), else /proc/net/tcp and tcp6. Blocks for microseconds to milliseconds.</summary>
internal static partial class SocketDiagnostics
{
    private const int AfInet = 2;
    private const int AfInet6 = 10;
    private const int AfNetlink = 16;
    private const int SockRawCloexec = 3 | 0x80000;
    private const int NetlinkSockDiag = 4;
    private const int MsgDontWait = 0x40;
    private const ushort SockDiagByFamily = 20;
    private const ushort NlmRequest = 0x1;
    private const ushort NlmDump = 0x300;
    private const int TcpEstablished = 1;
    private const int TcpFinWait1 = 4;
    private const int TcpFinWait2 = 5;
    private const int TcpCloseWait = 8;
    private const int TcpListen = 10;
    private const int HeaderLength = 16;
    private const int RequestLength = HeaderLength + 56;
    private const int MessageLength = 72;
    private const ushort AttributeV6Only = 11;

    /// <summary>Every socket that listens on a port, of both families.</summary>
    public static List<KernelSocket> Listeners(int port)
    {
        List<KernelSocket> found = [];
        if (TryAsk(AfInet, new IPEndPoint(IPAddress.Any, port), null, found)
            && TryAsk(AfInet6, new IPEndPoint(IPAddress.IPv6Any, port), null, found))
        {
            return found;
        }

        return ProcSockets.Listeners(port);
    }

    /// <summary>The socket of this host that has exactly these ends, or null. The other end of an accepted loopback connection.</summary>
    public static KernelSocket? Connected(IPEndPoint own, IPEndPoint other)
    {
        List<KernelSocket> found = [];
        int family = own.AddressFamily == AddressFamily.InterNetwork ? AfInet : AfInet6;
        if (!TryAsk(family, own, other, found))
        {
            return ProcSockets.Connected(own, other);
        }

        return found.Count == 1 ? found[0] : null;
    }

    /// <summary>Whether a socket in this state is a connection; also one whose process, or whose other end, has ended one direction.</summary>
    public static bool IsConnected(int state) => state is TcpEstablished or TcpFinWait1 or TcpFinWait2 or TcpCloseWait;

    // False: netlink gave no clear answer, the caller falls back.
    private static bool TryAsk(int family, IPEndPoint own, IPEndPoint? other, List<KernelSocket> found)
    {
        int socket = OpenSocket(AfNetlink, SockRawCloexec, NetlinkSockDiag);
        if (socket < 0)
        {
            return false;
        }

        try
        {
            Span<byte> request = stackalloc byte[RequestLength];
            WriteRequest(request, family, own, other);
            if (Send(socket, request, RequestLength, 0) != RequestLength)
            {
                return false;
            }

            byte[] buffer = new byte[32 * 1024];
            while (true)
            {
                // The kernel makes the answer within send and recv: nothing there means that something is wrong.
                nint received = Receive(socket, buffer, buffer.Length, MsgDontWait);
                if (received <= 0)
                {
                    return false;
                }

                switch (Read(buffer.AsSpan(0, (int)received), own, other, found))
                {
                    case Answer.Done:
                        return true;
                    case Answer.Failed:
                        return false;
                    default:
                        break;
                }
            }
        }
        finally
        {
            _ = CloseSocket(socket);
        }
    }

    // struct nlmsghdr, then struct inet_diag_req_v2 (linux/inet_diag.h): host order but for ports and addresses.
    private static void WriteRequest(Span<byte> request, int family, IPEndPoint own, IPEndPoint? other)
    {
        request.Clear();
        MemoryMarshal.Write(request, RequestLength);
        MemoryMarshal.Write(request[4..], SockDiagByFamily);
        MemoryMarshal.Write(request[6..], other is null ? (ushort)(NlmRequest | NlmDump) : NlmRequest);
        MemoryMarshal.Write(request[8..], 1);
        Span<byte> body = request[HeaderLength..];
        body[0] = (byte)family;
        body[1] = (byte)ProtocolType.Tcp;
        MemoryMarshal.Write(body[4..], other is null ? 1u << TcpListen : uint.MaxValue);
        Span<byte> id = body[8..];
        BinaryPrimitives.WriteUInt16BigEndian(id, (ushort)own.Port);
        if (other is not null)
        {
            BinaryPrimitives.WriteUInt16BigEndian(id[2..], (ushort)other.Port);
            own.Address.TryWriteBytes(id[4..20], out _);
            other.Address.TryWriteBytes(id[20..36], out _);
        }

        // INET_DIAG_NOCOOKIE
        id[40..48].Fill(0xff);
    }

    private static Answer Read(ReadOnlySpan<byte> data, IPEndPoint own, IPEndPoint? other, List<KernelSocket> found)
    {
        while (data.Length >= HeaderLength)
        {
            int length = MemoryMarshal.Read<int>(data);
            ushort type = MemoryMarshal.Read<ushort>(data[4..]);
            if (length < HeaderLength || length > data.Length)
            {
                return Answer.Failed;
            }

            if (type == 3)
            {
                return Answer.Done;
            }

            if (type == 2)
            {
                // ENOENT to an exact question is an answer: no such socket.
                bool none = other is not null && length >= HeaderLength + 4 && MemoryMarshal.Read<int>(data[HeaderLength..]) == -2;
                return none ? Answer.Done : Answer.Failed;
            }

            if (type == SockDiagByFamily && length >= HeaderLength + MessageLength)
            {
                ReadSocket(data[HeaderLength..length], own, other, found);
                if (other is not null)
                {
                    return Answer.Done;
                }
            }

            data = data[Math.Min(data.Length, (length + 3) & ~3)..];
        }

        return Answer.More;
    }

    // struct inet_diag_msg and its attributes.
    private static void ReadSocket(ReadOnlySpan<byte> message, IPEndPoint own, IPEndPoint? other, List<KernelSocket> found)
    {
        int state = message[1];
        ReadOnlySpan<byte> id = message[4..];
        int port = BinaryPrimitives.ReadUInt16BigEndian(id);
        int otherPort = BinaryPrimitives.ReadUInt16BigEndian(id[2..]);

        // An exact question falls back to the listener of that port: not what was asked.
        if (port != own.Port || (other is null ? state != TcpListen : !IsConnected(state) || otherPort != other.Port))
        {
            return;
        }

        var address = new IPAddress(id.Slice(4, message[0] == AfInet ? 4 : 16));
        uint user = MemoryMarshal.Read<uint>(message[64..]);
        uint inode = MemoryMarshal.Read<uint>(message[68..]);
        found.Add(new KernelSocket(address, user, inode, IsV6Only(message[MessageLength..])));
    }

    private static bool IsV6Only(ReadOnlySpan<byte> attributes)
    {
        while (attributes.Length >= 4)
        {
            int length = MemoryMarshal.Read<ushort>(attributes);
            if (length < 4 || length > attributes.Length)
            {
                return false;
            }

            if (MemoryMarshal.Read<ushort>(attributes[2..]) == AttributeV6Only && length > 4)
            {
                return attributes[4] != 0;
            }

            attributes = attributes[Math.Min(attributes.Length, (length + 3) & ~3)..];
        }

        return false;
    }

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int OpenSocket(int domain, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Send(int socket, ReadOnlySpan<byte> data, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Receive(int socket, Span<byte> data, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int CloseSocket(int socket);

    private enum Answer
    {
        More,
        Done,
        Failed,
    }
}
