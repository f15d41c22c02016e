using System.Collections.Immutable;
using Gatehouse.Engine.Configuration.Yaml;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Configuration.Writing;

/// <summary>
/// Edits the text itself, so that comments and order stay. The result is read again and must be exactly the
/// configuration that was meant; otherwise nothing is changed and the operator is told to do it by hand.
/// </summary>
internal static class ConfigurationEdit
{
    private const string Source = "gatehouse.yaml";

    public static string AddGate(string text, GateConfiguration gate)
    {
        (NodeConfiguration before, YamlMapping root) = Open(text);
        if (before.Gates.Any(g => g.Name == gate.Name))
        {
            throw ConfigurationProblems.Edit.Exception($"gate `{gate.Name}` is there already", "choose another name, or edit the file");
        }

        string edited = (root.Find("gates") as YamlMapping) switch
        {
            null => AppendGates(text, root, gate),
            { Entries.IsEmpty: true } empty => text[..empty.Span.Start].TrimEnd(' ') + "\n" + Block(gate, 2) + AfterLine(text, empty.Span.End),
            { IsFlow: true } flow => text.Insert(text.LastIndexOf('}', Math.Min(flow.Span.End, text.Length - 1)), $", {gate.Name}: {Flow(gate)}"),
            var block => Insert(text, LineAfter(text, LastOf(block)), Block(gate, block.Entries[0].Key.Span.Column - 1)),
        };
        return Verified(edited, before with { Gates = before.Gates.Add(gate) });
    }

    public static string SetGateListen(string text, string gate, string listen)
    {
        (NodeConfiguration before, YamlMapping root) = Open(text);
        YamlMapping entry = Find(root, gate);
        return Verified(
            ReplaceScalar(text, entry.Find("listen"), ConfigurationText.Scalar(listen)),
            With(before, gate, g => g with { Listen = listen }));
    }

    public static string SetGateEnabled(string text, string gate, bool enabled)
    {
        (NodeConfiguration before, YamlMapping root) = Open(text);
        YamlMapping entry = Find(root, gate);
        string value = enabled ? "true" : "false";
        string edited;
        if (entry.Find("enabled") is YamlNode written)
        {
            edited = ReplaceScalar(text, written, value);
        }
        else
        {
            // A gate has three keys at least, so there is a second one to stand before.
            YamlSpan second = entry.Entries[1].Key.Span;
            edited = text.Insert(second.Start, entry.IsFlow ? $"enabled: {value}, " : $"enabled: {value}\n{new string(' ', second.Column - 1)}");
        }

        return Verified(edited, With(before, gate, g => g with { Enabled = enabled }));
    }

    public static string SetSwarmKeys(string text, string gate, IReadOnlyList<SecretReference> keys, SecretReference upstreamKey)
    {
        (NodeConfiguration before, YamlMapping root) = Open(text);
        if (Find(root, gate).Find("swarm") is not YamlMapping swarm
            || swarm.Find("keys") is not { } list || swarm.Find("upstream_key") is not YamlScalar { Style: not YamlScalarStyle.Block } spoken)
        {
            throw ConfigurationProblems.Edit.Exception($"gate `{gate}` has no `swarm` with `keys` and `upstream_key`", "a gate in `mode: relay` has both");
        }

        // The later of both first, so that the place of the other stays right.
        (int Start, int End, string Value)[] changes =
        [
            (list.Span.Start, text[list.Span.Start] == '[' ? text.IndexOf(']', LastOf(list)) + 1 : LastOf(list), SwarmText.KeyList([.. keys])),
            (spoken.Span.Start, spoken.Span.End, SwarmText.Place(upstreamKey)),
        ];
        string edited = text;
        foreach ((int start, int end, string value) in changes.OrderByDescending(static c => c.Start))
        {
            edited = edited[..start] + value + edited[end..];
        }

        return Verified(edited, With(before, gate, g => g with
        {
            Swarm = g.Swarm! with { Keys = [.. keys], UpstreamKey = upstreamKey }, // it has one: see above
        }));
    }

