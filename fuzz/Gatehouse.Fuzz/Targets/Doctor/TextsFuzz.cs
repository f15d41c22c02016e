using Gatehouse.Doctor.Texts;
using Gatehouse.Doctor.Texts.Compose;
using Gatehouse.Doctor.Texts.Erlang;
using Gatehouse.Doctor.Texts.Hocon;
using Gatehouse.Doctor.Texts.Json;
using Gatehouse.Doctor.Texts.Units;
using Gatehouse.Doctor.Texts.Yaml;
using Gatehouse.Problems;
using static Gatehouse.Fuzz.OracleException;

namespace Gatehouse.Fuzz.Targets.Doctor;

/// <summary>
/// Configuration files of guarded systems; the first byte says which format the rest is. They are read or refused with a place, keep every byte, and an
/// edit says what was asked for or is refused.
/// </summary>
public sealed class TextsFuzz : IFuzzTarget
{
    private const string Source = "fuzz";

    private static readonly HoconOptions Hocon = HoconOptions.Emqx with
    {
        Include = static (_, name) => name.Length == 1 ? new HoconInclude(name, "x = 1\ninclude \"b\"\n"u8.ToArray()) : null,
    };

    private static readonly Dictionary<char, Func<byte[], ConfigDocument>> Readers = new()
    {
        ['h'] = static b => HoconFile.Read(b, Source, Hocon),
        ['i'] = static b => HoconFile.Read(b, Source, HoconOptions.Ignite),
        ['j'] = static b => JsonFile.Read(b, Source),
        ['y'] = static b => YamlFile.Read(b, Source, YamlOptions.Dotted),
        ['p'] = static b => YamlFile.Read(b, Source, YamlOptions.Plain),
        ['c'] = static b => ComposeFile.Read(b, Source),
        ['e'] = static b => ErlangFile.Read(b, Source),
        ['v'] = static b => VmArgsFile.Read(b, Source),
        ['k'] = static b => CookieFile.Read(b, Source),
        ['u'] = static b => UnitFile.Read(b, Source),
        ['s'] = static b => EnvFile.Read(b, Source, EnvSyntax.Systemd),
        ['d'] = static b => EnvFile.Read(b, Source, EnvSyntax.Docker),
        ['o'] = static b => EnvFile.Read(b, Source, EnvSyntax.Compose),
    };

    /// <inheritdoc/>
    public string Name => "texts";

    /// <inheritdoc/>
    public IReadOnlyList<string> Dictionary { get; } =
    [
        "a", "a.b", "b = 1", "${a}", "${?b}", "${a.b:-x}", "$$", "+=", "include \"a\"", "\"\"\"", "~", "{", "}", "[", "]", ",", ":", "=", "\n", "\r\n", "\t", "  ", "# x", "// y", "% z", "; w",
        "\"", "'", "\\", "\\u00e9", "\\ud800", "true", "null", "1.5e3", "&a ", "*a", "<<: *a", "- ", "? ", "|\n ", ">-\n ", "---\n", "...\n", "!!str ", "{a, [{b, 1}]}", "<<\"x\">>", "'at om'", ".",
        "-kernel a b", "+K true", "-args_file x", "[Service]\n", "ExecStart=", "Environment=A=\"b c\" %h", "EnvironmentFile=-/x", "export ", "services:\n", "  x:\n", "    environment:\n", "      - A=$B\n",
        "    ports: [\"1:2\"]\n", "\ufeff", "\u0085", "\u2028", "é", "😀", "\0",
    ];

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty || !Readers.TryGetValue((char)input[0], out Func<byte[], ConfigDocument>? reader))
        {
            return;
        }

        byte[] bytes = input[1..].ToArray();
        ConfigDocument document;
        try
        {
            document = reader(bytes);
        }
        catch (ProblemException refused)
        {
            Require(refused.Problem is { Id: "GH8100" or "GH8101" or "GH8102" or "GH8103" or "GH8104", Location: not null }, "what is not read is refused with an id and a place");
            Require(refused.Problem.Location is { Line: >= 0 } place && (place.Source != Source || place.Line <= bytes.Count((byte)'\n') + 1), "the place lies in the text");
            Require(!refused.Problem.ToString().Any(char.IsControl) && refused.Problem.Text.Length < 1000, "a problem is short and has no control character");
            return;
        }

        Require(document.ToBytes().AsSpan().SequenceEqual(bytes), "what is read keeps every byte");
        Setting[] leaves = [.. document.Settings.Leaves()];
        foreach (Setting leaf in leaves)
        {
            Require(ReferenceEquals(document.Settings.Find(leaf.Path), leaf) || document.Settings.Find(leaf.Path).IsSet, "what is listed is found");
            Require(leaf.Origins.All(static o => o.Line >= 1 && o.Column >= 1), "what is set has a place");
        }

        Edit(document, leaves.Length == 0 ? SettingPath.Of("a", "b") : leaves[leaves.Length / 2].Path, Literal.Text("made \"x\""));
        Edit(document, SettingPath.Of("gatehouse"), Literal.Boolean(true));
    }

    private static void Edit(ConfigDocument document, SettingPath path, Literal value)
    {
        try
        {
            Setting made = document.Set(path, value).Settings.Find(path);
            Require(made.IsSet && !made.IsUnknown, "what is set is there");
            document.Remove(path);
            document.AddComment(path, "why\nso");
        }
        catch (ProblemException refused)
        {
            Require(refused.Problem.Definition.Id == "GH8105", "an edit is made or refused");
        }
    }
}
