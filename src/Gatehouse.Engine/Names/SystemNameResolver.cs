using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace Gatehouse.Engine.Names;

/// <summary>
/// The host's own resolver, its hosts file included. Its calls block and cannot be called off, so each runs on a thread of its
/// own; when all are held by calls that do not come back, further questions fail at once.
/// </summary>
internal sealed partial class SystemNameResolver : INameResolver
{
    private const int MaxThreads = 32;
    private const int LongestName = 1025; // NI_MAXHOST
    private const int NameRequired = 8; // NI_NAMEREQD
    private const int NoName = -2; // EAI_NONAME
    private const int NoData = -5; // EAI_NODATA
    private int _threads;

    /// <inheritdoc/>
    public Task<NameAnswer<string>> NamesOfAsync(IPAddress address, CancellationToken cancellation) => RunAsync(() => NamesOf(address));

    /// <inheritdoc/>
    public Task<NameAnswer<IPAddress>> AddressesOfAsync(string name, CancellationToken cancellation) => RunAsync(() => AddressesOf(name));

    private static NameAnswer<IPAddress> AddressesOf(string name)
    {
        try
        {
            return new NameAnswer<IPAddress>([.. Dns.GetHostAddresses(name)]);
        }
        catch (SocketException none) when (none.SocketErrorCode is SocketError.HostNotFound or SocketError.NoData)
        {
            return NameAnswer<IPAddress>.Nothing;
        }
    }

    // System.Net.Dns resolves the name it finds once more and gives what an alias leads to; the reverse zone's own word counts.
    private static NameAnswer<string> NamesOf(IPAddress address)
    {
        SocketAddress source = new IPEndPoint(address, 0).Serialize();
        Span<byte> name = stackalloc byte[LongestName];
        int result;
        unsafe
        {
            fixed (byte* from = source.Buffer.Span)
            {
                fixed (byte* to = name)
                {
                    result = GetNameInfo(from, (uint)source.Size, to, LongestName, null, 0, NameRequired);
                }
            }
        }

        int end = name.IndexOf((byte)0);
        return result switch
        {
            0 when end > 0 => new NameAnswer<string>([Encoding.Latin1.GetString(name[..end])]),
            NoName or NoData => NameAnswer<string>.Nothing,
            _ => NameAnswer<string>.Failure,
        };
    }

    private Task<NameAnswer<T>> RunAsync<T>(Func<NameAnswer<T>> call)
    {
        if (Interlocked.Increment(ref _threads) > MaxThreads)
        {
            Interlocked.Decrement(ref _threads);
            return Task.FromResult(NameAnswer<T>.Failure);
        }

        return Task.Factory.StartNew(
            () =>
            {
                try
                {
                    return call();
                }
                catch (Exception fault) when (fault is SocketException or ArgumentException)
                {
                    return NameAnswer<T>.Failure;
                }
                finally
                {
                    Interlocked.Decrement(ref _threads);
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach,
            TaskScheduler.Default);
    }

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc", EntryPoint = "getnameinfo")]
    private static unsafe partial int GetNameInfo(byte* address, uint length, byte* host, uint hostLength, byte* service, uint serviceLength, int flags);
}
