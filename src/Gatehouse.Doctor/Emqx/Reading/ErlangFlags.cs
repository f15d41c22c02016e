using System.Collections.Immutable;
using System.Net;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Emqx.Reading;

/// <summary>What an argument of the Erlang machine says, and where. The value may be the cookie.</summary>
/// <param name="Value">Its value.</param>
/// <param name="Evidence">Its place, the cookie masked.</param>
internal sealed record ErlangFlag(string Value, Evidence Evidence)
{
    /// <summary>An address written as a tuple (<c>{127,0,0,1}</c>); null for anything else.</summary>
    public IPAddress? AsAddress()
    {
        string[] parts = Value.Trim().Trim('{', '}').Split(',', StringSplitOptions.TrimEntries);
        var bytes = new List<byte>();
        foreach (string part in parts)
        {
            if (!ushort.TryParse(part, out ushort number) || (parts.Length == 4 && number > byte.MaxValue))
            {
                return null;
            }

            bytes.AddRange(parts.Length == 4 ? [(byte)number] : [(byte)(number >> 8), (byte)number]);
        }

        return bytes.Count is 4 or 16 ? new IPAddress(bytes.ToArray()) : null;
    }
}

/// <summary>The arguments that the Erlang machine was started with, or would be.</summary>
internal sealed class ErlangFlags
{
    private readonly Func<string, string?, ErlangFlag?> _find;

    private ErlangFlags(Func<string, string?, ErlangFlag?> find, bool isRunning)
    {
        _find = find;
        IsRunning = isRunning;
    }

    /// <summary>None are known.</summary>
    public static ErlangFlags None { get; } = new(static (_, _) => null, isRunning: false);

    /// <summary>Whether they are a running process's, and thus all that there are.</summary>
    public bool IsRunning { get; }

    /// <summary>A flag with one value (<c>-setcookie</c>), or null.</summary>
    public ErlangFlag? Find(string flag) => _find(flag, null);

    /// <summary>A parameter of the kernel application (<c>-kernel net_ticktime 120</c>), or null.</summary>
    public ErlangFlag? Kernel(string parameter) => _find("-kernel", parameter);

    /// <summary>A variable of the environment that the machine sets at its start (<c>-env NAME value</c>), or null.</summary>
    public ErlangFlag? Variable(string name) => _find("-env", name);

    /// <summary>Of a command line.</summary>
    public static ErlangFlags Of(ProcessFact process) => new((flag, parameter) => InArguments(process, flag, parameter), isRunning: true);

    /// <summary>Of <c>vm.args</c>.</summary>
    public static ErlangFlags Of(SettingTree file) => new((flag, parameter) => InFile(file, flag, parameter), isRunning: false);

    /// <summary>The value behind a flag of a command line; the last one counts.</summary>
    public static string? ValueOf(ImmutableArray<string> arguments, string flag, string? parameter = null)
    {
        string? found = null;
        for (int i = 0; i < arguments.Length - 1; i++)
        {
            if (arguments[i] != flag)
            {
                continue;
            }

            if (parameter is null)
            {
                found = arguments[i + 1];
                continue;
            }

            for (int at = i + 1; at + 1 < arguments.Length && !arguments[at].StartsWith('-'); at += 2)
            {
                found = arguments[at] == parameter ? arguments[at + 1] : found;
            }
        }

        return found;
    }

    private static ErlangFlag? InArguments(ProcessFact process, string flag, string? parameter) =>
        ValueOf(process.Arguments, flag, parameter) is { } value ? new ErlangFlag(value, Shown.Of(process, Text(flag, parameter, value))) : null;

    private static ErlangFlag? InFile(SettingTree file, string flag, string? parameter)
    {
        Setting setting = file.Find(parameter is null ? SettingPath.Of(flag) : SettingPath.Of(flag, parameter));
        return setting is { Text: { } value, Origin: { } origin }
            ? new ErlangFlag(value, new Evidence(EvidenceKind.File, origin.Source, Text(flag, parameter, value), origin.Line, origin.Column))
            : null;
    }

    private static string Text(string flag, string? parameter, string value) =>
        $"{flag} {(parameter is null ? "" : parameter + " ")}{(flag == "-setcookie" ? Shown.Mask : value)}";
}
