using Gatehouse.Administration;
using Gatehouse.Engine.Configuration.Yaml;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Administration.Imports;

/// <summary>What came of files of another system: a policy to add, and what is not in it.</summary>
internal sealed class ImportReport
{
    private readonly SortedDictionary<string, RoleView?> _roles = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, PolicyUserView?> _users = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, MappingView?> _mappings = new(StringComparer.Ordinal);

    /// <summary>One row for each role, user and mapping that was read.</summary>
    public List<ImportRow> Rows { get; } = [];

    /// <summary>What was left out. Without it everybody has the same rights as there, or fewer.</summary>
    public List<Problem> LeftOut { get; } = [];

    /// <summary>What keeps the import from being made at all.</summary>
    public List<Problem> Faults { get; } = [];

    /// <summary>Roles that were made.</summary>
    public IDictionary<string, RoleView?> Roles => _roles;

    /// <summary>Users that were made.</summary>
    public IDictionary<string, PolicyUserView?> Users => _users;

    /// <summary>Mappings that were made.</summary>
    public IDictionary<string, MappingView?> Mappings => _mappings;

    /// <summary>The policy to add to the present one.</summary>
    public PolicyView Policy => new()
    {
        Version = PolicyView.KnownVersion,
        Roles = _roles.Count == 0 ? null : _roles,
        Users = _users.Count == 0 ? null : _users,
        Mappings = _mappings.Count == 0 ? null : _mappings,
    };

    /// <summary>Begins a row.</summary>
    public ImportRow Row(string kind, string name)
    {
        var row = new ImportRow(kind, name);
        Rows.Add(row);
        return row;
    }

    /// <summary>Leaves something out.</summary>
    public void Leave(ForeignFile file, YamlNode at, ImportRow row, string why)
    {
        row.LeftOut++;
        row.Say(why);
        LeftOut.Add(ImportProblems.Unsupported.Because($"{row.Kind} `{row.Name}`: {why}", file.At(at)));
    }

    /// <summary>Something that can neither be kept nor be left out.</summary>
    public void Refuse(ForeignFile file, YamlNode at, ImportRow row, string why)
    {
        row.LeftOut++;
        row.Say(why);
        Faults.Add(ImportProblems.Unsafe.Because($"{row.Kind} `{row.Name}`: {why}", file.At(at)));
    }
}

/// <summary>What came of one role, user or mapping.</summary>
internal sealed class ImportRow(string kind, string name)
{
    private const int MaxShown = 64;

    private readonly List<string> _why = [];

    /// <summary><c>role</c>, <c>user</c> or <c>mapping</c>.</summary>
    public string Kind => kind;

    /// <summary>Its name, shortened.</summary>
    public string Name { get; } = name.Length > MaxShown ? name[..MaxShown] : name;

    /// <summary>Entries taken over.</summary>
    public int Taken { get; set; }

    /// <summary>Entries left out.</summary>
    public int LeftOut { get; set; }

    /// <summary>Why, and what is worth knowing.</summary>
    public string Why => string.Join("; ", _why);

    /// <summary>Says something once.</summary>
    public void Say(string why)
    {
        if (!_why.Contains(why))
        {
            _why.Add(why);
        }
    }
}