    internal static (NodeConfiguration Before, YamlMapping Root) Open(string text)
    {
        ConfigurationResult read = ConfigurationReader.Read(text, Source);
        if (read.Value is null)
        {
            throw ConfigurationProblems.Edit.Exception("the file has problems: " + read.Problems[0], "see all of them with gatehouse check, then try again");
        }

        var problems = new List<Problem>();
        return (read.Value, (YamlMapping)YamlTree.Parse(text, Source, problems)!);
    }

    /// <summary>The configuration that comes back from the text must be the one that was meant, to the last value.</summary>
    internal static string Verified(string edited, NodeConfiguration meant)
    {
        ConfigurationResult after = ConfigurationReader.Read(edited, Source);
        return after.Value is not null && ConfigurationText.Of(after.Value) == ConfigurationText.Of(meant)
            ? edited
            : throw ConfigurationProblems.Edit.Exception(
                after.Problems.IsEmpty ? "the file is written in a way that cannot be edited safely" : "the change is not valid: " + after.Problems[0],
                "edit it by hand; nothing was changed");
    }

    private static YamlMapping Find(YamlMapping root, string gate) =>
        (root.Find("gates") as YamlMapping)?.Find(gate) as YamlMapping
        ?? throw ConfigurationProblems.Edit.Exception($"there is no gate `{gate}`", "see them with gatehouse gate list");

    private static NodeConfiguration With(NodeConfiguration before, string gate, Func<GateConfiguration, GateConfiguration> change) =>
        before with { Gates = [.. before.Gates.Select(g => g.Name == gate ? change(g) : g)] };

    private static string ReplaceScalar(string text, YamlNode? node, string value) =>
        node is YamlScalar { Style: not YamlScalarStyle.Block } scalar
            ? text[..scalar.Span.Start] + value + text[scalar.Span.End..]
            : throw ConfigurationProblems.Edit.Exception("the value is written in a way that cannot be edited", "edit it by hand");

    private static string AppendGates(string text, YamlMapping root, GateConfiguration gate)
    {
        if (root.IsFlow)
        {
            throw ConfigurationProblems.Edit.Exception("the whole file is written in braces", "edit it by hand");
        }

        // `gates:` without a value, or no such key at all.
        YamlEntry? empty = root.Entries.FirstOrDefault(static e => e.Key.Text == "gates");
        return empty is null
            ? Insert(text, text.Length, "\ngates:\n" + Block(gate, 2))
            : Insert(text, LineAfter(text, empty.Value.Span.End), Block(gate, 2));
    }

    private static string Insert(string text, int at, string lines) =>
        at > 0 && text[at - 1] != '\n' ? text[..at] + "\n" + lines + text[at..] : text[..at] + lines + text[at..];

    /// <summary>The start of the line after the one that holds <paramref name="at"/>.</summary>
    internal static int LineAfter(string text, int at)
    {
        if (at > 0 && at <= text.Length && text[at - 1] == '\n')
        {
            // A block scalar ends where the next line begins.
            return at;
        }

        int end = text.IndexOf('\n', Math.Min(at, text.Length));
        return end < 0 ? text.Length : end + 1;
    }

    private static string AfterLine(string text, int at) => text[LineAfter(text, at)..];

    /// <summary>The end of the last value in a mapping; a block mapping's own end lies behind the comments that follow it.</summary>
    internal static int LastOf(YamlNode node) => node switch
    {
        YamlMapping { IsFlow: false, Entries: { IsEmpty: false } entries } => LastOf(entries[^1].Value),
        YamlSequence { Items: { IsEmpty: false } items } => Math.Max(LastOf(items[^1]), 0),
        _ => node.Span.End,
    };

    private static string Block(GateConfiguration gate, int indent)
    {
        string outer = new(' ', indent);
        IEnumerable<string> keys = ConfigurationText.Gate(gate).Select(k => $"{outer}  {k.Key}: {k.Value}\n");
        return $"{outer}{gate.Name}:\n{string.Concat(keys)}";
    }

    private static string Flow(GateConfiguration gate) =>
        "{" + string.Join(", ", ConfigurationText.Gate(gate).Select(static k => $"{k.Key}: {Quoted(k.Value)}")) + "}";

    private static string Quoted(string value) =>
        value[0] is '\'' or '"' or '[' or '{' || !value.Contains(':', StringComparison.Ordinal) ? value : $"'{value}'";
}
