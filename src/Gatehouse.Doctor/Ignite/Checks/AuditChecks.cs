using System.Collections.Immutable;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Ignite.Checks;

/// <summary>What the cluster writes down of its use, and what it sends to others.</summary>
internal static class AuditChecks
{
    private const string Exporters = "metrics.exporters";

    /// <summary>Its rules.</summary>
    public static ImmutableArray<Rule<IgniteSubject>> All { get; } =
    [
        Events("IGN-LOG-001", LeavesOut),
        Events("IGN-LOG-002", SendsReadable),
        Events("IGN-LOG-003", LeadsNowhere),
        Events("IGN-LOG-004", NamesUnknownEvents),
        Scope.Cluster("IGN-MET-001", ExportsReadable),
    ];

    private static Rule<IgniteSubject> Events(string id, Func<IgniteSubject, IgniteFile, EventLog, IEnumerable<Observation>> look) =>
        Scope.Cluster(id, (subject, file) => EventLog.Of(file) is { } log ? look(subject, file, log) : [file.Unsure(EventLog.UnknownOf(file))]);

    private static IEnumerable<Observation> LeavesOut(IgniteSubject subject, IgniteFile file, EventLog log)
    {
        if (log.Recorded() is not { } events)
        {
            yield return new Observation("which events are written down cannot be told", [file.Show("eventlog")]) { IsUnknown = true };
            yield break;
        }

        var missing = new List<string>();
        if (!events.Contains("USER_AUTHENTICATION_SUCCESS") || !events.Contains("USER_AUTHENTICATION_FAILURE"))
        {
            missing.Add("logins");
        }

        if (!events.Contains("QUERY_STARTED") && !events.Contains("QUERY_FINISHED"))
        {
            missing.Add("queries");
        }

        // Earlier nodes refuse a configuration with these names.
        if (subject.Release >= IgniteRelease.RestEvents && !events.Contains("REST_API_REQUEST_STARTED") && !events.Contains("REST_API_REQUEST_FINISHED"))
        {
            missing.Add("requests to REST");
        }

        if (missing.Count > 0)
        {
            yield return Observation.Of($"the cluster does not write down {string.Join(", ", missing)}", file.Show("eventlog"));
        }
    }

    private static IEnumerable<Observation> SendsReadable(IgniteSubject subject, IgniteFile file, EventLog log)
    {
        foreach (NamedEntry sink in log.Sinks)
        {
            if (EventLog.TypeOf(sink) is not { } type)
            {
                yield return file.Unsure(sink.At("type"));
            }
            else if (type == "webhook")
            {
                foreach (Observation observation in GoesReadable(file, sink, $"sink `{sink.Name}` sends events"))
                {
                    yield return observation;
                }
            }
        }
    }

    private static IEnumerable<Observation> LeadsNowhere(IgniteSubject subject, IgniteFile file, EventLog log)
    {
        foreach (NamedEntry sink in log.Sinks)
        {
            string? name = EventLog.ChannelOf(sink);
            Setting channel = sink.At("channel"), level = sink.At("level");
            if (name is null || EventLog.Writes(sink) is null)
            {
                yield return file.Unsure(name is null ? channel : level);
                continue;
            }

            if (!log.Channels.Any(known => known.Name == name))
            {
                yield return Observation.Of($"sink `{sink.Name}` takes events of channel `{name}`, which there is not", file.Show(channel));
            }

            if (EventLog.Writes(sink) == false)
            {
                yield return Observation.Of($"sink `{sink.Name}` writes nothing: its level is `OFF`", file.Show(level));
            }
        }

        foreach (NamedEntry channel in log.Channels)
        {
            if (EventLog.IsOn(channel) is not { } isOn)
            {
                yield return file.Unsure(channel.At("enabled"));
            }
            else if (!isOn)
            {
                yield return Observation.Of($"channel `{channel.Name}` is switched off", file.Show(channel.At("enabled")));
            }
            else if (log.Sinks.All(static sink => EventLog.ChannelOf(sink) is not null) && log.Sinks.All(sink => EventLog.ChannelOf(sink) != channel.Name))
            {
                yield return Observation.Of($"no sink takes the events of channel `{channel.Name}`, so nobody sees them", file.Show(channel.Setting));
            }
        }
    }

