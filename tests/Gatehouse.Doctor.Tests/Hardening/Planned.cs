using System.Runtime.CompilerServices;
using System.Text;
using Gatehouse.Doctor.Hardening;
using Gatehouse.Doctor.Hardening.Certificates;
using Gatehouse.Doctor.Hardening.Diffs;
using Shouldly;

namespace Gatehouse.Doctor.Tests.Hardening;

/// <summary>Plans as texts, compared with the golden ones under Fixtures/Hardening; GATEHOUSE_UPDATE_GOLDEN=1 writes them anew.</summary>
internal static class Planned
{
    public static string Fixture(string name) => File.ReadAllText(Path.Combine(Folder(), name));

    public static void ShouldBeGolden(this HardenPlan plan, string name)
    {
        string path = Path.Combine(Folder(), name + ".plan.txt");
        string actual = Text(plan);
        if (Environment.GetEnvironmentVariable("GATEHOUSE_UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(path, actual);
        }

        actual.ShouldBe(File.Exists(path) ? File.ReadAllText(path) : "", path);
    }

    /// <summary>What people see of a plan.</summary>
    public static string Shown(HardenPlan plan)
    {
        var text = new StringBuilder();
        foreach (FileChange change in plan.Changes)
        {
            text.Append(change.Path).Append(' ').Append(change.OldRights?.Octal ?? "new").Append(" -> ").Append(change.Rights.Octal).Append(' ').Append(change.Rights.Owner).Append(':').Append(change.Rights.Group).Append('\n');
            text.AppendJoin('\n', change.IsContentChange ? UnifiedDiff.Of(change) : ["(the same content)"]).Append("\n\n");
        }

        foreach (CertificateWish wish in plan.Certificates)
        {
            text.Append("certificate ").Append(wish).Append(" (").Append(wish.Profile).Append("; ").Append(wish.Why).Append(")\n");
            text.Append(string.Concat(wish.Places.Select(place => $"  {place.Path} {wish.RightsOf(place.IsPublic).Octal}\n")));
        }

        Add("made", plan.Made);
        Add("warning", plan.Warnings);
        Add("override", plan.Overrides);
        Add("step", plan.Steps);
        return text.ToString();

        void Add(string word, IEnumerable<string> lines) => text.Append(string.Concat(lines.Select(line => $"{word}: {line}\n")));
    }

    private static string Text(HardenPlan plan)
    {
        var text = new StringBuilder(Shown(plan));
        foreach (FileChange change in plan.Changes.Where(static change => change.IsContentChange))
        {
            text.Append("\n==== ").Append(change.Path).Append('\n').Append(Encoding.UTF8.GetString(change.New));
        }

        return text.ToString();
    }

    private static string Folder([CallerFilePath] string path = "") => Path.Combine(Path.GetDirectoryName(path)!, "..", "Fixtures", "Hardening");
}
