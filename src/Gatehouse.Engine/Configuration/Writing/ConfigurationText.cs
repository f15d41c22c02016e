using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Gatehouse.Engine.Configuration.Writing;

/// <summary>The text of a configuration: what differs from the defaults, with a comment where a reader needs one.</summary>
internal static class ConfigurationText
{
    /// <summary>A whole file.</summary>
    public static string Of(NodeConfiguration configuration)
    {
        var text = new StringBuilder();
        text.Append("# Gatehouse's configuration of this host. Changes are taken over while it runs;\n");
        text.Append("# a file with an error is reported and changes nothing. Try it first: gatehouse check\n");
        text.Append("version: 1\n");
        if (configuration.Node is string node)
        {
            text.Append($"node: {Scalar(node)}\n");
        }

        text.Append("\n# The admin API, also on the socket in the data folder.\n");
        text.Append($"admin:\n  listen: {Scalar(configuration.Admin.Listen)}\n");
        if (configuration.Metrics != new NodeConfiguration().Metrics)
        {
            text.Append($"metrics: {Scalar(configuration.Metrics ?? Words.Off)}\n");
        }

        Gates(text, configuration.Gates);
        Catalogues(text, configuration.Catalogues);
        StoreText.Append(text, configuration.Store);
        MeshText.Append(text, configuration.Mesh);
        Section(text, "The audit trail.", "audit", Audit(configuration.Audit));
        Section(text, "TLS of every listener.", "tls", Tls(configuration.Tls));
        Section(text, "Budgets of every listener.", "limits", Limits(configuration.Limits));
        return text.ToString();
    }

    /// <summary>The keys and values of a gate that are not the default.</summary>
    public static IEnumerable<(string Key, string Value)> Gate(GateConfiguration gate)
    {
        var plain = new GateConfiguration { Name = gate.Name, Protocol = "", Listen = "", Upstream = "" };
        (string Key, string? Value)[] all =
        [
            ("protocol", Scalar(gate.Protocol)), ("system", Text(gate.System)), ("listen", Scalar(gate.Listen)),
            ("upstream", Scalar(gate.Upstream)), ("upstream_ca", Text(gate.UpstreamCa)), ("upstream_server_name", Text(gate.UpstreamServerName)),
            ("upstream_user", Text(gate.UpstreamUser)), ("upstream_password", Place(gate.UpstreamPassword)),
            ("upstream_api_key", Place(gate.UpstreamApiKey)),
            ("upstream_certificate", Text(gate.UpstreamCertificate)), ("upstream_key", Text(gate.UpstreamKey)),
            ("run_as", List(gate.RunAs)), ("enabled", gate.Enabled ? null : "false"), ("realms", List(gate.Realms)),
            ("allow_users", List(gate.AllowUsers)), ("hosts", List(gate.Hosts)),
            ("cors", CorsText.Of(gate.Cors)), ("upgrade", List(gate.Upgrade)),
            ("max_body", gate.MaxBody == plain.MaxBody ? null : Quantities.WriteSize(gate.MaxBody)),
            ("strict", gate.Strict ? "true" : null), ("wildcard_deletes", gate.WildcardDeletes ? "true" : null),
            ("audit_body", gate.AuditBody == 0 ? null : Quantities.WriteSize(gate.AuditBody)), ("audit_body_mask", List(gate.AuditBodyMask)),
            ("idle_timeout", gate.IdleTimeout == plain.IdleTimeout ? null : Quantities.WriteDuration(gate.IdleTimeout)),
            ("proxy_protocol_from", List(gate.ProxyProtocolFrom)), ("certificate_file", Text(gate.CertificateFile)),
            ("key_file", Text(gate.KeyFile)), ("client_ca_file", gate.TakesClusterClients ? Words.Cluster : Text(gate.ClientCaFile)), ("tls", gate.Tls ? null : "false"),
            ("tls_profile", Text(gate.TlsProfile)), ("tls_versions", List(gate.TlsVersions)), ("tls_ciphers", List(gate.TlsCiphers)),
            ("mqtt", MqttText.Of(gate.Mqtt)),
            ("ignite", IgniteText.Of(gate.Ignite)),
            ("ignite_rest", IgniteRestText.Of(gate.IgniteRest)),
            ("ipfs", IpfsText.Of(gate.Ipfs)),
            ("swarm", SwarmText.Of(gate.Swarm)),
        ];
        return all.Where(static p => p.Value is not null).Select(static p => (p.Key, p.Value!));
    }

    /// <summary>A value in quotes where the plain form would be read as something else.</summary>
    public static string Scalar(string value)
    {
        bool plain = value.Length > 0 && char.IsAsciiLetterOrDigit(value[0])
            && value.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or '/' or ':' or '@' or '+')
            && !value.EndsWith(':')
            && value.ToLowerInvariant() is not ("true" or "false" or "null" or "yes" or "no" or "on");
        if (plain)
        {
            return value;
        }

