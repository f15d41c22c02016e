using System.Collections.Immutable;
using System.Globalization;

namespace Gatehouse.Doctor.Texts;

/// <summary>One setting as it is in force, and where that comes from. Values may be secrets: nothing here is for printing as it is.</summary>
public sealed class Setting
{
    /// <summary>Its way from the root of the tree.</summary>
    public required SettingPath Path { get; init; }

    /// <summary>What is known of it.</summary>
    public required SettingKind Kind { get; init; }

    /// <summary>
    /// The value of a boolean, number or text, escapes resolved and substitutions put in; null for anything else. An object whose
    /// own name carries a value too (<c>a: 1</c> and <c>a.b: 2</c>) has it here.
    /// </summary>
    public string? Text { get; init; }

    /// <summary>A scalar as it is written at <see cref="Origin"/>, quotes included; empty for lists and objects, and where nothing is written.</summary>
    public string Raw { get; init; } = "";

    /// <summary>Whether a scalar stands in quotes of any kind.</summary>
    public bool IsQuoted { get; init; }

    /// <summary>Why it is <see cref="SettingKind.Unknown"/>, as a sentence without values, such as "the variable `A` is not known".</summary>
    public string? Reason { get; init; }

    /// <summary>Whether a part of a list or object could not be told: what is not found in it is unknown, not missing.</summary>
    public bool IsPartial { get; init; }

    /// <summary>Every place that the value is made of, the one to look at first; empty where it is missing.</summary>
    public ImmutableArray<Origin> Origins { get; init; } = [];

    /// <summary>The place to look at and to change, or null where it is missing.</summary>
    public Origin? Origin => Origins.IsEmpty ? null : Origins[0];

    /// <summary>What the same name was set to by something that lost, the last loser first.</summary>
    public ImmutableArray<Setting> Overridden { get; init; } = [];

    /// <summary>Items of a list or members of an object, in order; empty for anything else.</summary>
    public ImmutableArray<Setting> Children { get; init; } = [];

    /// <summary>Whether something sets it, known or not.</summary>
    public bool IsSet => Kind != SettingKind.Missing;

    /// <summary>Whether it is set to something that cannot be told.</summary>
    public bool IsUnknown => Kind == SettingKind.Unknown;

    /// <summary>The last name of its path.</summary>
    public string Name => Path.Name;

    /// <summary>Whether its system takes upper and lower case of names for the same, and the last one of them (Go's JSON).</summary>
    internal bool IgnoresCase { get; init; }

    /// <summary>The child of this name or number, or null.</summary>
    public Setting? Child(string name)
    {
        if (Kind == SettingKind.List)
        {
            return int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int at) && at < Children.Length ? Children[at] : null;
        }

        StringComparison comparison = IgnoresCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        for (int i = Children.Length - 1; i >= 0; i--)
        {
            if (Children[i].Name.Equals(name, comparison))
            {
                return Children[i];
            }
        }

        return null;
    }

    /// <summary><c>true</c> or <c>false</c> in any case, quoted or not; null for anything else.</summary>
    public bool? AsBoolean() =>
        Text is null ? null
        : Text.Equals("true", StringComparison.OrdinalIgnoreCase) ? true
        : Text.Equals("false", StringComparison.OrdinalIgnoreCase) ? false
        : null;

    /// <summary>A whole number, quoted or not; null for anything else.</summary>
    public long? AsInteger() => long.TryParse(Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) ? value : null;

    /// <summary>
    /// A duration such as <c>15s</c>, <c>1h30m</c>, <c>2m0s</c>, <c>500 ms</c>; <c>infinity</c> is <see cref="TimeSpan.MaxValue"/>. A number
    /// alone counts in <paramref name="unit"/>, or is none without one.
    /// </summary>
    public TimeSpan? AsDuration(TimeSpan? unit = null) => Quantity.Duration(Text, unit);

    /// <summary>A size such as <c>64MB</c>, <c>1 GiB</c>, <c>100kb</c>, <c>4096</c> in bytes; <paramref name="isDecimal"/>: KB and MB count in thousands.</summary>
    public long? AsBytes(bool isDecimal = false) => Quantity.Bytes(Text, isDecimal);

    /// <summary>The texts of a list's scalars, or of a scalar that stands alone; null where an item is neither, and empty where it is null or missing.</summary>
    public ImmutableArray<string>? AsTexts()
    {
        switch (Kind)
        {
            case SettingKind.Missing or SettingKind.Null:
                return [];
            case SettingKind.List when !IsPartial && Children.All(static c => c.Text is not null):
                return [.. Children.Select(static c => c.Text!)]; // each has one: see above
            case SettingKind.Boolean or SettingKind.Number or SettingKind.Text:
                return [Text!]; // a scalar has one
            default:
                return null;
        }
    }

    /// <summary>As <see cref="AsTexts"/>, a scalar being a list with commas in it.</summary>
    public ImmutableArray<string>? AsCommaTexts() =>
        Kind == SettingKind.Text ? [.. Text!.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)] : AsTexts();

    /// <summary>Its path, kind and place; never the value.</summary>
    public override string ToString() => $"{Path} {Kind} {Origin}";
}