    private static IEnumerable<Observation> NamesUnknownEvents(IgniteSubject subject, IgniteFile file, EventLog log)
    {
        foreach (NamedEntry channel in log.Channels)
        {
            Setting setting = channel.At("events");
            if (setting.AsTexts() is not { } events)
            {
                yield return file.Unsure(setting);
                continue;
            }

            string[] unknown = [.. events.Where(static name => IgniteRelease.Since(name) is null)];
            string[] later = [.. events.Where(name => IgniteRelease.Since(name) > (subject.Release ?? new IgniteRelease(3, 0, 0)))];
            if (unknown.Length > 0)
            {
                yield return Observation.Of($"channel `{channel.Name}` names {Quoted(unknown)}, and Apache Ignite has no such event: it refuses the configuration", file.Show(setting));
            }

            if (later.Length > 0)
            {
                IgniteRelease since = later.Max(static name => IgniteRelease.Since(name)!.Value); // those without are in the other list
                yield return subject.Release is { } release
                    ? Observation.Of($"channel `{channel.Name}` names {Quoted(later)}, which Ignite {release} does not have: it refuses the configuration", file.Show(setting))
                    : new Observation($"channel `{channel.Name}` names {Quoted(later)}, which Ignite has from {since} on, and the version of the nodes is not known", [file.Show(setting)]) { IsUnknown = true };
            }
        }
    }

    private static IEnumerable<Observation> ExportsReadable(IgniteSubject subject, IgniteFile file)
    {
        if (file.Named(Exporters) is not { } exporters)
        {
            yield return file.Unsure(Exporters);
            yield break;
        }

        foreach (NamedEntry exporter in exporters.Where(static exporter => IgniteFile.TextOf(exporter.At("exporterName"), exporter.Name)?.Equals("otlp", StringComparison.OrdinalIgnoreCase) != false))
        {
            foreach (Observation observation in GoesReadable(file, exporter, $"exporter `{exporter.Name}` sends metrics"))
            {
                yield return observation;
            }

            foreach (NamedEntry header in IgniteFile.NamedIn(exporter.At("headers"), "name") ?? [])
            {
                if (Shown.IsSensitive(header.Name) || header.Name.Contains("authorization", StringComparison.OrdinalIgnoreCase))
                {
                    yield return Observation.Of($"exporter `{exporter.Name}` sends header `{header.Name}`, whose secret stands readable in the cluster's configuration", file.Show(header.Setting));
                }
            }
        }
    }

    // An address on this host is not on any wire.
    private static IEnumerable<Observation> GoesReadable(IgniteFile file, NamedEntry entry, string what)
    {
        Setting endpoint = entry.At("endpoint"), tls = entry.At("ssl", "enabled");
        if (endpoint.IsUnknown || tls.IsUnknown)
        {
            yield return file.Unsure(endpoint.IsUnknown ? endpoint : tls);
            yield break;
        }

        string address = endpoint.Text ?? "";
        if (IsHere(address))
        {
            yield break;
        }

        if (address.StartsWith("http://", StringComparison.OrdinalIgnoreCase))
        {
            yield return Observation.Of($"{what} over plain HTTP", file.Show(endpoint));
        }
        else if (tls.AsBoolean() != true)
        {
            yield return Observation.Of($"{what} with TLS switched off", file.Show(tls), file.Show(endpoint));
        }
    }

    private static bool IsHere(string endpoint) =>
        Uri.TryCreate(endpoint.Contains("://", StringComparison.Ordinal) ? endpoint : $"tcp://{endpoint}", UriKind.Absolute, out Uri? uri)
        && Reaches.IsThisHost(uri.Host.Trim('[', ']'));

    private static string Quoted(string[] names) => string.Join(", ", names.Select(static name => $"`{name}`"));
}
