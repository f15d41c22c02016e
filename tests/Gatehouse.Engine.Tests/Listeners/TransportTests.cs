using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Gatehouse.Audit;
using Gatehouse.Engine.Admission;
using Gatehouse.Engine.Connections;
using Gatehouse.Problems;
using Microsoft.AspNetCore.Connections;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Listeners;

public sealed class TransportTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gatehouse-").FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    private string SocketPath => Path.Combine(_folder, "admin.sock");

    [Fact]
    public async Task A_taken_port_names_its_owner()
    {
        await using TestListener first = await TestListener.StartAsync();
        ProblemException own = await BindTwice(first.Address.Port);
        own.Problem.Definition.ShouldBe(NetworkProblems.PortInUse);
        own.Problem.Text.ShouldContain("by this daemon itself");
        using Process other = Process.Start(new ProcessStartInfo(
            "/usr/bin/python3",
            ["-c", "import socket,sys;s=socket.socket();s.bind(('127.0.0.1',0));s.listen();print(s.getsockname()[1],flush=True);sys.stdin.read()"])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        int port = int.Parse((await other.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(20)))!);
        ProblemException foreign = await BindTwice(port);
        foreign.Problem.Text.ShouldContain($"(pid {other.Id},");
        foreign.Problem.Text.ShouldContain("`python");
        other.StandardInput.Close();
        await other.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task An_address_of_another_host_cannot_be_listened_on() =>
        (await Bind(IPEndPoint.Parse("192.0.2.1:0"))).Problem.Definition.ShouldBe(NetworkProblems.CannotListen);

    [Fact]
    public async Task The_daemons_own_process_is_refused_at_the_admin_socket()
    {
        await using TestListener listener = await TestListener.StartAsync(static s => s with { Certificates = null }, unixPath: SocketPath);
        File.GetUnixFileMode(SocketPath).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath));
        (await client.ReceiveAsync(new byte[1]).WaitAsync(TimeSpan.FromSeconds(20))).ShouldBe(0);
        (await listener.Trail.NextAsync(AuditAction.ConnectionDenied)).Reason.ShouldBe(RefusalReasons.OwnProcess);
    }

    [Fact]
    public async Task Another_process_is_known_by_its_kernel_identity()
    {
        var seen = new TaskCompletionSource<PeerCredentials>();
        await using TestListener listener = await TestListener.StartAsync(
            static s => s with { Certificates = null },
            async (ConnectionContext connection) =>
            {
                seen.SetResult(connection.Features.Get<IPeerCredentialFeature>()!.Peer);
                await TestListener.EchoAsync(connection);
            },
            SocketPath);
        using Process process = Process.Start(new ProcessStartInfo(
            "/usr/bin/python3",
            ["-c", $"import socket,sys;s=socket.socket(socket.AF_UNIX);s.connect('{SocketPath}');s.send(b'x');print(s.recv(1));sys.stdin.read()"])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        PeerCredentials peer = await seen.Task.WaitAsync(TimeSpan.FromSeconds(20));
        peer.ProcessId.ShouldBe(process.Id);
        peer.UserId.ShouldBe(LocalUsers.Own);
        (await process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(20))).ShouldBe("b'x'");
        process.StandardInput.Close();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task A_stale_socket_is_replaced_and_a_live_one_or_a_file_is_not()
    {
        using (var killed = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            killed.Bind(new UnixDomainSocketEndPoint(SocketPath));
        }

        await StartProcessThatLeavesASocket();
        await using (await TestListener.StartAsync(static s => s with { Certificates = null }, unixPath: SocketPath))
        {
            (await Bind(new UnixDomainSocketEndPoint(SocketPath))).Problem.Definition.ShouldBe(NetworkProblems.PortInUse);
        }

        File.Delete(SocketPath);
        await File.WriteAllTextAsync(SocketPath, "mine");
        (await Bind(new UnixDomainSocketEndPoint(SocketPath))).Problem.Definition.ShouldBe(NetworkProblems.SocketPathUnusable);
        (await File.ReadAllTextAsync(SocketPath)).ShouldBe("mine");
        string far = Path.Combine(_folder, new string('x', 120));
        Should.Throw<ArgumentException>(() => new UnixDomainSocketEndPoint(far));
    }

    private async Task StartProcessThatLeavesASocket()
    {
        File.Delete(SocketPath);
        using Process process = Process.Start(
            "/usr/bin/python3", ["-c", $"import socket;s=socket.socket(socket.AF_UNIX);s.bind('{SocketPath}');s.listen()"]);
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(20));
        File.Exists(SocketPath).ShouldBeTrue();
    }

    private static Task<ProblemException> BindTwice(int port) => Bind(new IPEndPoint(IPAddress.Loopback, port));

    private static async Task<ProblemException> Bind(EndPoint endPoint) =>
        await Should.ThrowAsync<ProblemException>(async () =>
            await Gatehouse.Engine.Listeners.GateTransport.CreateFactory(true, Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance)
                .BindAsync(endPoint));
}
