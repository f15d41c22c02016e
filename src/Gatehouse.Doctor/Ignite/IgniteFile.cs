using System.Collections.Immutable;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;
using Gatehouse.Doctor.Texts.Hocon;
using Gatehouse.Problems;

namespace Gatehouse.Doctor.Ignite;

/// <summary>
/// A configuration file of Ignite 3, of a node or of the cluster. Paths of settings are given without the root <c>ignite</c>; what is
/// written as <c>null</c> has its default. A question whose answer cannot be told is answered with null.
/// </summary>
internal sealed class IgniteFile
{
    /// <summary>What all settings lie under.</summary>
    public const string Root = "ignite";

    /// <summary>What Ignite shows in place of a secret when it is asked for its configuration.</summary>
    public const string MaskedByIgnite = "********";

    /// <summary>The path on this host.</summary>
    public required string Path { get; init; }

    /// <summary>Owner and mode, or null where they may not be seen.</summary>
    public FileFact? Fact { get; init; }

    /// <summary>What it sets; nothing where it cannot be read.</summary>
    public SettingTree Settings { get; init; } = SettingTree.Empty;

    /// <summary>Why it cannot be read, as a sentence, or null.</summary>
    public string? Fault { get; init; }

    /// <summary>Where that is, or null.</summary>
    public ProblemLocation? FaultPlace { get; init; }

    /// <summary>Whether it is not there, which is not the same as not to be read.</summary>
    public bool IsMissing { get; init; }

    /// <summary>Reads a file; one that cannot be read says why.</summary>
    public static IgniteFile Read(IHost host, string path)
    {
        FileFact? fact = host.Look(path);
        FileContent content = host.Read(path);
        if (content.Bytes is null)
        {
            return new IgniteFile { Path = path, Fact = fact, Fault = $"the file cannot be read: {content.Why}", IsMissing = content.IsMissing };
        }

        return Of(path, content.Bytes, fact);
    }

    /// <summary>Of bytes that were read already.</summary>
    public static IgniteFile Of(string path, byte[] bytes, FileFact? fact)
    {
        try
        {
            return new IgniteFile { Path = path, Fact = fact, Settings = HoconFile.Read(bytes, path, HoconOptions.Ignite).Settings };
        }
        catch (ProblemException problem)
        {
            return new IgniteFile { Path = path, Fact = fact, Fault = $"the file cannot be read ({problem.Problem.Id}): {problem.Problem.Text}", FaultPlace = problem.Problem.Location };
        }
    }

    /// <summary>The setting at a path. What nothing sets is unknown where another file is included: it may be set there.</summary>
    public Setting At(string path)
    {
        Setting setting = Settings[$"{Root}.{path}"];
        return setting.IsSet || Settings.Remarks.FirstOrDefault(static remark => remark.Kind == RemarkKind.Include) is not { } include
            ? setting
            : new Setting { Path = setting.Path, Kind = SettingKind.Unknown, Reason = "another file is included, which may set it", Origins = [include.Origin] };
    }

    /// <summary>The first of several names of one setting that is set, or the first.</summary>
    public Setting AtAny(params ReadOnlySpan<string> paths)
    {
        foreach (string path in paths)
        {
            if (IsGiven(At(path)))
            {
                return At(path);
            }
        }

        return At(paths[0]);
    }

    /// <summary>A switch: its value, or the default where nothing sets it.</summary>
    public bool? Flag(string path, bool otherwise = false) => IsGiven(At(path)) ? At(path).AsBoolean() : otherwise;

    /// <summary>A text: its value, or the default where nothing sets it.</summary>
    public string? Text(string path, string otherwise = "") => TextOf(At(path), otherwise);

    /// <summary>As <see cref="Text"/>, of a setting.</summary>
    public static string? TextOf(Setting setting, string otherwise = "") => IsGiven(setting) ? setting.Text : otherwise;

