using System.Text;
using Gatehouse.Problems;
using Gatehouse.Protocols.Catalogues;
using static Gatehouse.Fuzz.OracleException;

namespace Gatehouse.Fuzz.Targets;

/// <summary>Catalogues: a text is either refused with a problem or gives endpoints that read back the same.</summary>
public sealed class CatalogueFuzz : IFuzzTarget
{
    private static readonly string[] Actions = ["a", "kv.put", "{method}"];

    /// <inheritdoc/>
    public string Name => "catalogue";

    /// <inheritdoc/>
    public IReadOnlyList<string> Dictionary { get; } =
    [
        "GET", "GET,POST", "*", " /a", "/{x}", "/{x:rest}", "/{x:opaque}", " a ", "{method}", " - ", "{x}", "{gate}", "{query.q}", "/k", "/k/*/n",
        "range(/k,/e)", "prefix(", "optional(", ")", " body=json(1KiB)", " body=stream", " fields=/k,/e/**", " fields=any", " query=any",
        " repeat=q", " any-principal", " upgrade", " trailing-slash=strip", " when=/k", " encoding=base64", "\n", "\n + ", "#", ",", "~0", "~1",
    ];

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<byte> input)
    {
        // Action names are interned for the life of the process: keep the mutator from filling it.
        string text = KeepActions(Encoding.UTF8.GetString(input));
        List<Problem> problems = [];
        Catalogue? catalogue = Catalogue.Parse("fuzz", text, "fuzz", problems);
        Require(catalogue is null == problems.Count > 0, "a catalogue or problems, never both or neither");
        if (catalogue is null)
        {
            return;
        }

        string again = string.Join('\n', catalogue.Endpoints.Select(static e => e.Text));
        Catalogue? second = Catalogue.Parse("fuzz", again, "fuzz", problems);
        Require(second is not null && problems.Count == 0, "the lines read back");
        Require(
            second!.Endpoints.Select(static e => e.Text).SequenceEqual(catalogue.Endpoints.Select(static e => e.Text), StringComparer.Ordinal),
            "the lines read back the same");
    }

    private static string KeepActions(string text)
    {
        StringBuilder kept = new();
        foreach (string line in text.Split('\n'))
        {
            string[] words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            int action = words is ["+", ..] ? 1 : 2;
            if (words.Length > action && words[action].All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or ':' or '-' or '_'))
            {
                words[action] = Actions[words[action].Length % Actions.Length];
            }

            kept.AppendJoin(' ', words).Append('\n');
        }

        return kept.ToString();
    }
}
