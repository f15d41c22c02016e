using System.Collections.Immutable;
using System.Globalization;
using Gatehouse.Engine.Admission;
using Gatehouse.Engine.Auditing;
using Gatehouse.Engine.Auditing.Outputs;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Gates;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Telemetry;

/// <summary>
/// The node's figures as a page for Prometheus. Names and labels are listed in docs/operate/metrics.md and do not change their
/// meaning. Labels are names of the configuration and fixed words: never a user, an address or a request.
/// </summary>
internal sealed class NodeMetrics(MetricsSources sources)
{
    /// <summary>The page as of now.</summary>
    public string Write()
    {
        var text = new MetricsText();
        text.Gauge("gatehouse_build_info", "Always 1; what is running.")
            .Sample(1, ("version", sources.Version), ("runtime", Environment.Version.ToString()));
        WriteAdmission(text, sources.Admission);
        WriteGates(text, sources.Gates());
        WriteAudit(text, sources.Audit());
        WriteAlarms(text, sources.Alarms);
        WriteOutputs(text, sources.Outputs());
        if (sources.Mesh() is { } mesh)
        {
            MeshFigures.Write(text, mesh);
        }

        WriteState(text);
        ProcessFigures.Write(text);
        return text.ToString();
    }

    private void WriteAdmission(MetricsText text, AdmissionCounters counters)
    {
        text.Counter("gatehouse_connections_admitted_total", "Connections let in by address filter and budgets.")
            .Sample(counters.Admitted);
        text.Counter("gatehouse_connections_denied_total", "Connections closed before TLS, by what refused them.")
            .Sample(counters.DeniedByFilter, ("reason", "address_denied"))
            .Sample(counters.DeniedByConnectionBudget, ("reason", "connections"))
            .Sample(counters.DeniedByHandshakeBudget, ("reason", "handshakes"))
            .Sample(counters.ProxyHeadersRefused, ("reason", "proxy_header"));
        text.Counter("gatehouse_tls_handshakes_total", "TLS handshakes that ended, by result.")
            .Sample(counters.HandshakesDone, ("result", "done"))
            .Sample(counters.HandshakesFailed, ("result", "failed"));
        text.Gauge("gatehouse_tls_handshakes_open", "TLS handshakes and PROXY headers under way.")
            .Sample(counters.Handshakes);
        text.Gauge("gatehouse_connections", "Live connections by gate; admin and metrics are the node's own listeners.");
        foreach ((string gate, int count) in sources.Connections.CountByGate())
        {
            text.Sample(count, ("gate", gate));
        }
    }

    private static void WriteGates(MetricsText text, ImmutableArray<GateStatus> gates)
    {
        text.Gauge("gatehouse_gate_listening", "1 while the gate listens, 0 where it is disabled or could not.");
        foreach (GateStatus gate in gates)
        {
            text.Sample(
                gate.State == GateState.Listening,
                ("gate", gate.Model.Name),
                ("protocol", gate.Model.Configuration.Protocol),
                ("system", gate.Model.System));
        }

        text.Counter("gatehouse_gate_requests_total", "Requests begun (connections of a tcp or mqtt gate).");
        Each(text, gates, static counters => counters.Requests);
        text.Counter("gatehouse_gate_denied_total", "Requests refused by login, classification or authorization.");
        Each(text, gates, static counters => counters.Denied);
        text.Counter("gatehouse_gate_failed_total", "Requests allowed and not passed on to their end.");
        Each(text, gates, static counters => counters.Failed);
        text.Gauge("gatehouse_gate_requests_active", "Requests under way.");
        Each(text, gates, static counters => counters.Active);
        WriteMessages(text, [.. gates.Where(static gate => gate.Model.Configuration.Protocol == Words.Mqtt)]);
    }

    private static void WriteMessages(MetricsText text, ImmutableArray<GateStatus> gates)
    {
        if (gates.IsEmpty)
        {
            return;
        }

        text.Counter("gatehouse_mqtt_published_total", "Messages of clients that went on to the broker.");
        Each(text, gates, static counters => counters.Published);
        text.Counter("gatehouse_mqtt_delivered_total", "Messages of the broker that went on to clients.");
        Each(text, gates, static counters => counters.Delivered);
        text.Counter("gatehouse_mqtt_withheld_total", "Messages of the broker that were kept back from clients.");
        Each(text, gates, static counters => counters.Withheld);
    }

    private static void Each(MetricsText text, ImmutableArray<GateStatus> gates, Func<GateCounters, long> figure)
    {
        foreach (GateStatus gate in gates)
        {
            text.Sample(figure(gate.Counters), ("gate", gate.Model.Name));
        }
    }

