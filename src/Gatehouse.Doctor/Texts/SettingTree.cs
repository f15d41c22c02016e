using System.Collections.Immutable;

namespace Gatehouse.Doctor.Texts;

/// <summary>All settings that are in force, by path.</summary>
public sealed class SettingTree
{
    internal SettingTree(Setting root, ImmutableArray<Remark> remarks)
    {
        Root = root;
        Remarks = remarks;
    }

    /// <summary>Nothing is set.</summary>
    public static SettingTree Empty { get; } = new(new Setting { Path = SettingPath.Root, Kind = SettingKind.Map }, []);

    /// <summary>The whole.</summary>
    public Setting Root { get; }

    /// <summary>What is noteworthy and no error: names twice, includes, substitutions, variables that nobody knows.</summary>
    public ImmutableArray<Remark> Remarks { get; }

    /// <summary>As <see cref="Find(SettingPath)"/>, with the path as <see cref="SettingPath.Parse"/> reads it.</summary>
    public Setting this[string path] => Find(SettingPath.Parse(path));

    /// <summary>
    /// The setting at a path. Never null: what nothing sets is <see cref="SettingKind.Missing"/>, what lies in something that cannot be told is
    /// <see cref="SettingKind.Unknown"/>.
    /// </summary>
    public Setting Find(SettingPath path)
    {
        Setting here = Root;
        foreach (string name in path.Segments)
        {
            if (here.Child(name) is { } child)
            {
                here = child;
                continue;
            }

            bool isUnknown = here.IsUnknown || here.IsPartial;
            return new Setting
            {
                Path = path,
                Kind = isUnknown ? SettingKind.Unknown : SettingKind.Missing,
                Reason = isUnknown ? here.Reason ?? "a part of what it lies in is not known" : null,
                Origins = isUnknown ? here.Origins : [],
            };
        }

        return here;
    }

    /// <summary>The members or items right below a path, in order; none where it is no object or list.</summary>
    public ImmutableArray<Setting> Under(string path) => this[path].Children;

    /// <summary>Every setting below a path (the root by default) that has no members or items itself: scalars, nulls, what is unknown, and empty lists and objects.</summary>
    public IEnumerable<Setting> Leaves(string path = "")
    {
        var open = new Stack<Setting>([this[path]]);
        while (open.TryPop(out Setting? next))
        {
            if (next.Children.IsEmpty && next.IsSet)
            {
                yield return next;
            }

            for (int i = next.Children.Length - 1; i >= 0; i--)
            {
                open.Push(next.Children[i]);
            }
        }
    }
}
