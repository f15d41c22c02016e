using System.Net.Security;
using System.Reflection;
using System.Runtime.InteropServices;

namespace Gatehouse.Engine.Listeners;

/// <summary>
/// OpenSSL keeps two record buffers of 17 KB a connection for as long as it lives, unless it is told to give them back between
/// records (SSL_CTX_set_mode(3)). The runtime does not tell it and offers no way to, so this reaches for its handle. Where
/// anything is not as expected nothing happens, and connections hold the more.
/// </summary>
internal static unsafe class TlsMemory
{
    // openssl/ssl.h: the same since 1.0.0.
    private const int ControlMode = 33;
    private const int ControlClearMode = 78;
    private const int ReleaseBuffers = 0x10;

    private static readonly FieldInfo? Handle = FindHandle();
    private static readonly delegate* unmanaged<nint, int, nint, nint, nint> Control = FindControl();

    /// <summary>Whether connections can be told.</summary>
    public static bool IsSupported => Handle is not null && Control is not null;

    /// <summary>
    /// Tells a connection whose handshake is done to hold no buffers between records, which costs their being made anew for each,
    /// or to keep them again. Only the flow that reads may call it. False where nothing happened.
    /// </summary>
    public static bool Spare(SslStream tls, bool isSparing)
    {
        if (!IsSupported || Handle!.GetValue(tls) is not SafeHandle { IsInvalid: false } ssl || ssl.GetType().Name != "SafeSslHandle")
        {
            return false;
        }

        bool isHeld = false;
        try
        {
            ssl.DangerousAddRef(ref isHeld);
            nint mode = Control(ssl.DangerousGetHandle(), isSparing ? ControlMode : ControlClearMode, ReleaseBuffers, 0);
            return (mode & ReleaseBuffers) != 0 == isSparing;
        }
        catch (ObjectDisposedException)
        {
            // Over meanwhile.
            return false;
        }
        finally
        {
            if (isHeld)
            {
                ssl.DangerousRelease();
            }
        }
    }

    private static FieldInfo? FindHandle() => typeof(SslStream).GetField("_securityContext", BindingFlags.Instance | BindingFlags.NonPublic);

    // The very library that the runtime has loaded, by its path: another one would not know the handle.
    private static delegate* unmanaged<nint, int, nint, nint, nint> FindControl()
    {
        try
        {
            string[] paths = [.. File.ReadLines("/proc/self/maps")
                .Select(static line => line.IndexOf('/', StringComparison.Ordinal) is >= 0 and var at ? line[at..] : "")
                .Where(static path => Path.GetFileName(path).StartsWith("libssl.so", StringComparison.Ordinal))
                .Distinct()];
            return paths is [{ } only] && NativeLibrary.TryLoad(only, out nint library) && NativeLibrary.TryGetExport(library, "SSL_ctrl", out nint address)
                ? (delegate* unmanaged<nint, int, nint, nint, nint>)address
                : null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
