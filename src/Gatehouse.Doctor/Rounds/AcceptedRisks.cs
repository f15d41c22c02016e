using System.Collections.Immutable;
using System.Globalization;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Texts;
using Gatehouse.Doctor.Texts.Yaml;
using Gatehouse.Problems;
using Gatehouse.Problems.Doctor;

namespace Gatehouse.Doctor.Rounds;

/// <summary>The file of accepted risks: <c>docs/operate/doctor.md</c>.</summary>
public static class AcceptedRisks
{
    private const int LongestYears = 2;
    private static readonly string[] Keys = ["check", "subject", "reason", "until"];

    /// <summary>Reads it.</summary>
    /// <param name="bytes">Its content.</param>
    /// <param name="source">Its name in problems.</param>
    /// <param name="today">The day.</param>
    /// <exception cref="ProblemException"><c>GH8150</c>: an entry says too little or too much; <c>GH8100</c> to <c>GH8103</c>: it is no YAML.</exception>
    public static ImmutableArray<AcceptedRisk> Read(byte[] bytes, string source, DateOnly today)
    {
        SettingTree tree = YamlFile.Read(bytes, source, YamlOptions.Plain).Settings;
        foreach (Setting other in tree.Root.Children.Where(static child => child.Name != "accepted"))
        {
            throw Wrong(other, $"`{other.Name}` is no part of such a file");
        }

        Setting list = tree["accepted"];
        return list.Kind is SettingKind.Missing or SettingKind.Null ? []
            : list.Kind == SettingKind.List ? [.. list.Children.Select(entry => Entry(entry, today))]
            : throw Wrong(list, "`accepted` is a list");
    }

    private static AcceptedRisk Entry(Setting entry, DateOnly today)
    {
        if (entry.Children.FirstOrDefault(static child => !Keys.Contains(child.Name)) is { } unknown)
        {
            throw Wrong(unknown, $"`{unknown.Name}` is none of {string.Join(", ", Keys)}");
        }

        string check = Needed(entry, "check");
        if (CheckPage.Find(check) is null)
        {
            throw Wrong(entry.Child("check")!, $"there is no check `{check}`"); // it was there
        }

        string reason = Needed(entry, "reason");
        string end = Needed(entry, "until");
        if (!DateOnly.TryParseExact(end, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly until) || until > today.AddYears(LongestYears))
        {
            throw Wrong(entry.Child("until")!, $"`until` is a day such as {today.AddMonths(6):yyyy-MM-dd}, at most two years ahead"); // it was there
        }

        return new AcceptedRisk(check.ToUpperInvariant(), entry.Child("subject")?.Text, reason, until);
    }

    private static string Needed(Setting entry, string name) =>
        entry.Child(name)?.Text is { } text && !string.IsNullOrWhiteSpace(text) ? text : throw Wrong(entry.Child(name) ?? entry, $"an accepted risk has a `{name}`");

    private static ProblemException Wrong(Setting at, string text) =>
        new(new Problem(DoctorProblems.AcceptedRisk, text, at.Origin?.Location, "docs/operate/doctor.md has an example"));
}
