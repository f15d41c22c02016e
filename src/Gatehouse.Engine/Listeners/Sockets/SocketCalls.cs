using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Gatehouse.Engine.Listeners.Sockets;

/// <summary>What the kernel can be asked and <see cref="Socket"/> cannot. Nothing here waits.</summary>
internal static partial class SocketCalls
{
    private const short PollError = 0x008;
    private const short PollHangUp = 0x010;
    private const short PollReadHangUp = 0x2000;
    private const int DontWait = 0x40;
    private const int Truncate = 0x20;
    private const int DrainAtOnce = 64 * 1024;
    private const int DrainTimes = 16;

    /// <summary>Whether the other side has closed or reset (poll(2)); true also when the socket is closed here.</summary>
    public static bool HasPeerLeft(Socket socket) => Use(socket, onClosed: true, static handle =>
    {
        var question = new PollQuestion { Handle = handle, Events = PollReadHangUp };
        return Poll(ref question, 1, 0) > 0 && (question.Found & (PollReadHangUp | PollHangUp | PollError)) != 0;
    });

    /// <summary>
    /// Throws away what has come and nobody will read: closing with unread bytes sends a reset, which may overtake the answer
    /// (RFC 9112 section 9.6). Bounded, for a client that never stops sending.
    /// </summary>
    public static void Drain(Socket socket) => Use(socket, onClosed: false, static handle =>
    {
        // tcp(7): with MSG_TRUNC bytes are dropped, not copied.
        for (int i = 0; i < DrainTimes && Receive(handle, 0, DrainAtOnce, DontWait | Truncate) > 0; i++)
        {
        }

        return false;
    });

    private static bool Use(Socket socket, bool onClosed, Func<int, bool> ask)
    {
        SafeSocketHandle handle;
        bool isHeld = false;
        try
        {
            handle = socket.SafeHandle;
            handle.DangerousAddRef(ref isHeld);
        }
        catch (ObjectDisposedException)
        {
            return onClosed;
        }

        try
        {
            return ask((int)handle.DangerousGetHandle());
        }
        finally
        {
            handle.DangerousRelease();
        }
    }

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Poll(ref PollQuestion questions, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Receive(int socket, nint nowhere, nuint length, int flags);

    // struct pollfd of poll(2).
    [StructLayout(LayoutKind.Sequential)]
    private struct PollQuestion
    {
        public int Handle;
        public short Events;
        public short Found;
    }
}
