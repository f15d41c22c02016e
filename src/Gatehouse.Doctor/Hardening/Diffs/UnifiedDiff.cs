using System.Collections.Immutable;
using System.Text;

namespace Gatehouse.Doctor.Hardening.Diffs;

/// <summary>The change of a file as a unified diff. Lines are compared as they are and shown masked, so that a new secret is a change of <c>****</c>.</summary>
public static class UnifiedDiff
{
    private const int Context = 3;
    private const long MostCells = 4_000_000;

    /// <summary>Its lines, with the two heads; only the heads and one remark for what is not shown.</summary>
    public static ImmutableArray<string> Of(FileChange change)
    {
        string before = change.Old is null ? "/dev/null" : change.Path;
        var lines = new List<string> { $"--- {before}", $"+++ {change.Path}" };
        if (change.NewLines is not { } newShown)
        {
            lines.Add("(its content is a secret and not shown)");
            return [.. lines];
        }

        string[] oldRaw = change.Old is null ? [] : Encoding.UTF8.GetString(change.Old).Split('\n');
        string[] newRaw = Encoding.UTF8.GetString(change.New).Split('\n');
        ImmutableArray<string> oldShown = change.OldLines ?? [];
        List<Step> steps = Steps(oldRaw, newRaw);
        int next = 0;
        while (next < steps.Count)
        {
            int first = steps.FindIndex(next, static step => step.Kind != ' ');
            if (first < 0)
            {
                break;
            }

            int last = first;
            for (int i = first; i < steps.Count && i - last <= 2 * Context; i++)
            {
                last = steps[i].Kind == ' ' ? last : i;
            }

            int from = Math.Max(next, first - Context), to = Math.Min(steps.Count, last + Context + 1);
            Write(lines, steps[from..to], oldShown, newShown);
            next = to;
        }

        return [.. lines];
    }

    private static void Write(List<string> lines, List<Step> hunk, ImmutableArray<string> oldShown, ImmutableArray<string> newShown)
    {
        // The piece behind the last line break of a file is no line.
        Step[] shown = [.. hunk.Where(step => !(step.Kind != '+' ? step.Old == oldShown.Length - 1 && oldShown[step.Old].Length == 0 : step.New == newShown.Length - 1 && newShown[step.New].Length == 0))];
        if (shown.Length == 0 || shown.All(static step => step.Kind == ' '))
        {
            return;
        }

        int olds = shown.Count(static step => step.Kind != '+'), news = shown.Count(static step => step.Kind != '-');
        lines.Add($"@@ -{(olds == 0 ? shown[0].Old : shown[0].Old + 1)},{olds} +{(news == 0 ? shown[0].New : shown[0].New + 1)},{news} @@");
        lines.AddRange(shown.Select(step => step.Kind + (step.Kind == '+' ? newShown[step.New] : oldShown[step.Old])));
    }

    private static List<Step> Steps(string[] before, string[] after)
    {
        int head = 0;
        while (head < before.Length && head < after.Length && before[head] == after[head])
        {
            head++;
        }

        int tail = 0;
        while (tail < before.Length - head && tail < after.Length - head && before[^(tail + 1)] == after[^(tail + 1)])
        {
            tail++;
        }

        var steps = new List<Step>();
        steps.AddRange(Enumerable.Range(0, head).Select(static i => new Step(' ', i, i)));
        Middle(steps, before, after, head, before.Length - tail, after.Length - tail);
        steps.AddRange(Enumerable.Range(0, tail).Select(i => new Step(' ', before.Length - tail + i, after.Length - tail + i)));
        return steps;
    }

    // The longest common subsequence; files too long for that are shown as taken out and put in.
    private static void Middle(List<Step> steps, string[] before, string[] after, int head, int oldEnd, int newEnd)
    {
        int olds = oldEnd - head, news = newEnd - head;
        int width = news + 1;
        int[] common = (long)olds * news > MostCells ? [] : new int[(olds + 1) * width];
        if (common.Length > 0)
        {
            for (int i = olds - 1; i >= 0; i--)
            {
                for (int j = news - 1; j >= 0; j--)
                {
                    common[(i * width) + j] = before[head + i] == after[head + j] ? common[((i + 1) * width) + j + 1] + 1 : Math.Max(common[((i + 1) * width) + j], common[(i * width) + j + 1]);
                }
            }
        }

        int o = 0, n = 0;
        while (o < olds || n < news)
        {
            if (common.Length > 0 && o < olds && n < news && before[head + o] == after[head + n])
            {
                steps.Add(new Step(' ', head + o++, head + n++));
            }
            else if (o < olds && (n == news || common.Length == 0 || common[((o + 1) * width) + n] >= common[(o * width) + n + 1]))
            {
                steps.Add(new Step('-', head + o++, head + n));
            }
            else
            {
                steps.Add(new Step('+', head + o, head + n++));
            }
        }
    }

    /// <summary>A line that stays, goes or comes, and where it stands in both.</summary>
    private readonly record struct Step(char Kind, int Old, int New);
}
