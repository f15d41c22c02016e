using Gatehouse.Engine.Configuration.Yaml;
using Gatehouse.Identity;
using Gatehouse.Policy;

namespace Gatehouse.Engine.Administration.Imports;

/// <summary>Names and short texts of other systems' files, as far as they can be ours.</summary>
internal static class RoleNames
{
    private const int MaxDescription = 256;
    private const int MaxShown = 64;

    /// <summary>Why a name cannot be a role's; null where it can.</summary>
    public static string? Fault(string name) =>
        !UserName.IsValid(name, out string? why) ? $"cannot be a name here: {why}"
        : BuiltInRoles.IsFixed(name) ? "is a role of Gatehouse itself; give it another name, or give people that one"
        : null;

    /// <summary>A text of a file in a message: short, and without what a terminal would act on.</summary>
    public static string Shown(string text) =>
        string.Concat((text.Length > MaxShown ? text[..MaxShown] : text).Select(static c => char.IsControl(c) || c == '`' ? '?' : c));

    /// <summary>A description of the length that we keep.</summary>
    public static string? Description(YamlNode value) =>
        value is YamlScalar { IsEmpty: false } text
            ? string.Concat(text.Text.Where(static c => !char.IsControl(c)).Take(MaxDescription))
            : null;

    /// <summary>Patterns of an entry, each that can be said; null where there is none, which is reported.</summary>
    public static IReadOnlyList<string>? Patterns(RoleDraft role, YamlNode? value, YamlNode entry)
    {
        if (ForeignFile.Texts(value) is not { Count: > 0 } texts)
        {
            role.Leave(entry, "an entry names no index");
            return null;
        }

        var patterns = new List<string>();
        foreach (YamlScalar text in texts)
        {
            if (!ForeignPatterns.TryRead(text.Text, out string? pattern, out string? why))
            {
                role.Leave(text, why);
            }
            else if (role.Takes(text, pattern))
            {
                patterns.Add(pattern);
            }
        }

        return patterns.Count == 0 ? null : patterns;
    }
}
