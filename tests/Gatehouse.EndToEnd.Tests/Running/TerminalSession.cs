using System.Diagnostics;
using System.Text;

namespace Gatehouse.EndToEnd.Tests.Running;

/// <summary>A program on a terminal of its own (script(1)), typed to and read like by a person.</summary>
internal sealed class TerminalSession : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _shown = new();
    private readonly Task _reading;

    private TerminalSession(Process process)
    {
        _process = process;
        _reading = ReadAsync();
    }

    /// <summary>Everything that stood on the terminal, echoes with it.</summary>
    public string Shown
    {
        get
        {
            lock (_shown)
            {
                return _shown.ToString();
            }
        }
    }

    /// <summary>Starts a program; its words may hold no quotes.</summary>
    public static TerminalSession Start(string program, IEnumerable<string> words, IReadOnlyDictionary<string, string> environment)
    {
        string line = string.Join(' ', words.Prepend(program).Select(static w => $"'{w}'"));
        var start = new ProcessStartInfo("script", ["--quiet", "--return", "--flush", "--command", line, "/dev/null"])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment["TERM"] = "xterm";
        foreach ((string key, string value) in environment)
        {
            start.Environment[key] = value;
        }

        return new TerminalSession(Process.Start(start)!);
    }

    /// <summary>Waits until something stands there, behind what was shown before <paramref name="from"/>.</summary>
    public async Task WaitForAsync(string text, int from = 0)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!Shown[from..].Contains(text, StringComparison.Ordinal))
        {
            if (limit.IsCancellationRequested || (_reading.IsCompleted && !Shown[from..].Contains(text, StringComparison.Ordinal)))
            {
                throw new TimeoutException($"'{text}' did not come: {Shown}");
            }

            await Task.Delay(20);
        }
    }

    /// <summary>Types.</summary>
    public async Task TypeAsync(string keys)
    {
        await _process.StandardInput.WriteAsync(keys);
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>Waits for the program's end; its exit code.</summary>
    public async Task<int> EndAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await _process.WaitForExitAsync(limit.Token);
        await _reading;
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        await _reading;
        _process.Dispose();
    }

    private async Task ReadAsync()
    {
        char[] buffer = new char[1024];
        int count;
        while ((count = await _process.StandardOutput.ReadAsync(buffer)) > 0)
        {
            lock (_shown)
            {
                _shown.Append(buffer, 0, count);
            }
        }
    }
}
