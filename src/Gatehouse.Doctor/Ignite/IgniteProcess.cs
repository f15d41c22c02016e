using System.Collections.Immutable;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Ignite;

/// <summary>What the Java process of a node says of it: its arguments, its environment, its libraries.</summary>
internal static class IgniteProcess
{
    private const string Main = "org.apache.ignite.internal.app.IgniteRunner";
    private const string EarlierMain = "org.apache.ignite.startup.cmdline.CommandLineStartup";

    /// <summary>Whether a process is a node of Ignite 3.</summary>
    public static bool IsIgnite3(ProcessFact process) => process.Arguments.Contains(Main, StringComparer.Ordinal);

    /// <summary>Whether a process is a node of Ignite 2.</summary>
    public static bool IsIgnite2(ProcessFact process) => process.Arguments.Contains(EarlierMain, StringComparer.Ordinal);

    /// <summary>The path of its configuration as it sees it, or null with the reason.</summary>
    public static (string? Path, string Lack) ConfigOf(ProcessFact process)
    {
        string? path = OptionOf(process, "--config-path", "IGNITE_CONFIG_PATH");
        return path is not null ? Absolute(process, path) is { } absolute
                ? (absolute, "")
                : (null, $"{process.Place} names its configuration by a relative path, and its working folder may not be seen")
            : process.Environment is null ? (null, $"{process.Place} does not name its configuration in its arguments, and its environment may not be seen")
            : (null, $"{process.Place} does not name its configuration");
    }

    /// <summary>Its working folder (<c>--work-dir</c>) as it sees it, or null.</summary>
    public static string? WorkFolderOf(ProcessFact process) => OptionOf(process, "--work-dir", "IGNITE_WORK_DIR") is { } path ? Absolute(process, path) : null;

    /// <summary>The version by the name of a library of its class path, or in the folder of one.</summary>
    public static string? VersionOf(IHost host, ProcessFact process)
    {
        ImmutableArray<string> paths = [.. process.Arguments, .. process.Environment is { } variables && variables.TryGetValue("CLASSPATH", out string? path) ? [path] : Array.Empty<string>()];
        foreach (string argument in paths)
        {
            if (IgniteRelease.OfLibrary(argument) is { } version)
            {
                return version;
            }
        }

        string? folder = process.Environment?.GetValueOrDefault("LIBS_DIR") ?? (process.Environment?.GetValueOrDefault("IGNITE_HOME") is { } home ? home + (IsIgnite2(process) ? "/libs" : "/lib") : null);
        return folder is null ? null : OfFolder(host, process.Root + folder);
    }

    /// <summary>The version by the name of a library in a folder, or null.</summary>
    public static string? OfFolder(IHost host, string folder) => host.List(folder).Select(IgniteRelease.OfLibrary).FirstOrDefault(static version => version is not null);

    /// <summary>Flags of its Java machine: its arguments before the class, and the variables that Java reads itself.</summary>
    public static ImmutableArray<JavaFlag> FlagsOf(ProcessFact process)
    {
        IEnumerable<JavaFlag> read = process.Environment is { } environment
            ? JavaFlag.Of(EnvironmentVariables.Of(process.Place, environment)).Where(flag => !process.Arguments.Contains(flag.Text, StringComparer.Ordinal))
            : [];
        return [.. read, .. process.Arguments.Skip(1).TakeWhile(static argument => argument is not (Main or EarlierMain)).Select(argument => new JavaFlag(argument, EvidenceKind.Process, process.Place))];
    }

    /// <summary>Who it runs as.</summary>
    public static Account AccountOf(IHost host, ProcessFact process)
    {
        string name = host.UserName(process.User) ?? $"{process.User}";
        return new Account(process.User == 0, name, new Evidence(EvidenceKind.Process, process.Place, $"user {name}"));
    }

    private static string? OptionOf(ProcessFact process, string option, string variable)
    {
        ImmutableArray<string> arguments = process.Arguments;
        for (int at = arguments.Length - 1; at >= 0; at--)
        {
            if (arguments[at].StartsWith(option + "=", StringComparison.Ordinal))
            {
                return arguments[at][(option.Length + 1)..];
            }

            if (arguments[at] == option && at + 1 < arguments.Length)
            {
                return arguments[at + 1];
            }
        }

        return process.Environment?.GetValueOrDefault(variable);
    }

    private static string? Absolute(ProcessFact process, string path) =>
        path.StartsWith('/') ? path
        : process.WorkingDirectory is { } folder && folder.StartsWith('/') ? $"{folder.TrimEnd('/')}/{path}"
        : null;
}
