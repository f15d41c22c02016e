using Gatehouse.Doctor.Facts;

namespace Gatehouse.Doctor.Emqx.Reading;

/// <summary>Processes of EMQX: an Erlang machine with arguments of <c>bin/emqx</c>.</summary>
internal static class EmqxProcess
{
    /// <summary>Whether it is a broker, and no shell or command on one.</summary>
    public static bool Is(ProcessFact process)
    {
        bool isOurs = process.Arguments.Contains("-emqx_data_dir")
            || (ErlangFlags.ValueOf(process.Arguments, "-epmd_module") == "ekka_epmd" && ErlangFlags.ValueOf(process.Arguments, "-config")?.Contains("/configs/app.", StringComparison.Ordinal) == true);
        return isOurs && NodeName(process)?.StartsWith("remsh", StringComparison.Ordinal) != true;
    }

    /// <summary>The node's name, or null.</summary>
    public static string? NodeName(ProcessFact process) => ErlangFlags.ValueOf(process.Arguments, "-name") ?? ErlangFlags.ValueOf(process.Arguments, "-sname");

    /// <summary>Where it lies, by its arguments and environment.</summary>
    public static EmqxPlaces PlacesOf(ProcessFact process)
    {
        string root = ErlangFlags.ValueOf(process.Arguments, "-root") ?? process.Environment?.GetValueOrDefault("RUNNER_ROOT_DIR") ?? process.WorkingDirectory ?? "/opt/emqx";
        EmqxPlaces places = EmqxPlaces.OfRoot(root.TrimEnd('/'), process.Root);
        if (process.Environment?.GetValueOrDefault("EMQX_ETC_DIR") is { Length: > 0 } etc)
        {
            places = places with { Etc = etc.TrimEnd('/') };
        }

        return ErlangFlags.ValueOf(process.Arguments, "-emqx_data_dir") is { Length: > 0 } data ? places with { Data = data.TrimEnd('/') } : places;
    }

    /// <summary>The version that its arguments name (<c>-boot /usr/lib/emqx/releases/5.8.6/start</c>), or null.</summary>
    public static string? VersionOf(ProcessFact process) =>
        ErlangFlags.ValueOf(process.Arguments, "-boot")?.Split('/').Select(EmqxRelease.Parse).FirstOrDefault(static release => release is not null)?.ToString();
}
