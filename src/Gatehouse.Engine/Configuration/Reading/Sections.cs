using System.Collections.Immutable;
using System.Net;
using Gatehouse.Engine.Configuration.Yaml;
using Gatehouse.Identity;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Configuration.Reading;

/// <summary>The whole vocabulary of gatehouse.yaml, one line a key.</summary>
internal static class Sections
{
    private const long MiB = 1024 * 1024;

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    public static Section<AdminConfiguration> Admin { get; } = new(
        "`admin`",
        new Key<AdminConfiguration>("listen", static (r, n, c) => c with { Listen = r.Listen(n) }));

    public static Section<GateConfiguration> Gate { get; } = new(
        "a gate",
        new Key<GateConfiguration>("protocol", static (r, n, c) => c with { Protocol = r.Word(n, Words.Protocols, "protocol") }) { Required = true },
        new Key<GateConfiguration>("system", static (r, n, c) => c with { System = r.Text(n) }),
        new Key<GateConfiguration>("listen", static (r, n, c) => c with { Listen = r.Listen(n) }) { Required = true },
        new Key<GateConfiguration>("upstream", static (r, n, c) => c with { Upstream = r.Upstream(n) }) { Required = true },
        new Key<GateConfiguration>("upstream_ca", static (r, n, c) => c with { UpstreamCa = r.Text(n) }),
        new Key<GateConfiguration>("upstream_server_name", static (r, n, c) => c with { UpstreamServerName = HostName(r, n) }),
        new Key<GateConfiguration>("upstream_user", static (r, n, c) => c with { UpstreamUser = r.Text(n) }),
        new Key<GateConfiguration>("upstream_password", static (r, n, c) => c with { UpstreamPassword = SecretPlace.Read(r, n) ?? SecretReference.Unread }),
        new Key<GateConfiguration>("upstream_api_key", static (r, n, c) => c with { UpstreamApiKey = SecretPlace.Read(r, n) ?? SecretReference.Unread }),
        new Key<GateConfiguration>("upstream_certificate", static (r, n, c) => c with { UpstreamCertificate = r.Text(n) }),
        new Key<GateConfiguration>("upstream_key", static (r, n, c) => c with { UpstreamKey = r.Text(n) }),
        new Key<GateConfiguration>("run_as", static (r, n, c) => c with { RunAs = r.List(n, static (x, i) => x.Text(i)) }),
        new Key<GateConfiguration>("enabled", static (r, n, c) => c with { Enabled = r.Boolean(n) }),
        new Key<GateConfiguration>("realms", static (r, n, c) => c with { Realms = r.List(n, Realm) }),
        new Key<GateConfiguration>("allow_users", static (r, n, c) => c with { AllowUsers = r.List(n, static (x, i) => x.Text(i)) }),
        new Key<GateConfiguration>("hosts", static (r, n, c) => c with { Hosts = r.List(n, Host) }),
        new Key<GateConfiguration>("cors", static (r, n, c) => c with { Cors = CorsSection.Keys.Read(r, n, "gates." + c.Name + ".cors", c.Cors ?? new CorsConfiguration()) }),
        new Key<GateConfiguration>("upgrade", static (r, n, c) => c with { Upgrade = r.List(n, static (x, i) => x.Word(i, Words.Upgrades, "upgrade")) }),
        new Key<GateConfiguration>("max_body", static (r, n, c) => c with { MaxBody = r.Size(n, 0, 1024 * 1024 * MiB) }),
        new Key<GateConfiguration>("strict", static (r, n, c) => c with { Strict = r.Boolean(n) }),
        new Key<GateConfiguration>("wildcard_deletes", static (r, n, c) => c with { WildcardDeletes = r.Boolean(n) }),
        new Key<GateConfiguration>("mqtt", static (r, n, c) => c with { Mqtt = MqttSection.Keys.Read(r, n, "gates." + c.Name + ".mqtt", c.Mqtt ?? new MqttConfiguration()) }),
        new Key<GateConfiguration>("ignite", static (r, n, c) => c with { Ignite = IgniteSection.Read(r, n, "gates." + c.Name + ".ignite", c.Ignite ?? new IgniteConfiguration()) }),
        new Key<GateConfiguration>("ignite_rest", static (r, n, c) => c with { IgniteRest = IgniteRestSection.Keys.Read(r, n, "gates." + c.Name + ".ignite_rest", c.IgniteRest ?? new IgniteRestConfiguration()) }),
        new Key<GateConfiguration>("ipfs", static (r, n, c) => c with { Ipfs = IpfsSection.Keys.Read(r, n, "gates." + c.Name + ".ipfs", c.Ipfs ?? new IpfsConfiguration()) }),
        new Key<GateConfiguration>("swarm", static (r, n, c) => c with { Swarm = SwarmSection.Keys.Read(r, n, "gates." + c.Name + ".swarm", c.Swarm ?? new SwarmConfiguration()) }),
        new Key<GateConfiguration>("audit_body", static (r, n, c) => c with { AuditBody = r.Size(n, 1, 16 * 1024) }),
        new Key<GateConfiguration>("audit_body_mask", static (r, n, c) => c with { AuditBodyMask = r.List(n, static (x, i) => x.Text(i)) }),
        new Key<GateConfiguration>("idle_timeout", static (r, n, c) => c with { IdleTimeout = r.Duration(n, Second, 24 * Hour) }),
        new Key<GateConfiguration>("proxy_protocol_from", static (r, n, c) => c with { ProxyProtocolFrom = r.List(n, static (x, i) => x.Text(i)) }),
        new Key<GateConfiguration>("certificate_file", static (r, n, c) => c with { CertificateFile = r.Text(n) }),
        new Key<GateConfiguration>("key_file", static (r, n, c) => c with { KeyFile = r.Text(n) }),
        new Key<GateConfiguration>("client_ca_file", static (r, n, c) => r.Text(n) is var file && file == Words.Cluster ? c with { TakesClusterClients = true } : c with { ClientCaFile = file }),
        new Key<GateConfiguration>("tls", static (r, n, c) => c with { Tls = r.Boolean(n) }),
        new Key<GateConfiguration>("tls_profile", static (r, n, c) => c with { TlsProfile = r.Word(n, Words.GateProfiles, "TLS profile of a gate") }),
        new Key<GateConfiguration>("tls_versions", static (r, n, c) => c with { TlsVersions = r.List(n, static (x, i) => x.Word(i, Words.TlsVersions, "TLS version")) }),
        new Key<GateConfiguration>("tls_ciphers", static (r, n, c) => c with { TlsCiphers = r.List(n, static (x, i) => x.Word(i, TlsSuites.Names, "cipher suite")) }));

