using Gatehouse.Testing.Mqtt.Wire;

namespace Gatehouse.Testing.Mqtt.Transport;

/// <summary>
/// A client of a test: sends what it is told, acknowledges deliveries unless told otherwise, and writes down what it gets. Two
/// transcripts of the same steps can be compared byte for byte.
/// </summary>
public sealed class Player(RawConnection connection, int level) : IAsyncDisposable
{
    private readonly List<Received> _packets = [];
    private readonly List<string> _transcript = [];
    private string? _assigned;
    private int _seen;

    public RawConnection Connection => connection;

    public int Level => level;

    /// <summary>Whether PUBLISH, PUBREC and PUBREL are answered as a client has to.</summary>
    public bool IsAcknowledging { get; set; } = true;

    /// <summary>Everything that came, answers to the fence's PINGREQ left out.</summary>
    public IReadOnlyList<Received> Packets => _packets;

    /// <summary>The same as lines with the bytes, identifiers that the server made up replaced.</summary>
    public IReadOnlyList<string> Transcript => _transcript;

    /// <summary>The same as lines to read.</summary>
    public string[] Lines => [.. _packets.Select(p => p.Describe(level)), .. connection.IsEnded ? (string[])["end"] : []];

    /// <summary>The lines that no earlier call gave.</summary>
    public string[] News()
    {
        string[] all = Lines;
        string[] news = all[_seen..];
        _seen = all.Length;
        return news;
    }

    /// <summary>The identifier that the server assigned.</summary>
    public string? AssignedClientId => _assigned;

    public static async Task<Player> OpenAsync(MqttEndpoint endpoint, int level) => new(await RawConnection.OpenAsync(endpoint), level);

    public Task SendAsync(params byte[][] packets) => connection.SendAsync(packets);

    /// <summary>Sends a CONNECT and reads the answer.</summary>
    public async Task<Player> ConnectAsync(ConnectFields fields)
    {
        await SendAsync(Packet.Connect(fields));
        await ReadAsync();
        return this;
    }

    /// <summary>The next packet, written down and answered; null at the end of the connection.</summary>
    public async Task<Received?> ReadAsync(double seconds = 10)
    {
        if (connection.IsEnded)
        {
            return null;
        }

        Received? packet = await connection.ReadAsync(seconds);
        if (packet is null)
        {
            _transcript.Add("end");
            return null;
        }

        _assigned ??= level == 5 ? packet.AssignedClientId() : null;
        _packets.Add(packet);
        _transcript.Add($"{packet.Describe(level)} | {Normalised(packet)}");
        await AcknowledgeAsync(packet);
        return packet;
    }

    /// <summary>Reads to the end of the connection.</summary>
    public async Task EndAsync(double seconds = 10)
    {
        while (await ReadAsync(seconds) is not null)
        {
            // Written down already.
        }
    }

    /// <summary>Reads until packets of the type came; the last of them.</summary>
    public async Task<Received> ReadUntilAsync(int type, double seconds = 10)
    {
        while (await ReadAsync(seconds) is { } packet)
        {
            if (packet.Type == type)
            {
                return packet;
            }
        }

        throw new InvalidOperationException($"the connection ended before a packet of type {type} came: {string.Join(", ", Lines)}");
    }

    /// <summary>
    /// Sends a PINGREQ and reads up to its answer: whatever the server did for this connection before is written down then.
    /// Returns how many packets that were.
    /// </summary>
    public async Task<int> FenceAsync()
    {
        if (connection.IsEnded)
        {
            return 0;
        }

        int before = _packets.Count;
        await SendAsync(Packet.Ping);
        while (await ReadAsync() is { } packet)
        {
            if (packet.Type == 13)
            {
                _packets.RemoveAt(_packets.Count - 1);
                _transcript.RemoveAt(_transcript.Count - 1);
                return _packets.Count - before;
            }
        }

        return _packets.Count - before;
    }

    public ValueTask DisposeAsync() => connection.DisposeAsync();

    private async Task AcknowledgeAsync(Received packet)
    {
        if (!IsAcknowledging)
        {
            return;
        }

        switch (packet.Type)
        {
            case 3 when packet.Qos == 1:
                await SendAsync(Packet.Ack(4, packet.Id));
                break;
            case 3 when packet.Qos == 2:
                await SendAsync(Packet.Ack(5, packet.Id));
                break;
            case 5 when packet.Body.Length == 2 || packet.Body[2] < 0x80:
                await SendAsync(Packet.Ack(6, packet.Id));
                break;
            case 6:
                await SendAsync(Packet.Ack(7, packet.Id));
                break;
            default:
                break;
        }
    }

    private string Normalised(Received packet) =>
        _assigned is null
            ? Short(packet.Hex)
            : Short(packet.Hex.Replace(Convert.ToHexStringLower(Octets.Text(_assigned)), "(assigned)", StringComparison.Ordinal));

    /// <summary>Long payloads by their digest: a difference is seen, and a report can be read.</summary>
    private static string Short(string hex) =>
        hex.Length < 2000 ? hex : $"{hex[..64]}...{hex.Length / 2} bytes, SHA-256 {Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Convert.FromHexString(hex)))}";
}
