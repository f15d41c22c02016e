using System.Collections.Immutable;
using Gatehouse.Problems;
using Gatehouse.Problems.Doctor;

namespace Gatehouse.Doctor.Texts.Hocon;

/// <summary>A HOCON file: Ignite's node configuration, EMQX's <c>emqx.conf</c> and its neighbours.</summary>
public sealed class HoconFile : ConfigDocument
{
    private HoconFile(HoconUnit unit, HoconOptions options)
        : base(unit.Text)
    {
        Unit = unit;
        Options = options;
        Settings = HoconSettings.Of([unit], options, []);
    }

    /// <inheritdoc/>
    public override SettingTree Settings { get; }

    internal HoconUnit Unit { get; }

    internal HoconOptions Options { get; }

    /// <summary>Reads a file and what it includes.</summary>
    /// <exception cref="ProblemException"><c>GH8100</c> to <c>GH8104</c>: why it cannot be read, with the place.</exception>
    public static HoconFile Read(ReadOnlySpan<byte> bytes, string source, HoconOptions options) => Of(SourceText.Read(bytes, source), options);

    /// <inheritdoc/>
    public override ConfigDocument Set(SettingPath path, Literal value) => new HoconEditor(this).Set(path, value);

    /// <inheritdoc/>
    public override ConfigDocument Remove(SettingPath path) => new HoconEditor(this).Remove(path);

    /// <inheritdoc/>
    public override ConfigDocument AddComment(SettingPath path, string comment) => new HoconEditor(this).AddComment(path, comment);

    internal static HoconFile Of(SourceText text, HoconOptions options)
    {
        int files = 0;
        return new HoconFile(Unite(text, options, [text.Source], ref files), options);
    }

    private static HoconUnit Unite(SourceText text, HoconOptions options, ImmutableArray<string> chain, ref int files)
    {
        var unit = new HoconUnit(text, HoconParser.Parse(text, options));
        if (options.Include is not null)
        {
            Follow(unit.Root, unit, options, chain, ref files);
        }

        return unit;
    }

    private static void Follow(HoconPart part, HoconUnit unit, HoconOptions options, ImmutableArray<string> chain, ref int files)
    {
        if (part is HoconList list)
        {
            foreach (HoconPart inner in list.Items.SelectMany(static i => i.Parts))
            {
                Follow(inner, unit, options, chain, ref files);
            }
        }

        if (part is not HoconObject written)
        {
            return;
        }

        foreach (HoconEntry entry in written.Entries)
        {
            if (entry is HoconIncludeEntry include)
            {
                Include(include, unit, options, chain, ref files);
                continue;
            }

            foreach (HoconPart inner in ((HoconField)entry).Value.Parts)
            {
                Follow(inner, unit, options, chain, ref files);
            }
        }
    }

    private static void Include(HoconIncludeEntry include, HoconUnit unit, HoconOptions options, ImmutableArray<string> chain, ref int files)
    {
        if (!include.IsFile)
        {
            return; // from the network or a class path: what it sets cannot be told
        }

        ProblemException Refused(string why) => new(TextProblems.Include.Because($"the included file `{Shown(include.File)}` {why}", unit.Text.At(include.Span.Start)));
        HoconInclude? read = options.Include!(unit.Text.Source, include.File); // asked for where it is there
        if (read is null)
        {
            unit.Included[include] = include.IsRequired ? throw Refused("is required and not there") : null;
            return;
        }

        if (chain.Contains(read.Source, StringComparer.Ordinal))
        {
            throw Refused("includes itself");
        }

        if (chain.Length > TextLimits.MaxIncludes || ++files > TextLimits.MaxIncluded)
        {
            throw Refused($"lies more than {TextLimits.MaxIncludes} files deep, or is one of more than {TextLimits.MaxIncluded}");
        }

        unit.Included[include] = Unite(SourceText.Read(read.Bytes.Span, read.Source), options, chain.Add(read.Source), ref files);
    }

    private static string Shown(string name) => string.Concat(name.Take(200).Select(static c => char.IsControl(c) ? '?' : c));
}
