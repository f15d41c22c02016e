using System.Buffers.Binary;
using System.Globalization;
using System.Net;

namespace Gatehouse.EndToEnd.Tests.Running.Hosts;

/// <summary>Everything that crosses the bridge of a lab, by tcpdump.</summary>
internal sealed class WireCapture : IAsyncDisposable
{
    private readonly LabProcess _tcpdump;
    private readonly TemporaryFolder _folder;

    private WireCapture(LabProcess tcpdump, TemporaryFolder folder)
    {
        _tcpdump = tcpdump;
        _folder = folder;
    }

    private string File => _folder["wire.pcap"];

    public static async Task<WireCapture> StartAsync(NetworkLab lab)
    {
        var folder = new TemporaryFolder();
        var tcpdump = new LabProcess(
            "tcpdump", ["ip", "netns", "exec", lab.Switch, "tcpdump", "-i", "br0", "-n", "-U", "--immediate-mode", "-B", "65536", "-Z", "root", "-w", folder["wire.pcap"]], new Dictionary<string, string>(), folder.Path);
        await tcpdump.WaitForAsync("listening on");
        return new WireCapture(tcpdump, folder);
    }

    /// <summary>Ends the capture; what was seen.</summary>
    public async Task<WireReport> StopAsync()
    {
        // What the kernel has already handed over is written before the end; frames are handed over at once.
        await Task.Delay(100);
        await _tcpdump.StopAsync();
        return WireReport.Read(await System.IO.File.ReadAllBytesAsync(File), _tcpdump.Output);
    }

    public async ValueTask DisposeAsync()
    {
        await _tcpdump.DisposeAsync();
        _folder.Dispose();
    }
}

/// <summary>One direction of a TCP connection on the wire, put together from its segments.</summary>
/// <param name="From">Who sent.</param>
/// <param name="To">Who received.</param>
/// <param name="Bytes">What, without repetitions; up to the first gap.</param>
/// <param name="IsWhole">From its first byte (SYN) and without a gap.</param>
internal sealed record WireStream(IPEndPoint From, IPEndPoint To, byte[] Bytes, bool IsWhole);

/// <summary>What was on the wire.</summary>
internal sealed record WireReport
{
    /// <summary>Directions of TCP connections with at least one byte.</summary>
    public required IReadOnlyList<WireStream> Streams { get; init; }

    /// <summary>Frames that were neither ARP, IPv6 housekeeping nor TCP over IPv4, with what they were.</summary>
    public required IReadOnlyList<string> Others { get; init; }

    /// <summary>Number of frames.</summary>
    public required int Frames { get; init; }

    /// <summary>All payload bytes as they crossed, for searches.</summary>
    public required byte[] Everything { get; init; }

    /// <summary>Ports that anybody was called at.</summary>
    public required IReadOnlySet<int> CalledPorts { get; init; }

    /// <summary>Whether a text crossed in clear.</summary>
    public bool Has(string text) => Everything.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(text)) >= 0;

    /// <summary>
    /// What of the connections to a port is not TLS: after an opening of so many bytes by the caller, every byte of both
    /// directions must lie in TLS records (RFC 8446 section 5.1). Empty: all of it is.
    /// </summary>
    public IReadOnlyList<string> NotTls(int port, int opening)
    {
        List<string> wrong = [];
        foreach (WireStream stream in Streams.Where(s => s.From.Port == port || s.To.Port == port))
        {
            int at = stream.To.Port == port ? opening : 0;
            int records = 0;
            while (at + 5 <= stream.Bytes.Length)
            {
                ReadOnlySpan<byte> record = stream.Bytes.AsSpan(at);
                if (record[0] is < 20 or > 23 || record[1] != 3 || record[2] > 4)
                {
                    wrong.Add(string.Create(CultureInfo.InvariantCulture, $"{stream.From} to {stream.To}: byte {at} is no TLS record: {Convert.ToHexString(record[..Math.Min(16, record.Length)])}"));
                    break;
                }

                at += 5 + BinaryPrimitives.ReadUInt16BigEndian(record[3..]);
                records++;
            }

            if (records == 0 && stream.Bytes.Length > (stream.To.Port == port ? opening : 0))
            {
                wrong.Add($"{stream.From} to {stream.To}: no TLS record at all");
            }
        }

        return wrong;
    }

    /// <summary>Reads a capture file (pcap, Ethernet).</summary>
    public static WireReport Read(byte[] file, string said)
    {
        if (file.Length < 24 || BinaryPrimitives.ReadUInt32LittleEndian(file) is not (0xa1b2c3d4 or 0xa1b23c4d))
        {
            throw new InvalidOperationException("no capture: " + said);
        }

        var reader = new WireReader();
        for (int at = 24; at + 16 <= file.Length;)
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(at + 8));
            if (at + 16 + length > file.Length)
            {
                break;
            }

            reader.Frame(file.AsSpan(at + 16, length));
            at += 16 + length;
        }

        return reader.Report();
    }
}