        return value.Any(static c => c < ' ')
            ? "\"" + value.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n").Replace("\r", "\\r").Replace("\t", "\\t") + "\""
            : "'" + value.Replace("'", "''") + "'";
    }

    private static void Gates(StringBuilder text, ImmutableArray<GateConfiguration> gates)
    {
        text.Append("\n# Guarded entrances: clients connect to `listen`, the guarded service is `upstream`.\n");
        text.Append(gates.IsEmpty ? "gates: {}\n" : "gates:\n");
        foreach (GateConfiguration gate in gates)
        {
            text.Append($"  {gate.Name}:\n");
            foreach ((string key, string value) in Gate(gate))
            {
                text.Append($"    {key}: {value}\n");
            }
        }
    }

    private static void Catalogues(StringBuilder text, ImmutableArray<CatalogueConfiguration> catalogues)
    {
        if (catalogues.IsEmpty)
        {
            return;
        }

        text.Append("\n# Which request of a guarded API is which operation: one line an endpoint.\ncatalogues:\n");
        foreach (CatalogueConfiguration catalogue in catalogues)
        {
            text.Append($"  {catalogue.Name}:\n");
            if (catalogue.File is string file)
            {
                text.Append($"    file: {Scalar(file)}\n");
            }

            if (catalogue.Endpoints is string endpoints)
            {
                text.Append($"    endpoints: {Block(endpoints)}\n");
            }
        }
    }

    private static string Block(string value)
    {
        // A block shows the table as it is; what a block cannot hold exactly is quoted.
        bool fits = value.EndsWith('\n') && !value.EndsWith("\n\n", StringComparison.Ordinal) && value[0] is not (' ' or '\n')
            && !value.Any(static c => c is '\r' or '\t');
        return fits ? "|\n" + string.Join('\n', value.TrimEnd('\n').Split('\n').Select(static l => l.Length == 0 ? l : "      " + l)) : Scalar(value);
    }

    private static void Section(StringBuilder text, string comment, string name, IEnumerable<(string Key, string? Value)> keys)
    {
        (string Key, string? Value)[] set = [.. keys.Where(static k => k.Value is not null)];
        if (set.Length > 0)
        {
            text.Append($"\n# {comment}\n{name}:\n");
            foreach ((string key, string? value) in set)
            {
                text.Append(value is ['\n', ..] ? $"  {key}:{value}\n" : $"  {key}: {value}\n");
            }
        }
    }

    private static IEnumerable<(string Key, string? Value)> Audit(AuditConfiguration audit)
    {
        var plain = new AuditConfiguration();
        yield return ("durability", Scalar(audit.Durability));
        yield return ("directory", Text(audit.Directory));
        yield return ("segment_size", audit.SegmentBytes == plain.SegmentBytes ? null : Quantities.WriteSize(audit.SegmentBytes));
        yield return ("segment_age", audit.SegmentAge == plain.SegmentAge ? null : Quantities.WriteDuration(audit.SegmentAge));
        yield return ("keep_for", audit.KeepFor is TimeSpan keep ? Quantities.WriteDuration(keep) : null);
        yield return ("outputs", audit.Outputs.IsEmpty ? null : "\n    " + string.Join("\n    ", audit.Outputs.SelectMany(Output)));
    }

    private static IEnumerable<string> Output(OutputConfiguration output)
    {
        var plain = new OutputConfiguration { Name = output.Name };
        (string Key, string? Value)[] all =
        [
            ("address", Scalar(output.Address)), ("ca", Text(output.Ca)), ("server_name", Text(output.ServerName)),
            ("certificate_file", Text(output.CertificateFile)), ("key_file", Text(output.KeyFile)),
            ("bearer", output.Headers.FirstOrDefault(static h => h.IsBearer) is { } bearer ? Quote(bearer.Secret.ToString()) : null),
            ("headers", HeadersOf(output)),
            ("facility", output.Facility == plain.Facility ? null : Scalar(output.Facility)),
            ("max_message", output.MaxMessage == plain.MaxMessage ? null : Quantities.WriteSize(output.MaxMessage)),
            ("limit", output.Limit == plain.Limit ? null : Quantities.WriteSize(output.Limit)),
            ("on_overflow", output.OnOverflow == plain.OnOverflow ? null : Scalar(output.OnOverflow)),
        ];
        return [output.Name + ":", .. all.Where(static p => p.Value is not null).Select(static p => $"  {p.Key}: {p.Value}")];
    }

    private static string? HeadersOf(OutputConfiguration output)
    {
        string[] own = [.. output.Headers.Where(static h => !h.IsBearer).Select(static h => $"{Quote(h.Name)}: {Quote(h.Secret.ToString())}")];
        return own.Length == 0 ? null : "{ " + string.Join(", ", own) + " }";
    }

    private static IEnumerable<(string Key, string? Value)> Tls(TlsConfiguration tls)
    {
        yield return ("profile", Scalar(tls.Profile));
        yield return ("fips_module", Text(tls.FipsModule));
        yield return ("names", List(tls.Names));
    }

    private static IEnumerable<(string Key, string? Value)> Limits(LimitsConfiguration limits)
    {
        var plain = new LimitsConfiguration();
        yield return ("connections", Number(limits.Connections, plain.Connections));
        yield return ("connections_per_source", Number(limits.ConnectionsPerSource, plain.ConnectionsPerSource));
        yield return ("handshakes", Number(limits.Handshakes, plain.Handshakes));
        yield return ("handshakes_per_source", Number(limits.HandshakesPerSource, plain.HandshakesPerSource));
        yield return ("handshake_timeout", Duration(limits.HandshakeTimeout, plain.HandshakeTimeout));
        yield return ("head_timeout", Duration(limits.HeadTimeout, plain.HeadTimeout));
        yield return ("keep_alive", Duration(limits.KeepAlive, plain.KeepAlive));
    }

    private static string? Place(SecretReference? secret) => secret is null ? null : Quote(secret.ToString());

    private static string? Text(string? value) => value is null ? null : Scalar(value);

    private static string? Number(int value, int plain) => value == plain ? null : value.ToString(CultureInfo.InvariantCulture);

    private static string? Duration(TimeSpan value, TimeSpan plain) => value == plain ? null : Quantities.WriteDuration(value);

    private static string? List(ImmutableArray<string> values) =>
        values.IsDefaultOrEmpty ? null : "[" + string.Join(", ", values.Select(static v => v.Contains(':', StringComparison.Ordinal) ? Quote(v) : Scalar(v))) + "]";

    private static string Quote(string value) => "'" + value.Replace("'", "''") + "'";
}
