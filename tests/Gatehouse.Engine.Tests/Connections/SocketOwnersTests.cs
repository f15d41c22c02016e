using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Gatehouse.Engine.Connections;
using Gatehouse.Network;
using Gatehouse.Testing.Time;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Connections;

public sealed class SocketOwnersTests
{
    private readonly ManualTime _time = new();
    private readonly UpstreamOwnerRule _self = new([LocalUsers.Own]);
    private readonly UpstreamOwnerRule _stranger = new([54321]);

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1", true)]
    [InlineData("0.0.0.0", "127.0.0.1", true)]
    [InlineData("0.0.0.0", "127.7.7.7", true)]
    [InlineData("127.0.0.1", "127.0.0.2", false)]
    [InlineData("127.0.0.1", "::ffff:127.0.0.1", true)]
    [InlineData("127.0.0.1", "0.0.0.0", true)]
    [InlineData("127.0.0.1", "::1", false)]
    [InlineData("::1", "::1", true)]
    [InlineData("::1", "127.0.0.1", false)]
    public async Task The_owner_of_a_listener_is_found(string listen, string dial, bool found)
    {
        using Socket listener = Listen(IPAddress.Parse(listen));
        var target = new IPEndPoint(IPAddress.Parse(dial), Port(listener));
        var owners = new SocketOwners(_time);
        OwnerCheck check = await owners.CheckListenerAsync(target, _self);
        check.Status.ShouldBe(found ? OwnerStatus.Allowed : OwnerStatus.NoListener);
        check = await owners.CheckListenerAsync(target, _stranger);
        check.Status.ShouldBe(found ? OwnerStatus.Refused : OwnerStatus.NoListener);
        if (found)
        {
            check.Owner!.UserName.ShouldBe(LocalUsers.NameOf(LocalUsers.Own));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_ipv6_wildcard_takes_ipv4_only_in_dual_mode(bool dual)
    {
        using var listener = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = dual };
        listener.Bind(new IPEndPoint(IPAddress.IPv6Any, 0));
        listener.Listen();
        OwnerCheck check = await new SocketOwners(_time).CheckListenerAsync(new IPEndPoint(IPAddress.Loopback, Port(listener)), _self);
        check.Status.ShouldBe(dual ? OwnerStatus.Allowed : OwnerStatus.NoListener);
    }

    [Fact]
    public async Task An_address_of_another_host_is_not_local() =>
        (await new SocketOwners(_time).CheckListenerAsync(IPEndPoint.Parse("192.0.2.1:9200"), _self)).Status.ShouldBe(OwnerStatus.NotLocal);

    [Fact]
    public async Task An_answer_is_held_for_a_second_but_nobody_is_not()
    {
        var owners = new SocketOwners(_time);
        Socket listener = Listen(IPAddress.Loopback);
        var target = (IPEndPoint)listener.LocalEndPoint!;
        (await owners.CheckListenerAsync(target, _self)).Status.ShouldBe(OwnerStatus.Allowed);
        listener.Dispose();
        _time.Advance(TimeSpan.FromMilliseconds(900));
        (await owners.CheckListenerAsync(target, _self)).Status.ShouldBe(OwnerStatus.Allowed);
        _time.Advance(TimeSpan.FromMilliseconds(200));
        (await owners.CheckListenerAsync(target, _self)).Status.ShouldBe(OwnerStatus.NoListener);
        using var again = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        again.Bind(target);
        again.Listen();
        (await owners.CheckListenerAsync(target, _self)).Status.ShouldBe(OwnerStatus.Allowed);
    }

    [Fact]
    public async Task The_process_at_the_other_end_of_a_connection_is_known()
    {
        using Socket listener = Listen(IPAddress.Loopback);
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(listener.LocalEndPoint!);
        using Socket accepted = await listener.AcceptAsync();
        var local = (IPEndPoint)accepted.LocalEndPoint!;
        var remote = (IPEndPoint)accepted.RemoteEndPoint!;
        (await SocketOwners.CheckPeerAsync(local, remote, _self)).Status.ShouldBe(OwnerStatus.Allowed);
        (await SocketOwners.CheckPeerAsync(local, remote, _stranger)).Status.ShouldBe(OwnerStatus.Refused);
        ProcSockets.Connected(remote, local)!.Value.UserId.ShouldBe(LocalUsers.Own);

        // An orphan's uid reads as root's: it must not count.
        client.Dispose();
        (await SocketOwners.CheckPeerAsync(local, remote, _self)).Status.ShouldNotBe(OwnerStatus.Allowed);
    }

    [Fact]
    public async Task The_fallback_over_proc_agrees_with_netlink()
    {
        using Socket four = Listen(IPAddress.Loopback);
        using Socket six = Listen(IPAddress.IPv6Loopback);
        foreach (Socket socket in new[] { four, six })
        {
            KernelSocket expected = SocketDiagnostics.Listeners(Port(socket)).ShouldHaveSingleItem();
            KernelSocket actual = ProcSockets.Listeners(Port(socket)).ShouldHaveSingleItem();
            actual.Address.ShouldBe(expected.Address);
            actual.UserId.ShouldBe(expected.UserId);
            actual.Inode.ShouldBe(expected.Inode);
        }

        await Task.CompletedTask;
        SocketLine.TryParse("  sl  local_address rem_address   st tx_queue", out _).ShouldBeFalse();
        SocketLine.TryParse("   0: 0100007F:5CF8 00000000:00", out _).ShouldBeFalse();
        SocketLine.TryParse("   0: 0100007F:5CF8 XX000000:0000 0A 0:0 00:0 0 0 0 41716 1", out _).ShouldBeFalse();
    }

    [Fact]
    public async Task A_listener_of_another_user_is_refused_and_named()
    {
        Assert.SkipUnless(LocalUsers.Own == 0, "needs root to become another user");
        using Process process = StartAsNobody(
            "import socket,sys;s=socket.socket();s.bind(('127.0.0.1',0));s.listen();print(s.getsockname()[1],flush=True);sys.stdin.read()");
        int port = int.Parse((await process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(20)))!);
        OwnerCheck check = await new SocketOwners(_time).CheckListenerAsync(new IPEndPoint(IPAddress.Loopback, port), UpstreamOwnerRule.Root);
        check.Status.ShouldBe(OwnerStatus.Refused);
        check.Owner!.UserName.ShouldBe("nobody");
        SocketOwner? found = SocketOwners.FindListener(port);
        found.ShouldNotBeNull().UserName.ShouldBe("nobody");
        found.ProcessId.ShouldBe(process.Id);
        found.ProcessName.ShouldNotBeNull().ShouldStartWith("python");
        process.StandardInput.Close();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task One_bad_owner_among_several_listeners_is_enough_to_refuse()
    {
        Assert.SkipUnless(LocalUsers.Own == 0, "needs root to become another user");
        using Process process = StartAsNobody(
            "import socket,sys;s=socket.socket(socket.AF_INET6);s.setsockopt(41,26,0);s.bind(('::',0));s.listen();print(s.getsockname()[1],flush=True);sys.stdin.read()");
        int port = int.Parse((await process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(20)))!);
        var check = await new SocketOwners(_time).CheckListenerAsync(new IPEndPoint(IPAddress.Loopback, port), UpstreamOwnerRule.Root);
        check.Status.ShouldBe(OwnerStatus.Refused);
        process.StandardInput.Close();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task The_owner_of_a_unix_socket_is_found_by_file_and_by_peer()
    {
        string path = Path.Combine(Path.GetTempPath(), $"gatehouse-{Guid.NewGuid():n}.sock");
        try
        {
            using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            listener.Bind(new UnixDomainSocketEndPoint(path));
            listener.Listen();
            var owners = new SocketOwners(_time);
            (await owners.CheckSocketFileAsync(path, _self)).Status.ShouldBe(OwnerStatus.Allowed);
            (await owners.CheckSocketFileAsync(path, _stranger)).Status.ShouldBe(OwnerStatus.Refused);
            (await owners.CheckSocketFileAsync("/etc/passwd", _self)).Status.ShouldBe(OwnerStatus.NoListener);
            (await owners.CheckSocketFileAsync("/nowhere", _self)).Status.ShouldBe(OwnerStatus.NoListener);
            using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await client.ConnectAsync(new UnixDomainSocketEndPoint(path));
            SocketOwners.CheckUnixPeer(client, _self).Status.ShouldBe(OwnerStatus.Allowed);
            OwnerCheck refused = SocketOwners.CheckUnixPeer(client, _stranger);
            refused.Status.ShouldBe(OwnerStatus.Refused);
            refused.Owner!.ProcessId.ShouldBe(Environment.ProcessId);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Users_have_names_and_numbers()
    {
        LocalUsers.TryFind("root", out uint root).ShouldBeTrue();
        root.ShouldBe(0u);
        LocalUsers.TryFind("1234567", out uint number).ShouldBeTrue();
        number.ShouldBe(1234567u);
        LocalUsers.TryFind("no-such-user", out _).ShouldBeFalse();
        LocalUsers.TryFind("-1", out _).ShouldBeFalse();
        LocalUsers.TryFind("4294967295", out _).ShouldBeFalse();
        LocalUsers.NameOf(0).ShouldBe("root");
        LocalUsers.NameOf(1234567).ShouldBe("1234567");
    }

    private static Socket Listen(IPAddress address)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(address, 0));
        socket.Listen();
        return socket;
    }

    private static int Port(Socket socket) => ((IPEndPoint)socket.LocalEndPoint!).Port;

    private static Process StartAsNobody(string script)
    {
        var start = new ProcessStartInfo("setpriv")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = "/",
            UseShellExecute = false,
        };
        foreach (string argument in (string[])["--reuid=65534", "--clear-groups", "/usr/bin/python3", "-c", script])
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start)!;
    }
}
