using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Gatehouse.EndToEnd.Tests.Running.Hosts;

/// <summary>A host of a <see cref="NetworkLab"/>.</summary>
/// <param name="name">Its letter.</param>
/// <param name="space">Its namespace.</param>
/// <param name="bridge">The namespace of the bridge.</param>
/// <param name="address">Its address on the network.</param>
internal sealed partial class LabHost(string name, string space, string bridge, IPAddress address) : IAsyncDisposable
{
    private const int NewNetwork = 0x40000000;
    private readonly List<LabProcess> _processes = [];

    public string Name => name;

    public string Namespace => space;

    public IPAddress Address => address;

    /// <summary>A folder of its own, with everything that programs of this host write.</summary>
    public TemporaryFolder Folder { get; } = new();

    /// <summary>The end of its cable at the bridge.</summary>
    public string Cable => "port-" + name;

    /// <summary>What stands before a command so that it runs on this host.</summary>
    public string[] Wrapper => ["ip", "netns", "exec", space];

    /// <summary>Starts a program here; it ends with the lab.</summary>
    public LabProcess Start(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var process = new LabProcess($"{program} on {name}", [.. Wrapper, program, .. arguments], WithHome(environment), Folder.Path);
        _processes.Add(process);
        return process;
    }

    /// <summary>Runs a program here to its end.</summary>
    public Task<ShellResult> RunAsync(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, double seconds = 60) =>
        Shell.RunAsync(Wrapper[0], [.. Wrapper[1..], program, .. arguments], null, WithHome(environment), seconds, Folder.Path);

    /// <summary>Pulls its plug at the bridge: frames vanish both ways and no end is told.</summary>
    public Task PartitionAsync() => NetworkLab.IpAsync("-n", bridge, "link", "set", Cable, "nomaster");

    /// <summary>Plugs it in again.</summary>
    public Task HealAsync() => NetworkLab.IpAsync("-n", bridge, "link", "set", Cable, "master", "br0");

    /// <summary>A TCP socket of this host; it stays one wherever it is used.</summary>
    public Socket CreateSocket()
    {
        Socket? made = null;
        Exception? failure = null;

        // The namespace belongs to a thread: one that is used for nothing else.
        var thread = new Thread(() =>
        {
            try
            {
                using SafeFileHandle handle = File.OpenHandle("/run/netns/" + space);
                if (SetNamespace(handle, NewNetwork) != 0)
                {
                    throw new InvalidOperationException($"setns: {Marshal.GetLastPInvokeErrorMessage()}");
                }

                made = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            }
            catch (Exception e) when (e is IOException or InvalidOperationException or SocketException)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        return made ?? throw new InvalidOperationException($"no socket on {name}", failure);
    }

    /// <summary>Connects from this host; fails after so many seconds.</summary>
    public async Task<Socket> ConnectAsync(IPAddress to, int port, double seconds = 5)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        Socket socket = CreateSocket();
        try
        {
            await socket.ConnectAsync(to, port, limit.Token);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Waits until something listens at an address of this host.</summary>
    public async Task WaitForAsync(IPAddress at, int port, double seconds = 20)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        while (true)
        {
            try
            {
                (await ConnectAsync(at, port)).Dispose();
                return;
            }
            catch (SocketException) when (!limit.IsCancellationRequested)
            {
                await Task.Delay(20, limit.Token);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (LabProcess process in Enumerable.Reverse(_processes))
        {
            await process.DisposeAsync();
        }

        Folder.Dispose();
    }

    private Dictionary<string, string> WithHome(IReadOnlyDictionary<string, string>? environment) =>
        new(environment ?? new Dictionary<string, string>(), StringComparer.Ordinal) { ["HOME"] = Folder.Path };

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetNamespace(SafeFileHandle handle, int kind);
}
