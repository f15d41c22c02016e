namespace Gatehouse.Doctor.Texts.Hocon;

/// <summary>An included file.</summary>
/// <param name="Source">What it is called; a file that includes itself is known by it.</param>
/// <param name="Bytes">What it holds.</param>
public sealed record HoconInclude(string Source, ReadOnlyMemory<byte> Bytes);

/// <summary>Gives an included file, or null where it is not there.</summary>
/// <param name="including">The source of the file with the <c>include</c>.</param>
/// <param name="name">As it is written there.</param>
public delegate HoconInclude? HoconIncludeReader(string including, string name);

/// <summary>What a system makes of HOCON.</summary>
public sealed record HoconOptions
{
    /// <summary>Ignite 3: substitutions are never resolved, and includes are not followed.</summary>
    public static HoconOptions Ignite { get; } = new() { ResolvesSubstitutions = false };

    /// <summary>EMQX: no substitutions from the environment, unknown escapes stand for themselves, blocks in three quotes may be indented with <c>~</c>.</summary>
    public static HoconOptions Emqx { get; } = new() { IsEmqx = true };

    /// <summary>Whether the system resolves substitutions; where it does not, what has one is unknown.</summary>
    public bool ResolvesSubstitutions { get; init; } = true;

    /// <summary>Where substitutions look when no setting has the name; null where the system does not look there.</summary>
    public EnvironmentVariables? Environment { get; init; }

    /// <summary>Gives included files; without it what they could set is unknown.</summary>
    public HoconIncludeReader? Include { get; init; }

    internal bool IsEmqx { get; init; }
}
