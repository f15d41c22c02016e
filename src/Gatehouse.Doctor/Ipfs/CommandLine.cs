using System.Collections.Immutable;

namespace Gatehouse.Doctor.Ipfs;

/// <summary>Options of a command line as Go reads them: <c>--name value</c>, <c>--name=value</c>, and one dash for two.</summary>
internal static class CommandLine
{
    /// <summary>All values of an option, in order.</summary>
    public static IEnumerable<string> Values(ImmutableArray<string> arguments, params IReadOnlyCollection<string> names)
    {
        for (int i = 1; i < arguments.Length; i++)
        {
            (string? name, string? value) = Split(arguments[i]);
            if (name is not null && names.Contains(name) && (value ?? (i + 1 < arguments.Length ? arguments[i + 1] : null)) is { } found)
            {
                yield return found;
            }
        }
    }

    /// <summary>The value that counts, which is the last one; null where the option is not there.</summary>
    public static string? Value(ImmutableArray<string> arguments, params IReadOnlyCollection<string> names) => Values(arguments, names).LastOrDefault();

    /// <summary>Whether a switch is on.</summary>
    public static bool Has(ImmutableArray<string> arguments, string name) =>
        arguments.Skip(1).Select(Split).Any(option => option.Name == name && option.Value is null or "true" or "1" or "t");

    private static (string? Name, string? Value) Split(string argument)
    {
        int dashes = argument.StartsWith("--", StringComparison.Ordinal) ? 2 : argument.StartsWith('-') ? 1 : 0;
        if (dashes == 0 || argument.Length == dashes)
        {
            return (null, null);
        }

        int equals = argument.IndexOf('=', StringComparison.Ordinal);
        return equals < 0 ? (argument[dashes..], null) : (argument[dashes..equals], argument[(equals + 1)..]);
    }
}
