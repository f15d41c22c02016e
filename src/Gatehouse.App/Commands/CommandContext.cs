using System.CommandLine;
using System.Text;
using System.Text.Json;
using Gatehouse.Administration;
using Gatehouse.App.Client;
using Gatehouse.App.Terminal;
using Gatehouse.Problems;

namespace Gatehouse.App.Commands;

/// <summary>Options that every command has.</summary>
internal sealed class GlobalOptions
{
    public Option<string> Data { get; } = new("--data") { Description = "data folder of the node", HelpName = "DIR", DefaultValueFactory = static _ => "./gatehouse-data", Recursive = true };

    public Option<string> Config { get; } = new("--config") { Description = "configuration file of the node", HelpName = "FILE", DefaultValueFactory = static _ => "./gatehouse.yaml", Recursive = true };

    public Option<bool> Json { get; } = new("--json") { Description = "print JSON, the shapes of docs/operate/cli.md", Recursive = true };

    public Option<string?> Url { get; } = new("--url") { Description = "call another host: https://HOST:7443", HelpName = "URL", Recursive = true };

    public Option<string?> Ca { get; } = new("--ca") { Description = "with --url: the cluster's CA", HelpName = "FILE", Recursive = true };

    public Option<string> Login { get; } = new("--login") { Description = "with --url: the user to log in as", HelpName = "NAME", DefaultValueFactory = static _ => "admin", Recursive = true };

    public Option<string?> LoginPassword { get; } = new("--login-password-file") { Description = "with --url: file with the password, - for stdin; else it is asked for", HelpName = "FILE", Recursive = true };

    /// <summary>All of them.</summary>
    public IEnumerable<Option> All => [Data, Config, Json, Url, Ca, Login, LoginPassword];
}

/// <summary>What a running command has at hand.</summary>
internal sealed class CommandContext(GlobalOptions options, ParseResult parsed, Screen screen) : IDisposable
{
    private static readonly System.Buffers.SearchValues<char> Unquoted =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./:@,+=");

    private AdminClient? _client;

    /// <summary>The API's JSON, read leniently.</summary>
    public static AdminJson Json => AdminJson.Lenient;

    /// <summary>Where to write.</summary>
    public Screen Screen { get; } = screen;

    /// <summary>The parsed command line.</summary>
    public ParseResult Parsed { get; } = parsed;

    /// <summary>Whether JSON is wanted.</summary>
    public bool IsJson { get; } = parsed.GetValue(options.Json);

    /// <summary>The data folder, absolute.</summary>
    public string DataFolder => Path.GetFullPath(Parsed.GetValue(options.Data)!);

    /// <summary>The configuration file, absolute.</summary>
    public string ConfigurationFile => Path.GetFullPath(Parsed.GetValue(options.Config)!);

    /// <summary>How this program is called so that it finds the same node, for commands it prints.</summary>
    public string CalledAs
    {
        get
        {
            string? launcher = Environment.GetEnvironmentVariable("GATEHOUSE_LAUNCHER");
            string text = string.IsNullOrEmpty(launcher) ? "gatehouse" : launcher;
            foreach (Option<string> option in (ReadOnlySpan<Option<string>>)[options.Data, options.Config])
            {
                text += Parsed.GetResult(option) is { Implicit: false } ? $" {option.Name} {Quoted(Parsed.GetValue(option)!)}" : "";
            }

            return text;
        }
    }

    /// <summary>The file with the cluster's CA: what <c>--ca</c> says, or the data folder's own.</summary>
    public string AuthorityFile => Path.GetFullPath(Parsed.GetValue(options.Ca) ?? Path.Combine(DataFolder, "ca.crt"));

    /// <summary>The host that the daemon runs on.</summary>
    public string HostName => Parsed.GetValue(options.Url) is { } url && Uri.TryCreate(url, UriKind.Absolute, out Uri? uri) ? uri.Host : Environment.MachineName;

    /// <summary>Whether another host is meant.</summary>
    public bool IsRemote => Parsed.GetValue(options.Url) is not null;

    /// <summary>The daemon; connected at the first call.</summary>
    public AdminClient Client => _client ??= new AdminClient(Address());

    /// <summary>The value of an option or argument.</summary>
    public T? Value<T>(Option<T> option) => Parsed.GetValue(option);

    /// <summary>The value of an argument.</summary>
    public T Value<T>(Argument<T> argument) => Parsed.GetRequiredValue(argument);

    /// <summary>Prints an answer: as JSON where that is wanted, for people else.</summary>
    public void Print<T>(Answer<T> answer, Action<T> forPeople)
    {
        if (IsJson)
        {
            PrintJson(answer.Raw);
        }
        else
        {
            forPeople(answer.Value);
        }
    }

    /// <summary>Prints JSON: indented on a terminal, one line else.</summary>
    public void PrintJson(ReadOnlyMemory<byte> raw)
    {
        using var document = JsonDocument.Parse(raw);
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = Screen.Width > 0 }))
        {
            // Written anew, so that whatever a terminal could take for a command is escaped.
            document.RootElement.WriteTo(writer);
        }

        Screen.Output.WriteLine(Encoding.UTF8.GetString(buffer.GetBuffer().AsSpan(0, (int)buffer.Length)));
    }

    /// <summary>A word of a command as a shell reads it.</summary>
    public static string Quoted(string text) =>
        text.AsSpan().ContainsAnyExcept(Unquoted) ? "'" + text.Replace("'", "'\\''", StringComparison.Ordinal) + "'" : text;

    /// <inheritdoc/>
    public void Dispose() => _client?.Dispose();

    private AdminAddress Address()
    {
        string? url = Parsed.GetValue(options.Url);
        if (url is null)
        {
            return new AdminAddress { DataFolder = DataFolder };
        }

        if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? uri) || uri.Scheme != Uri.UriSchemeHttps || uri.PathAndQuery != "/" || uri.UserInfo.Length > 0)
        {
            throw CommandFailure.CannotRun(AdministrationProblems.CommandLine, $"`{url}` is no address of an admin API", "https://HOST:7443, without a path or a password");
        }

        string login = Parsed.GetValue(options.Login)!;
        return new AdminAddress
        {
            DataFolder = DataFolder,
            Url = uri,
            CaFile = Parsed.GetValue(options.Ca),
            Login = login,
            Password = () => Parsed.GetValue(options.LoginPassword) is { } file
                ? PasswordInput.FromFile(file)
                : PasswordInput.Ask(Screen, $"Password of {login} at {uri.Host}"),
        };
    }
}
