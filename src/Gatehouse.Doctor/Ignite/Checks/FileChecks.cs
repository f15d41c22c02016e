using System.Collections.Immutable;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Ignite.Checks;

/// <summary>The files themselves: who reads them, and what Ignite would not take of them.</summary>
internal static class FileChecks
{
    // What a file has more of the same is not worth a finding each.
    private const int Most = 100;

    /// <summary>Its rules.</summary>
    public static ImmutableArray<Rule<IgniteSubject>> All { get; } =
    [
        Scope.Node("IGN-FILE-001", IsReadByAll),
        Scope.Both("IGN-FILE-002", static (_, file) => Remarks(file, "a substitution stands here, which Ignite never resolves: a node does not start with it", RemarkKind.Substitution)),
        Scope.Both("IGN-FILE-003", HasUnknownNames),
        Scope.Both("IGN-FILE-004", HasOldNames),
        Scope.Both("IGN-FILE-005", static (_, file) =>
            Remarks(file, "another file is included, so what is in force does not stand in this one", RemarkKind.Include, RemarkKind.MissingInclude)),
        Scope.Both("IGN-FILE-006", static (_, file) => Remarks(file, "one name is set twice: Ignite refuses that, and other readers take the last", RemarkKind.DuplicateKey)),
    ];

    private static IEnumerable<Observation> IsReadByAll(IgniteSubject subject, IgniteFile file)
    {
        if (file.Fact is not { } fact)
        {
            yield return new Observation($"owner and mode of `{file.Path}` cannot be seen", [file.ShowFile(subject.Host)]) { IsUnknown = true };
        }
        else if (fact.Status.OthersRead)
        {
            bool hasSecrets = file.Settings.Leaves().Any(static leaf => leaf.Name == "password" && leaf.Text is { Length: > 0 } and not IgniteFile.MaskedByIgnite);
            yield return hasSecrets
                ? Observation.Of($"everybody on this host may read the passwords of key stores in it (mode {fact.Status.Octal})", file.ShowFile(subject.Host))
                : Observation.Of(Severity.Low, $"everybody on this host may read it (mode {fact.Status.Octal}); no password is in it yet", file.ShowFile(subject.Host));
        }
    }

    private static IEnumerable<Observation> Remarks(IgniteFile file, string text, params RemarkKind[] kinds) =>
        file.Settings.Remarks.Where(remark => kinds.Contains(remark.Kind)).Take(Most).Select(remark =>
            Observation.Of(text, new Evidence(EvidenceKind.File, remark.Origin.Source, remark.Subject, remark.Origin.Line, remark.Origin.Column)));

    private static IEnumerable<Observation> HasUnknownNames(IgniteSubject subject, IgniteFile file)
    {
        bool isNode = file == subject.Node;
        string scope = isNode ? "a node" : "the cluster";
        foreach (Setting top in file.Settings.Root.Children.Where(static top => top.Name != IgniteFile.Root && top.IsSet).Take(Most))
        {
            yield return Observation.Of($"`{top.Name}` stands outside of `ignite`, where Ignite looks for nothing", file.Show(top));
        }

        foreach (Setting section in file.Settings[IgniteFile.Root].Children)
        {
            if ((isNode ? IgniteKeys.OfCluster : IgniteKeys.OfNode).Contains(section.Name))
            {
                yield return Observation.Of($"`{section.Name}` is a setting of {(isNode ? "the cluster" : "a node")}, and this is the file of {scope}: it has no effect here", file.Show(section));
            }
            else if (IgniteKeys.Checked.Contains(section.Name))
            {
                foreach (Observation observation in Strangers(file, section, scope).Take(Most))
                {
                    yield return observation;
                }
            }
            else if (Near(section.Name, IgniteKeys.OfNode.Concat(IgniteKeys.OfCluster)) is { } meant)
            {
                yield return Observation.Of($"`{section.Name}` is no setting of {scope}: is `{meant}` meant?", file.Show(section));
            }
        }
    }

    private static IEnumerable<Observation> Strangers(IgniteFile file, Setting section, string scope)
    {
        // A whole object that is unknown is named once, by its own name.
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (Setting leaf in file.Settings.Leaves(section.Path.ToString()))
        {
            ImmutableArray<string> names = leaf.Path.Segments.RemoveAt(0);
            int known = IgniteKeys.KnownNames(names);
            bool isInList = known < names.Length && int.TryParse(names[known], out _);
            if (known == names.Length || isInList || !seen.Add(string.Join('.', names.Take(known + 1))))
            {
                continue;
            }

            Setting stranger = file.Settings.Find(SettingPath.Of([.. leaf.Path.Segments.Take(known + 2)]));
            string hint = Near(names[known], IgniteKeys.Instead(names)) is { } meant ? $": is `{meant}` meant?" : "";
            yield return Observation.Of($"`{string.Join('.', names.Take(known + 1))}` is no setting of {scope}{hint}", file.Show(stranger));
        }
    }

    private static IEnumerable<Observation> HasOldNames(IgniteSubject subject, IgniteFile file)
    {
        if (subject.Release is { Major: 3, Minor: 0 })
        {
            yield break; // there they are the right ones
        }

        foreach (Setting leaf in file.Settings.Leaves(IgniteFile.Root))
        {
            ImmutableArray<string> names = leaf.Path.Segments.RemoveAt(0);
            foreach ((string path, string now) in IgniteKeys.Renamed)
            {
                if (IgniteKeys.Fits(names, path))
                {
                    yield return Observation.Of($"`{leaf.Name}` is called `{now}` since Ignite 3.1", file.Show(leaf));
                }
            }
        }
    }

    // Small letters for capitals, one letter too few or too many at the end, a dash: enough for what people mistype here.
    private static string? Near(string name, IEnumerable<string> known)
    {
        string plain = Plain(name);
        return known.FirstOrDefault(candidate => candidate != name && Plain(candidate) is string other
            && (other == plain || (plain.Length > 3 && (other.StartsWith(plain, StringComparison.Ordinal) || plain.StartsWith(other, StringComparison.Ordinal)))));
    }

    private static string Plain(string name) => name.Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal).ToUpperInvariant();
}
