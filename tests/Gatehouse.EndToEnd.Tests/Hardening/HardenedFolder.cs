using Gatehouse.EndToEnd.Tests.Running;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Hardening;

/// <summary>A folder of configuration files that <c>gatehouse harden</c> is let loose on, and what becomes of it.</summary>
internal sealed class HardenedFolder : IDisposable
{
    /// <summary>A user with no rights of its own, as which services of these tests run.</summary>
    public const string User = "nobody";

    private readonly TemporaryFolder _folder = new();

    public HardenedFolder()
    {
        File.SetUnixFileMode(_folder.Path, (UnixFileMode)0x1ED); // 0755: the service's user goes through it
        Directory.CreateDirectory(Etc);
    }

    /// <summary>Everything that a command said, good or bad.</summary>
    public List<string> Said { get; } = [];

    public string Etc => _folder["etc"];

    public string Backups => _folder["backups"];

    public string this[string name] => Path.Combine(Etc, name);

    public string Write(string name, string text, string mode = "0644")
    {
        File.WriteAllText(this[name], text);
        File.SetUnixFileMode(this[name], (UnixFileMode)Convert.ToInt32(mode, 8));
        return this[name];
    }

    /// <summary>Runs <c>gatehouse harden</c> of a system over its file.</summary>
    public async Task<ShellResult> HardenAsync(string system, string file, params string[] more) => await RunAsync([], system, file, more);

    /// <summary>The same under another program.</summary>
    public async Task<ShellResult> RunAsync(string[] wrapper, string system, string file, params string[] more)
    {
        string[] line = [.. wrapper, Repository.Launcher, "harden", system, "--file", this[file], "--backup", Backups, "--data", _folder["data"], "--config", _folder["gatehouse.yaml"], .. more];
        ShellResult result = await Shell.RunAsync(line[0], line[1..], environment: new Dictionary<string, string> { ["NO_COLOR"] = "1" });
        Said.Add(result.ToString());
        return result;
    }

    /// <summary>Runs it; it must succeed.</summary>
    public async Task<string> FineAsync(string system, string file, params string[] more)
    {
        ShellResult result = await HardenAsync(system, file, more);
        result.ExitCode.ShouldBe(0, result.ToString());
        return result.Output;
    }

    /// <summary>Every file: name, mode, owner, group, and hash of its bytes; leftovers too.</summary>
    public async Task<string> StateAsync()
    {
        ShellResult seen = await Shell.BashAsync("stat -c '%n %a %u:%g %s' -- $(find . -mindepth 1 | sort) && find . -type f | sort | xargs -r sha256sum", directory: Etc);
        seen.ExitCode.ShouldBe(0, seen.ToString());
        return seen.Output;
    }

    /// <summary>Reads the first byte of a file as a user; whether that went well.</summary>
    public static async Task<bool> CanReadAsync(string user, string path) =>
        (await Shell.RunAsync("setpriv", ["--reuid", user, "--regid", user == User ? "nogroup" : user, "--clear-groups", "--inh-caps=-all", "head", "-c", "1", path])).ExitCode == 0;

    /// <summary>Mode, owner and group of a file.</summary>
    public static async Task<string> RightsAsync(string path) => (await Shell.RunAsync("stat", ["-c", "%a %U:%G", path])).Output.Trim();

    public void Dispose() => _folder.Dispose();
}
