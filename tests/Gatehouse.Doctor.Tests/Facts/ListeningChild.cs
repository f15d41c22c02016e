using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace Gatehouse.Doctor.Tests.Facts;

/// <summary>A process of its own that listens on IPv4 and IPv6 loopback and takes datagrams, until its input ends.</summary>
internal sealed class ListeningChild : IDisposable
{
    // Perl is on every Debian, and needs no module for this: AF_INET is 2, AF_INET6 10, SOCK_STREAM 1, SOCK_DGRAM 2.
    private const string Script = """
        $| = 1; my $v4 = pack("S n a4 x8", 2, 0, pack("C4", 127, 0, 0, 1)); my $v6 = pack("S n N a16 N", 10, 0, 0, ("\0" x 15) . "\1", 0);
        socket(A, 2, 1, 0) && bind(A, $v4) && listen(A, 1) or die; socket(B, 10, 1, 0) && bind(B, $v6) && listen(B, 1) or die; socket(C, 2, 2, 0) && bind(C, $v4) or die;
        print join(" ", map { unpack("x2 n", getsockname($_)) } *A, *B, *C), "\n"; <STDIN>;
        """;

    private readonly Process _process;

    private ListeningChild(Process process, int[] ports)
    {
        _process = process;
        EndPoints = [new IPEndPoint(IPAddress.Loopback, ports[0]), new IPEndPoint(IPAddress.IPv6Loopback, ports[1])];
        Datagrams = new IPEndPoint(IPAddress.Loopback, ports[2]);
    }

    public int Id => _process.Id;

    public IReadOnlyList<IPEndPoint> EndPoints { get; }

    public IPEndPoint Datagrams { get; }

    public static async Task<ListeningChild> StartAsync(string folder, params string[] words)
    {
        var start = new ProcessStartInfo("/usr/bin/perl") { UseShellExecute = false, WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = true };
        start.ArgumentList.Add("-e");
        start.ArgumentList.Add(Script);
        start.ArgumentList.Add("--"); // what follows is no option of Perl
        foreach (string word in words)
        {
            start.ArgumentList.Add(word);
        }

        start.Environment["GATEHOUSE_TEST"] = "a = b \"c\"\nd";
        start.Environment["GATEHOUSE_EMPTY"] = "";
        Process process = Process.Start(start) ?? throw new InvalidOperationException("no process");
        string line = await process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(10)) ?? throw new InvalidOperationException("it could not listen");
        return new ListeningChild(process, [.. line.Split(' ').Select(static p => int.Parse(p, CultureInfo.InvariantCulture))]);
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit(10_000);
        _process.Dispose();
    }
}
