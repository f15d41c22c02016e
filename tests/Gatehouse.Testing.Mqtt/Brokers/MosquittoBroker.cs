using Gatehouse.Testing.Mqtt.Transport;
using Gatehouse.Testing.Network;

namespace Gatehouse.Testing.Mqtt.Brokers;

/// <summary>What else a mosquitto does than to let everybody in.</summary>
public sealed record MosquittoOptions
{
    /// <summary>Names and passwords; with any, nobody comes in without.</summary>
    public IReadOnlyList<(string User, string Password)> Users { get; init; } = [];

    /// <summary>Lines of an ACL file.</summary>
    public string? Acl { get; init; }

    /// <summary>CA, certificate and key of the server (PEM); with them there is a TLS port.</summary>
    public (string Ca, string Certificate, string Key)? Tls { get; init; }

    /// <summary>Further lines of its configuration.</summary>
    public string More { get; init; } = "";
}

/// <summary>mosquitto on loopback: TCP, WebSocket and, where asked for, TLS.</summary>
public sealed class MosquittoBroker : IAsyncDisposable
{
    private readonly OwnProcess _process = new();
    private readonly MosquittoOptions _options;

    private MosquittoBroker(MosquittoOptions options)
    {
        _options = options;
    }

    public int Port { get; } = FreePorts.Next();

    public int WebSocketPort { get; } = FreePorts.Next();

    public int TlsPort { get; } = FreePorts.Next();

    public int ProcessId => _process.Id;

    /// <summary>Its log, with <c>log_dest stderr</c> among the options only.</summary>
    public string Log => _process.Output;

    public MqttEndpoint Endpoint => new(Port);

    public static async Task<MosquittoBroker> StartAsync(MosquittoOptions? options = null)
    {
        var broker = new MosquittoBroker(options ?? new MosquittoOptions());
        await broker.WriteAsync();
        await broker.RunAsync();
        return broker;
    }

    /// <summary>Ends it as a crash would and starts it again, on the same ports and without its memory.</summary>
    public async Task RestartAsync()
    {
        await _process.KillAsync();
        await RunAsync();
    }

    public Task KillAsync() => _process.KillAsync();

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private async Task RunAsync()
    {
        _process.Start("/usr/sbin/mosquitto", ["-c", _process["mosquitto.conf"]]);
        await _process.WaitForAsync(Port);
        await _process.WaitForAsync(WebSocketPort);
        if (_options.Tls is not null)
        {
            await _process.WaitForAsync(TlsPort);
        }
    }

    private async Task WriteAsync()
    {
        // user: as root it would become the user mosquitto, who cannot read the folder.
        string access = _options.Users.Count == 0 ? "allow_anonymous true\n" : $"allow_anonymous false\npassword_file {_process["passwords"]}\n";
        if (_options.Acl is not null)
        {
            await File.WriteAllTextAsync(_process["acl"], _options.Acl);
            access += $"acl_file {_process["acl"]}\n";
        }

        string tls = "";
        if (_options.Tls is { } files)
        {
            await File.WriteAllTextAsync(_process["ca.pem"], files.Ca);
            await File.WriteAllTextAsync(_process["server.pem"], files.Certificate);
            await File.WriteAllTextAsync(_process["server.key"], files.Key);
            tls = $"listener {TlsPort} 127.0.0.1\ncafile {_process["ca.pem"]}\ncertfile {_process["server.pem"]}\nkeyfile {_process["server.key"]}\n";
        }

        string log = _options.More.Contains("log_dest", StringComparison.Ordinal) ? "" : "log_dest none\n";
        await File.WriteAllTextAsync(
            _process["mosquitto.conf"],
            $"user root\npersistence false\n{log}{access}{_options.More}\n"
            + $"listener {Port} 127.0.0.1\nlistener {WebSocketPort} 127.0.0.1\nprotocol websockets\n{tls}");
        await WritePasswordsAsync();
    }

    private async Task WritePasswordsAsync()
    {
        if (_options.Users.Count == 0)
        {
            return;
        }

        string file = _process["passwords"];
        await File.WriteAllLinesAsync(file, _options.Users.Select(static u => $"{u.User}:{u.Password}"));
        using var hashing = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("/usr/bin/mosquitto_passwd", ["-U", file]) { UseShellExecute = false })!;
        await hashing.WaitForExitAsync();
    }
}