    public static Section<CatalogueConfiguration> Catalogue { get; } = new(
        "a catalogue",
        new Key<CatalogueConfiguration>("file", static (r, n, c) => c with { File = r.Text(n) }),
        new Key<CatalogueConfiguration>("endpoints", static (r, n, c) => c with { Endpoints = r.Lines(n) }));

    public static Section<OutputConfiguration> Output { get; } = new(
        "an audit output",
        new Key<OutputConfiguration>("address", static (r, n, c) => c with { Address = r.Text(n) }) { Required = true },
        new Key<OutputConfiguration>("ca", static (r, n, c) => c with { Ca = r.Text(n) }),
        new Key<OutputConfiguration>("server_name", static (r, n, c) => c with { ServerName = HostName(r, n) }),
        new Key<OutputConfiguration>("certificate_file", static (r, n, c) => c with { CertificateFile = r.Text(n) }),
        new Key<OutputConfiguration>("key_file", static (r, n, c) => c with { KeyFile = r.Text(n) }),
        new Key<OutputConfiguration>("bearer", OutputHeaders.Bearer),
        new Key<OutputConfiguration>("headers", OutputHeaders.Headers),
        new Key<OutputConfiguration>("facility", static (r, n, c) => c with { Facility = r.Word(n, Words.Facilities, "facility") }),
        new Key<OutputConfiguration>("max_message", static (r, n, c) => c with { MaxMessage = r.Size(n, 2048, MiB) }),
        new Key<OutputConfiguration>("limit", static (r, n, c) => c with { Limit = r.Size(n, MiB, 1024 * 1024 * MiB) }),
        new Key<OutputConfiguration>("on_overflow", static (r, n, c) => c with { OnOverflow = r.Word(n, Words.Overflows, "overflow") }));

