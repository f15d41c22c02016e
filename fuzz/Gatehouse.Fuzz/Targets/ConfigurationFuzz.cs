using Gatehouse.Engine.Configuration;
using Gatehouse.Problems;
using static Gatehouse.Fuzz.OracleException;

namespace Gatehouse.Fuzz.Targets;

/// <summary>
/// gatehouse.yaml: bytes are either refused with problems that have a place, or give a configuration that can be written,
/// reads back the same, and can be edited to exactly what was meant.
/// </summary>
public sealed class ConfigurationFuzz : IFuzzTarget
{
    private const string Source = "fuzz";

    /// <inheritdoc/>
    public string Name => "configuration";

    /// <inheritdoc/>
    public IReadOnlyList<string> Dictionary { get; } =
    [
        "version: 1\n", "node: ", "admin:", "metrics: off", "gates:\n", "  a:\n", "    protocol: http\n", "protocol: tcp", "listen: 127.0.0.1:1", "'[::1]:1'",
        "upstream: builtin:whoami", "http://127.0.0.1:1", "unix:/a", "catalogues:\n", "file: a", "endpoints: |\n      GET / a\n", "audit:", "tls:", "limits:",
        "enabled: false", "true", "null", "~", "10MiB", "60s", "{", "}", "[", "]", "{}", ": ", "- ", ", ", "? ", "# x\n", "&a ", "*a", "!!x ", "<<: ", "---\n", "...\n",
        "%YAML 1.1\n", "\"", "'", "\\x00", "\\u0085", "\\\n", "|\n", "|-\n", ">+2\n", "\t", "\r\n", "\uFEFF", "\u2028", "\0", "    ", "\n",
    ];

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<byte> input)
    {
        ConfigurationResult read = ConfigurationReader.Read(input, Source);
        Require(read.Value is null == read.Problems.Length > 0, "a configuration or problems, never both or neither");
        foreach (Problem problem in read.Problems)
        {
            Require(problem.Location is { Source: Source, Line: >= 0, Column: >= 0 }, "every problem has a place");
            Require(!problem.ToString().Any(char.IsControl), "no control character of the file reaches the terminal");
            Require(problem.Text.Length < 1000, "problems are short");
        }

        if (read.Value is not { } configuration)
        {
            return;
        }

        string text = ConfigurationWriter.Write(configuration);
        ConfigurationResult again = ConfigurationReader.Read(text, Source);
        Require(again.Value is not null, "what was written reads back: " + again.Problems.FirstOrDefault());
        Require(ConfigurationWriter.Write(again.Value!) == text, "what was written reads back the same");
        Edit(System.Text.Encoding.UTF8.GetString(input).TrimStart('\uFEFF'), configuration);
    }

    private static void Edit(string text, NodeConfiguration configuration)
    {
        var gate = new GateConfiguration { Name = "fuzz-added", Protocol = "http", Listen = "127.0.0.1:9", Upstream = "builtin:whoami" };
        try
        {
            ConfigurationResult edited = ConfigurationReader.Read(ConfigurationWriter.AddGate(text, gate), Source);
            Require(edited.Value?.Gates.Length == configuration.Gates.Length + 1, "an added gate is one more");
        }
        catch (ProblemException refused)
        {
            Require(refused.Problem.Definition == ConfigurationProblems.Edit, "an edit is made or refused");
        }

        if (configuration.Gates.FirstOrDefault() is not { } first)
        {
            return;
        }

        try
        {
            ConfigurationResult edited = ConfigurationReader.Read(ConfigurationWriter.SetGateEnabled(text, first.Name, !first.Enabled), Source);
            Require(edited.Value?.Gates[0].Enabled == !first.Enabled, "an edit does what was asked");
        }
        catch (ProblemException refused)
        {
            Require(refused.Problem.Definition == ConfigurationProblems.Edit, "an edit is made or refused");
        }
    }
}
