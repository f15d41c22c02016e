using System.Collections.Immutable;

namespace Gatehouse.Doctor.Texts;

/// <summary>One environment variable as a unit, an env file, a compose file or a process has it. The value may be a secret.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its value, which may be empty; null where it is set to something that cannot be told.</param>
/// <param name="Origin">Where it is set; <see cref="Texts.Origin.Variable"/> is its name.</param>
/// <param name="Raw">As it is written there.</param>
public sealed record EnvironmentVariable(string Name, string? Value, Origin Origin, string Raw = "")
{
    /// <summary>Its name and place; never the value.</summary>
    public override string ToString() => Origin.ToString();
}

/// <summary>The environment that a system starts with, as far as it is known.</summary>
public sealed class EnvironmentVariables
{
    private readonly Dictionary<string, EnvironmentVariable> _byName;

    private EnvironmentVariables(ImmutableArray<EnvironmentVariable> all, bool isComplete)
    {
        All = all;
        IsComplete = isComplete;
        _byName = new Dictionary<string, EnvironmentVariable>(StringComparer.Ordinal);
        foreach (EnvironmentVariable variable in all)
        {
            _byName[variable.Name] = variable;
        }
    }

    /// <summary>No variable is known, and others may be set.</summary>
    public static EnvironmentVariables Unknown { get; } = new([], isComplete: false);

    /// <summary>No variable is set.</summary>
    public static EnvironmentVariables Empty { get; } = new([], isComplete: true);

    /// <summary>All of them in order; of one name the last one counts.</summary>
    public ImmutableArray<EnvironmentVariable> All { get; }

    /// <summary>Whether a variable that is not here is not set (read from a process), or may be set elsewhere (read from files).</summary>
    public bool IsComplete { get; }

    /// <summary>Of variables in the order in which they are set.</summary>
    public static EnvironmentVariables Of(IEnumerable<EnvironmentVariable> variables, bool isComplete = false) => new([.. variables], isComplete);

    /// <summary>Of names and values, for processes: <paramref name="source"/> says where they were seen.</summary>
    public static EnvironmentVariables Of(string source, IEnumerable<KeyValuePair<string, string>> variables) =>
        Of(variables.Select(v => new EnvironmentVariable(v.Key, v.Value, new Origin(source, Variable: v.Key), v.Value)), isComplete: true);

    /// <summary>The variable of a name, or null.</summary>
    public EnvironmentVariable? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>With others on top.</summary>
    public EnvironmentVariables With(EnvironmentVariables later) => new(All.AddRange(later.All), IsComplete || later.IsComplete);
}