    public static Section<AuditConfiguration> Audit { get; } = new(
        "`audit`",
        new Key<AuditConfiguration>("durability", static (r, n, c) => c with { Durability = r.Word(n, Words.Durabilities, "durability") }),
        new Key<AuditConfiguration>("directory", static (r, n, c) => c with { Directory = r.Text(n) }),
        new Key<AuditConfiguration>("segment_size", static (r, n, c) => c with { SegmentBytes = r.Size(n, MiB, 1024 * MiB) }),
        new Key<AuditConfiguration>("segment_age", static (r, n, c) => c with { SegmentAge = r.Duration(n, TimeSpan.FromMinutes(1), 31 * 24 * Hour) }),
        new Key<AuditConfiguration>("keep_for", static (r, n, c) => c with { KeepFor = r.Duration(n, Hour, 36_500 * 24 * Hour) }),
        new Key<AuditConfiguration>("outputs", static (r, n, c) => c with { Outputs = Named(r, n, "audit.outputs", Output, NewOutput) }));

    public static Section<TlsConfiguration> Tls { get; } = new(
        "`tls`",
        new Key<TlsConfiguration>("profile", static (r, n, c) => c with { Profile = r.Word(n, Words.Profiles, "profile") }),
        new Key<TlsConfiguration>("fips_module", static (r, n, c) => c with { FipsModule = r.Text(n) }),
        new Key<TlsConfiguration>("names", static (r, n, c) => c with { Names = r.List(n, HostOrAddress) }));

    public static Section<LimitsConfiguration> Limits { get; } = new(
        "`limits`",
        new Key<LimitsConfiguration>("connections", static (r, n, c) => c with { Connections = r.Count(n, 1, 1_000_000) }),
        new Key<LimitsConfiguration>("connections_per_source", static (r, n, c) => c with { ConnectionsPerSource = r.Count(n, 1, 1_000_000) }),
        new Key<LimitsConfiguration>("handshakes", static (r, n, c) => c with { Handshakes = r.Count(n, 1, 1_000_000) }),
        new Key<LimitsConfiguration>("handshakes_per_source", static (r, n, c) => c with { HandshakesPerSource = r.Count(n, 1, 1_000_000) }),
        new Key<LimitsConfiguration>("handshake_timeout", static (r, n, c) => c with { HandshakeTimeout = r.Duration(n, Second, 0.1 * Hour) }),
        new Key<LimitsConfiguration>("head_timeout", static (r, n, c) => c with { HeadTimeout = r.Duration(n, Second, 0.1 * Hour) }),
        new Key<LimitsConfiguration>("keep_alive", static (r, n, c) => c with { KeepAlive = r.Duration(n, Second, 24 * Hour) }));

    public static Section<NodeConfiguration> Node { get; } = new(
        "the configuration",
        new Key<NodeConfiguration>("version", Version) { Required = true },
        new Key<NodeConfiguration>("node", static (r, n, c) => c with { Node = HostName(r, n) }),
        new Key<NodeConfiguration>("admin", static (r, n, c) => c with { Admin = Admin.Read(r, n, "admin", c.Admin) }),
        new Key<NodeConfiguration>("metrics", static (r, n, c) => c with { Metrics = n is YamlScalar { Text: Words.Off } ? null : r.Listen(n) }),
        new Key<NodeConfiguration>("gates", static (r, n, c) => c with { Gates = Named(r, n, "gates", Gate, NewGate) }),
        new Key<NodeConfiguration>("catalogues", static (r, n, c) => c with { Catalogues = Named(r, n, "catalogues", Catalogue, NewCatalogue) }),
        new Key<NodeConfiguration>("store", static (r, n, c) => c with { Store = StoreSection.Keys.Read(r, n, "store", c.Store) }),
        new Key<NodeConfiguration>("mesh", static (r, n, c) => c with { Mesh = MeshSection.Keys.Read(r, n, "mesh", c.Mesh) }),
        new Key<NodeConfiguration>("audit", static (r, n, c) => c with { Audit = Audit.Read(r, n, "audit", c.Audit) }),
        new Key<NodeConfiguration>("tls", static (r, n, c) => c with { Tls = Tls.Read(r, n, "tls", c.Tls) }),
        new Key<NodeConfiguration>("limits", static (r, n, c) => c with { Limits = Limits.Read(r, n, "limits", c.Limits) }));

