using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Gatehouse.EndToEnd.Tests.Running.Hosts;

/// <summary>A program running on a host; its output is kept.</summary>
internal sealed partial class LabProcess : IAsyncDisposable
{
    private readonly StringBuilder _output = new();
    private readonly Process _process;
    private readonly string _what;
    private bool _isDisposed;

    public LabProcess(string what, string[] line, IReadOnlyDictionary<string, string> environment, string directory)
    {
        _what = what;
        var start = new ProcessStartInfo(line[0], line[1..])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = directory,
        };
        foreach ((string key, string value) in environment)
        {
            start.Environment[key] = value;
        }

        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Take(line.Data);
        _process.ErrorDataReceived += (_, line) => Take(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>A line of output or error came.</summary>
    public event Action<string>? LineCame;

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>Output and error so far.</summary>
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

    public async Task WriteLineAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>Waits until the output has a text.</summary>
    public async Task WaitForAsync(string text, double seconds = 30)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        while (!Output.Contains(text, StringComparison.Ordinal))
        {
            if (HasExited || limit.IsCancellationRequested)
            {
                throw new InvalidOperationException($"{_what} did not say `{text}`{(HasExited ? " and ended" : "")}:\n{Output}");
            }

            await Task.Delay(20);
        }
    }

    public void Signal(int number)
    {
        if (!HasExited)
        {
            _ = Kill(_process.Id, number);
        }
    }

    /// <summary>Ends it without a word, as a power cut does.</summary>
    public async Task KillAsync()
    {
        Signal(9);
        await _process.WaitForExitAsync();
    }

    /// <summary>Asks it to end.</summary>
    public async Task StopAsync(double seconds = 20)
    {
        Signal(15);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        await _process.WaitForExitAsync(limit.Token);
    }

    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        if (!_process.HasExited)
        {
            // Programs that start others (Erlang's own helpers) end them when their pipe closes; what is left goes with the tree.
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private void Take(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_output)
        {
            _output.AppendLine(line);
        }

        LineCame?.Invoke(line);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Kill(int pid, int signal);
}