    /// <summary>A whole number: its value, or the default where nothing sets it.</summary>
    public static long? NumberOf(Setting setting, long otherwise) => IsGiven(setting) ? setting.AsInteger() : otherwise;

    /// <summary>A list of texts; none where nothing sets it.</summary>
    public ImmutableArray<string>? Texts(string path) => At(path).AsTexts();

    /// <summary>Whether something but null sets it, known or not.</summary>
    public static bool IsGiven(Setting setting) => setting.Kind is not (SettingKind.Missing or SettingKind.Null);

    /// <summary>
    /// The entries of a list by name, which is an object of objects, or a list of objects that carry their name under
    /// <paramref name="nameKey"/>. Null where that cannot be told.
    /// </summary>
    public ImmutableArray<NamedEntry>? Named(string path, string nameKey = "name") => NamedIn(At(path), nameKey);

    /// <summary>As <see cref="Named"/>, of a setting.</summary>
    public static ImmutableArray<NamedEntry>? NamedIn(Setting list, string nameKey)
    {
        if (!IsGiven(list))
        {
            return [];
        }

        if (list.IsPartial || list.Kind is not (SettingKind.Map or SettingKind.List))
        {
            return null;
        }

        var found = ImmutableArray.CreateBuilder<NamedEntry>();
        foreach (Setting entry in list.Children)
        {
            if (entry.IsUnknown)
            {
                return null;
            }

            Setting? name = list.Kind == SettingKind.List ? entry.Child(nameKey) : null;
            found.Add(new NamedEntry(list.Kind == SettingKind.Map ? entry.Name : name?.Text ?? "", entry));
        }

        return found.ToImmutable();
    }

    /// <summary>A setting as evidence; one that nothing sets is shown at what it would lie in.</summary>
    public Evidence Show(Setting setting)
    {
        if (setting.Origin is not null && setting.IsSet)
        {
            return Shown.Of(setting);
        }

        SettingPath above = setting.Path.Parent;
        while (!above.IsRoot && Settings.Find(above).Origin is null)
        {
            above = above.Parent;
        }

        Origin? place = Settings.Find(above).Origin;
        return new Evidence(EvidenceKind.File, place?.Source ?? Path, $"{setting.Path}: not set", place?.Line ?? 0, place?.Column ?? 0);
    }

    /// <summary>As <see cref="Show(Setting)"/>, of a path.</summary>
    public Evidence Show(string path) => Show(At(path));

    /// <summary>The file itself as evidence.</summary>
    public Evidence ShowFile(IHost host) => Fact is null ? new Evidence(EvidenceKind.File, Path, "the file") : Shown.Of(Fact, host);

    /// <summary>The place at which it cannot be read.</summary>
    public Evidence ShowFault() => new(EvidenceKind.File, Path, FaultPlace is null ? "the file" : "cannot be read", FaultPlace?.Line ?? 0, FaultPlace?.Column ?? 0);

    /// <summary>That a setting cannot be told.</summary>
    public Observation Unsure(Setting setting) => new($"what `{setting.Path}` is cannot be told: {setting.Reason ?? "its value is not one that Ignite takes"}", [Show(setting)]) { IsUnknown = true };

    /// <summary>As <see cref="Unsure(Setting)"/>, of a path.</summary>
    public Observation Unsure(string path) => Unsure(At(path));
}

/// <summary>An entry of a list by name.</summary>
/// <param name="Name">Its name, or empty where it says none.</param>
/// <param name="Setting">What is under it.</param>
internal readonly record struct NamedEntry(string Name, Setting Setting)
{
    /// <summary>What lies below it.</summary>
    public Setting At(string name)
    {
        Setting setting = Setting;
        return setting.Child(name) ?? new Setting { Path = setting.Path.Add(name), Kind = setting.IsPartial ? SettingKind.Unknown : SettingKind.Missing, Reason = setting.Reason };
    }

    /// <summary>What lies two levels below it.</summary>
    public Setting At(string outer, string inner) => new NamedEntry(outer, At(outer)).At(inner);
}
