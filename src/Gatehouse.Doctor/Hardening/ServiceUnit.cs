using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Texts;
using Gatehouse.Doctor.Texts.Units;
using Gatehouse.Problems;

namespace Gatehouse.Doctor.Hardening;

/// <summary>The unit that starts a service, with what the administrator laid over it.</summary>
/// <param name="Path">Its file.</param>
/// <param name="Settings">What is in force.</param>
internal sealed record ServiceUnit(string Path, UnitSettings Settings)
{
    // The first of them wins, but for drop-ins (systemd.unit(5), "Unit File Load Path").
    private static readonly string[] Folders = ["/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"];

    /// <summary>The user whom it names, or null.</summary>
    public string? User => Settings.Settings["Service.User"].Text is { Length: > 0 } user && !user.Contains('%', StringComparison.Ordinal) ? user : null;

    /// <summary>The first of these units that this host has and that can be read.</summary>
    public static ServiceUnit? Find(IHost host, ReadOnlySpan<string> units)
    {
        foreach (string unit in units)
        {
            if (Folders.Select(folder => $"{folder}/{unit}").FirstOrDefault(path => host.Look(path) is { Status.IsFile: true }) is { } main)
            {
                string[] dropIns =
                [
                    .. Folders.Select(folder => $"{folder}/{unit}.d").SelectMany(folder => host.List(folder).Where(static name => name.EndsWith(".conf", StringComparison.Ordinal)).Select(name => $"{folder}/{name}"))
                        .OrderBy(static path => global::System.IO.Path.GetFileName(path), StringComparer.Ordinal),
                ];
                try
                {
                    return new ServiceUnit(main, UnitSettings.Of(Read(host, main), dropIns.Select(path => Read(host, path))));
                }
                catch (ProblemException)
                {
                    return null; // doctor says what is wrong with it; here only its help is missing
                }
            }
        }

        return null;
    }

    /// <summary>The variables that it sets.</summary>
    public EnvironmentVariables Environment(IHost host)
    {
        try
        {
            return Settings.Environment(path => host.Read(path).Bytes, out _);
        }
        catch (ProblemException)
        {
            return EnvironmentVariables.Unknown; // the same
        }
    }

    private static UnitFile Read(IHost host, string path) => UnitFile.Read(host.Read(path).Bytes ?? [], path);
}