    /// <summary>Whether it can name a gate or a catalogue.</summary>
    public static bool IsName(string text) =>
        text.Length is > 0 and <= 63 && char.IsAsciiLetterLower(text[0])
        && text.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');

    private static GateConfiguration NewGate(string name) => new() { Name = name, Protocol = "", Listen = "", Upstream = "" };

    private static OutputConfiguration NewOutput(string name) => new() { Name = name };

    private static CatalogueConfiguration NewCatalogue(string name) => new() { Name = name };

    private static NodeConfiguration Version(Reading reading, YamlNode node, NodeConfiguration value)
    {
        string text = reading.Text(node);
        if (text.Length > 0 && text != "1")
        {
            reading.Report(ConfigurationProblems.Version, $"version {Reading.Shown(text)} is not supported; this program reads version 1", node);
        }

        return value;
    }

    /// <summary>A mapping of names to settings.</summary>
    public static ImmutableArray<T> Named<T>(Reading reading, YamlNode node, string path, Section<T> section, Func<string, T> make)
    {
        if (node is YamlScalar { IsEmpty: true })
        {
            return [];
        }

        if (node is not YamlMapping mapping)
        {
            reading.Report(ConfigurationProblems.WrongType, $"`{path}` is a mapping of names to their settings", node);
            return [];
        }

        var items = ImmutableArray.CreateBuilder<T>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach ((YamlScalar key, YamlNode entry) in mapping.Entries)
        {
            if (reading.IsFull)
            {
                break;
            }

            if (!IsName(key.Text) || key.Text is "admin" or Words.MetricsListener)
            {
                reading.Report(
                    ConfigurationProblems.Name,
                    key.Text switch
                    {
                        "admin" => "`admin` is the name of the admin API",
                        Words.MetricsListener => "`metrics` is the name of the node's own metrics",
                        _ => $"{Reading.Shown(key.Text)} is no valid name",
                    },
                    key,
                    "1 to 63 lower-case letters, digits and hyphens, beginning with a letter");
            }
            else if (!seen.Add(key.Text))
            {
                reading.Report(ConfigurationProblems.Duplicate, $"`{key.Text}` stands twice in `{path}`", key);
            }
            else
            {
                items.Add(section.Read(reading, entry, $"{path}.{key.Text}", make(key.Text)));
            }
        }

        return items.ToImmutable();
    }

    // The realms of the store are not known here: one that is not there lets nobody in.
    private static string Realm(Reading reading, YamlNode node)
    {
        string text = reading.Text(node);
        return text.Length == 0 || text == RealmNames.Anonymous || UserName.IsValid(text, out string? _) ? text : BadName(reading, node, text, "no name of a realm");
    }

    /// <summary>A host name; empty after a problem.</summary>
    public static string HostName(Reading reading, YamlNode node)
    {
        string text = reading.Text(node);
        return text.Length == 0 || HostNames.IsName(text) ? text : BadName(reading, node, text, "no host name");
    }

    private static string HostOrAddress(Reading reading, YamlNode node)
    {
        string text = reading.Text(node);
        bool known = text.Length == 0 || ListenAddress.TryParseHost(text, out IPAddress? _, out string? _)
            || HostNames.IsName(text.StartsWith("*.", StringComparison.Ordinal) ? text[2..] : text);
        return known ? text : BadName(reading, node, text, "neither a host name nor an address");
    }

    private static string Host(Reading reading, YamlNode node)
    {
        string text = reading.Text(node);
        return text.Length == 0 || HostNames.IsHostAndPort(text) ? text : BadName(reading, node, text, "no host name or address, with or without a port");
    }

    private static string BadName(Reading reading, YamlNode node, string text, string why)
    {
        reading.Report(ConfigurationProblems.Name, $"{Reading.Shown(text)} is {why}", node);
        return "";
    }
}