    private static void WriteOutputs(MetricsText text, ImmutableArray<AuditOutput> outputs)
    {
        if (outputs.IsEmpty)
        {
            return;
        }

        MetricsText up = text.Gauge("gatehouse_audit_output_up", "1 while the last attempt to deliver to the output worked.");
        foreach (AuditOutput output in outputs)
        {
            up.Sample(output.Failure is null, ("output", output.Settings.Name));
        }

        MetricsText behind = text.Gauge("gatehouse_audit_output_behind_bytes", "Bytes of the trail not yet sent to the output.");
        foreach (AuditOutput output in outputs)
        {
            behind.Sample(output.Behind, ("output", output.Settings.Name));
        }

        MetricsText sent = text.Counter("gatehouse_audit_output_records_total", "Records sent to the output; what was sent twice counts twice.");
        foreach (AuditOutput output in outputs)
        {
            sent.Sample(output.Delivered, ("output", output.Settings.Name));
        }

        MetricsText refused = text.Counter("gatehouse_audit_output_refused_total", "Records that the receiver refused for good; they stay in the trail.");
        foreach (AuditOutput output in outputs)
        {
            refused.Sample(output.Refused.Total, ("output", output.Settings.Name));
        }
    }

    private static void WriteAudit(MetricsText text, AuditFigures audit)
    {
        text.Gauge("gatehouse_audit_writing", "1 while the trail takes records; at 0 nothing is forwarded.")
            .Sample(audit.IsHealthy);
        text.Counter("gatehouse_audit_records_written_total", "Records handed over and on disk.")
            .Sample(audit.Written);
        text.Gauge("gatehouse_audit_records_waiting", "Records handed over and not on disk yet.")
            .Sample(audit.Waiting);
        text.Counter("gatehouse_audit_records_dropped_total", "Refusals that found no room and were counted in a summary record instead.")
            .Sample(audit.Dropped);
        text.Gauge("gatehouse_audit_anchoring", "1 while the newest signed head is kept in the store.")
            .Sample(audit.IsAnchored);
    }

    private static void WriteAlarms(MetricsText text, AlarmCounts alarms)
    {
        // The first break-glass login must be seen as an increase: the counter is there before it.
        var counts = alarms.All.ToDictionary(StringComparer.Ordinal);
        counts.TryAdd(IdentityProblems.BreakGlassUsed.Id, 0);
        text.Counter("gatehouse_alarms_total", "Alarms by problem id; GH5031: a break-glass account logged in.");
        foreach ((string id, long count) in counts)
        {
            text.Sample(count, ("id", id));
        }
    }

    private void WriteState(MetricsText text)
    {
        text.Gauge("gatehouse_snapshot_generation", "The generation of the cluster state that is decided on.")
            .Sample(sources.Snapshots.Current.Generation);
        text.Gauge("gatehouse_snapshot_epoch", "Snapshots put in force since the start.")
            .Sample(sources.Snapshots.Current.Epoch);
        text.Gauge("gatehouse_store_up", "0 while the node decides with the generation it kept and refuses changes.")
            .Sample(sources.IsStoreUp());
        text.Gauge("gatehouse_certificate_remaining_seconds", "Seconds until the certificate in use ends; below 0 it has.")
            .Sample(Math.Floor((sources.CertificateExpires() - sources.Time.GetUtcNow()).TotalSeconds), ("certificate", "server"));
    }
}

/// <summary>The process as the kernel counts it, under the names that every Prometheus client uses.</summary>
internal static class ProcessFigures
{
    /// <summary>Writes them.</summary>
    public static void Write(MetricsText text)
    {
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        Environment.ProcessCpuUsage cpu = Environment.CpuUsage;
        text.Counter("process_cpu_seconds_total", "User and system time of the process in seconds.")
            .Sample(cpu.TotalTime.TotalSeconds);
        text.Gauge("process_start_time_seconds", "When the process started, in seconds since 1970.")
            .Sample(new DateTimeOffset(process.StartTime).ToUnixTimeMilliseconds() / 1000.0);
        text.Gauge("process_resident_memory_bytes", "Memory of the process in RAM.")
            .Sample(process.WorkingSet64);
        text.Gauge("process_virtual_memory_bytes", "Address space of the process.")
            .Sample(process.VirtualMemorySize64);
        text.Gauge("process_open_fds", "Open file descriptors.")
            .Sample(Directory.EnumerateFileSystemEntries("/proc/self/fd").Count());
        text.Gauge("gatehouse_managed_heap_bytes", "Bytes on the managed heap after the last collection.")
            .Sample(GC.GetGCMemoryInfo().HeapSizeBytes);
        text.Counter("gatehouse_allocated_bytes_total", "Bytes allocated on the managed heap since the start.")
            .Sample(GC.GetTotalAllocatedBytes());
        text.Counter("gatehouse_gc_collections_total", "Garbage collections by the oldest generation they looked at.");
        for (int generation = 0; generation <= GC.MaxGeneration; generation++)
        {
            int older = generation == GC.MaxGeneration ? 0 : GC.CollectionCount(generation + 1);
            text.Sample(GC.CollectionCount(generation) - older, ("generation", generation.ToString(CultureInfo.InvariantCulture)));
        }
    }
}
