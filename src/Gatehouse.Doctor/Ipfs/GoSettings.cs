using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Ipfs;

/// <summary>Settings as programs written in Go have them.</summary>
internal static class GoSettings
{
    /// <summary>The setting that is in force under names. Never null.</summary>
    public static Setting At(this SettingTree tree, params ReadOnlySpan<string> names) => tree.Find(SettingPath.Of(names));

    /// <summary>A setting where it is set; else the part of the file that it would stand in.</summary>
    public static Setting Near(this SettingTree tree, Setting setting)
    {
        Setting here = setting;
        while (here.Origin is null && !here.Path.IsRoot)
        {
            here = tree.Find(here.Path.Parent);
        }

        return here;
    }

    /// <summary>A switch, in JSON or as Go reads one from a variable; null for anything else.</summary>
    public static bool? IsOn(this Setting setting) => setting.AsBoolean() ?? setting.Text switch
    {
        "1" or "t" or "T" => true,
        "0" or "f" or "F" => false,
        _ => null,
    };

    /// <summary>Whether nothing is said there: not set, null, or an empty text.</summary>
    public static bool IsBlank(this Setting setting) => setting.Kind is SettingKind.Missing or SettingKind.Null || (setting.Kind == SettingKind.Text && setting.Text is { Length: 0 });
}
