using Gatehouse.Engine.Configuration.Cluster;
using Gatehouse.Engine.Configuration.Yaml;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Configuration.Writing;

/// <summary>Replaces the <c>store</c> mapping in the text itself, so that everything else stays.</summary>
internal static class StoreEdit
{
    private const string Comment = "\n# Where the state of the cluster lives.\n";

    public static string Set(string text, StoreConfiguration store)
    {
        (NodeConfiguration written, YamlMapping root) = ConfigurationEdit.Open(text);
        if (root.IsFlow)
        {
            throw ConfigurationProblems.Edit.Exception("the whole file is written in braces", "edit it by hand");
        }

        string block = StoreText.Block(store);
        YamlEntry? there = root.Entries.FirstOrDefault(static e => e.Key.Text == "store");
        string edited;
        if (there is not null)
        {
            int start = there.Key.Span.Start;
            int end = ConfigurationEdit.LineAfter(text, Math.Max(ConfigurationEdit.LastOf(there.Value), there.Key.Span.End));
            string before = text[..start];
            edited = (block.Length == 0 && before.EndsWith(Comment, StringComparison.Ordinal) ? before[..^Comment.Length] : before) + block + text[end..];
        }
        else
        {
            edited = text.TrimEnd('\n') + "\n" + Comment + block;
        }

        return ConfigurationEdit.Verified(edited, written with { Store = store });
    }
}
