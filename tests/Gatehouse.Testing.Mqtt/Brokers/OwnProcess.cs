using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Gatehouse.Testing.Mqtt.Brokers;

/// <summary>A program of a test with a folder of its own; nothing else than what it started is ended with it.</summary>
public sealed class OwnProcess : IAsyncDisposable
{
    private readonly StringBuilder _output = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("gatehouse-mqtt-").FullName;
    private Process? _process;

    public string this[string name] => Path.Combine(_folder, name);

    public int Id => _process!.Id;

    /// <summary>Everything it wrote.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    public void Start(string program, string[] arguments, string? directory = null, params (string Key, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = directory ?? _folder,
        };
        foreach ((string key, string value) in environment)
        {
            start.Environment[key] = value;
        }

        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Append(line.Data);
        _process.ErrorDataReceived += (_, line) => Append(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Waits until it takes connections.</summary>
    public async Task WaitForAsync(int port, double seconds = 60)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        while (true)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, port, limit.Token);
                return;
            }
            catch (Exception fault) when (fault is SocketException or OperationCanceledException)
            {
                if (_process!.HasExited || limit.IsCancellationRequested)
                {
                    throw new InvalidOperationException($"{_process.StartInfo.FileName} did not listen on {port}:\n{Output}", fault);
                }

                await Task.Delay(20);
            }
        }
    }

    /// <summary>Ends it and what it started.</summary>
    public async Task KillAsync()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process?.Dispose();
        _process = null;
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        try
        {
            Directory.Delete(_folder, recursive: true);
        }
        catch (IOException)
        {
            // A child that is just ending may still write there; the system's cleaner takes the rest.
        }
    }

    private void Append(string? line)
    {
        lock (_output)
        {
            _output.AppendLine(line);
        }
    }
}
