using System.Collections.Immutable;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Elastic;

/// <summary>Questions that every rule asks of a setting.</summary>
internal static class SettingFacts
{
    /// <summary>Whether it is on; <paramref name="missing"/> where nothing sets it, null where it cannot be told.</summary>
    public static bool? Flag(this Setting setting, bool? missing) => setting.Kind is SettingKind.Missing or SettingKind.Null ? missing : setting.AsBoolean();

    /// <summary>Whether it is set to what can be read.</summary>
    public static bool HasValue(this Setting setting) => setting is { IsSet: true, IsUnknown: false, Kind: not SettingKind.Null };

    /// <summary>Its texts, a single one cut at commas; empty where it is missing or cannot be told.</summary>
    public static ImmutableArray<string> Words(this Setting setting) => setting.AsCommaTexts() ?? [];

    /// <summary>Whether it is set, or a part of it, to what cannot be told.</summary>
    public static bool IsDoubtful(this Setting setting) => setting.IsUnknown || setting.IsPartial || (setting.IsSet && setting.Kind == SettingKind.List && setting.AsTexts() is null);

    /// <summary>Whether its value stands in the file itself, and not in a variable that the file names.</summary>
    public static bool IsLiteral(this Setting setting) => setting.Origin is { Variable: null } && !setting.Raw.Contains("${", StringComparison.Ordinal);

    /// <summary>That a rule cannot decide because of it.</summary>
    public static Observation Doubt(this Setting setting) =>
        Observation.Unknown($"`{setting.Path}` cannot be told: {setting.Reason ?? "its value is none that is understood"}", setting);
}
