using System.Collections.Immutable;

namespace Gatehouse.Doctor.Elastic.Shippers;

/// <summary>Where a Beat sends, and where Logstash's own settings send.</summary>
internal static class BeatOutputs
{
    private static readonly string[] OfBeats = ["output.elasticsearch", "output.logstash", "monitoring.elasticsearch", "xpack.monitoring.elasticsearch", "setup.kibana"];
    private static readonly string[] OfLogstash = ["xpack.monitoring.elasticsearch", "xpack.management.elasticsearch"];

    /// <summary>Those of a Beat.</summary>
    public static IEnumerable<Output> OfBeat(LayeredSettings settings) => OfBeats.Where(path => IsUsed(settings, path)).Select(path => Read(settings, path, path == "setup.kibana" ? "host" : "hosts"));

    /// <summary>Those of <c>logstash.yml</c>.</summary>
    public static IEnumerable<Output> OfLogstashFile(LayeredSettings settings) => OfLogstash.Where(path => IsUsed(settings, path)).Select(path => Read(settings, path, "hosts"));

    private static bool IsUsed(LayeredSettings settings, string path) => settings.Names(path).Any() && settings[$"{path}.enabled"].Flag(true) != false;

    private static Output Read(LayeredSettings settings, string path, string hosts) => new()
    {
        Name = path,
        Hosts = settings[$"{path}.{hosts}"],
        Protocol = settings[$"{path}.protocol"],
        Tls = settings[$"{path}.ssl.enabled"] is { IsSet: true } set ? set : path.EndsWith(".logstash", StringComparison.Ordinal) ? settings[$"{path}.ssl"] : settings[$"{path}.no-such-switch"],
        Verification = settings[$"{path}.ssl.verification_mode"],
        User = settings[$"{path}.username"],
        Secrets = [settings[$"{path}.password"], settings[$"{path}.api_key"], settings[$"{path}.ssl.key_passphrase"]],
    };
}
