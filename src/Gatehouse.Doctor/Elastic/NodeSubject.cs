using System.Collections.Immutable;
using Gatehouse.Doctor.Elastic.Keystores;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Elastic;

/// <summary>A node of Elasticsearch or OpenSearch.</summary>
internal sealed class NodeSubject : ElasticSubject
{
    private const string NewPrefix = "plugins.security", OldPrefix = "opendistro_security";
    private static readonly (int First, int Last) HttpPorts = (9200, 9299), TransportPorts = (9300, 9399), RemotePorts = (9443, 9443);
    private static readonly string[] OwnNames = ["node.name", "network.publish_host", "transport.publish_host", "transport.host", "network.host"];

    private NodeKeystore? _keystore;
    private ImmutableArray<StoredCertificate> _certificates;
    private ImmutableArray<JvmFlag> _flags;

    /// <summary>Whether it is OpenSearch.</summary>
    public required bool IsOpenSearch { get; init; }

    /// <summary>Its program's folder.</summary>
    public Installation Home { get; init; } = Installation.Unknown;

    /// <inheritdoc/>
    public override string System => IsOpenSearch ? "opensearch" : "elasticsearch";

    /// <summary>Its version's numbers, or null.</summary>
    public Version? Release => global::System.Version.TryParse(Version, out Version? release) ? release : null;

    /// <summary>What the names of its security settings begin with.</summary>
    public string SecurityPrefix => IsOpenSearch ? NewPrefix : "xpack.security";

    /// <summary>The listener for clients.</summary>
    public TlsEnd Http => End("HTTP", IsOpenSearch ? "ssl.http" : "http.ssl");

    /// <summary>The listener for nodes.</summary>
    public TlsEnd Transport => End("transport", IsOpenSearch ? "ssl.transport" : "transport.ssl");

    /// <summary>Every end that speaks TLS, realms and remote clusters among them.</summary>
    public IEnumerable<TlsEnd> Ends =>
        [Http, Transport, .. Profiles, .. IsOpenSearch ? [] : (TlsEnd[])[End("remote cluster server", "remote_cluster_server.ssl"), End("remote cluster client", "remote_cluster_client.ssl")], .. Realms.Select(static realm => realm.Tls)];

    /// <summary>Further listeners of Elasticsearch for nodes, each with TLS of its own.</summary>
    public IEnumerable<TlsEnd> Profiles => IsOpenSearch ? []
        : Settings.Names("transport.profiles").Select(name => new TlsEnd($"transport profile `{name}`", Settings, $"transport.profiles.{name}.xpack.security.ssl", IsOpenSearch: false));

    /// <summary>Realms of Elasticsearch, those that are switched off left out.</summary>
    public IEnumerable<Realm> Realms =>
        Settings.Names("xpack.security.authc.realms")
            .SelectMany(type => Settings.Names($"xpack.security.authc.realms.{type}").Select(name => new Realm(Settings, type, name)))
            .Where(static realm => realm["enabled"].Flag(true) != false);

    /// <summary>The store of secure settings.</summary>
    public NodeKeystore? Keystore => Locate($"{System}.keystore") is not { } path ? null : _keystore ??= NodeKeystore.Read(Host, path);

    /// <summary>Certificates that its listeners show.</summary>
    public ImmutableArray<StoredCertificate> Certificates => _certificates.IsDefault ? _certificates = StoredCertificate.Of(this) : _certificates;

    /// <summary>Flags of its Java machine.</summary>
    public ImmutableArray<JvmFlag> Flags => _flags.IsDefault ? _flags = JvmFlag.Of(this) : _flags;

    /// <summary>Whether users have to log in.</summary>
    public Known Security => IsOpenSearch ? OpenSearchSecurity() : ElasticsearchSecurity();

    /// <summary>Whether the first start will still set security up by itself: nothing runs and nothing is set that would stop it.</summary>
    public bool AwaitsSetUp =>
        !IsOpenSearch && Process is null && Release is { Major: >= 8 } && !Settings.IsPartial
        && !Settings["xpack.security.enabled"].IsSet && !Settings["xpack.security.http.ssl"].IsSet && !Settings["xpack.security.transport.ssl"].IsSet
        && Settings["xpack.security.autoconfiguration.enabled"].Flag(true) == true && !Settings["discovery.seed_hosts"].IsSet
        && FirstMasters.Words().Length <= 1;

    /// <summary>
    /// Whether the image's start runs the demo installer, which makes certificates and users that everybody knows: it does unless it is told
    /// not to, or finds the security plugin configured in the file.
    /// </summary>
    public Known Demo
    {
        get
        {
            EnvironmentVariable? refusal = Environment.Find("DISABLE_INSTALL_DEMO_CONFIG");
            bool isConfigured = Settings.Tree.Leaves().Any(static leaf => leaf.Origin is { Variable: null } && (leaf.Path.ToString().StartsWith(NewPrefix, StringComparison.Ordinal) || leaf.Path.ToString().StartsWith(OldPrefix, StringComparison.Ordinal)));
            return !IsOpenSearch || !IsImage || Process is not null || Settings.IsPartial || isConfigured || Security.Value == false || refusal?.Value is "true"
                ? new Known(false, "nothing makes demo certificates", [])
                : refusal is { Value: null } ? new Known(null, "whether the image's demo installer runs is not known", [Shown.Of(refusal)])
                : new Known(true, "the image's demo installer sets TLS up", [Absent("DISABLE_INSTALL_DEMO_CONFIG")]);
        }
    }

    /// <summary>Whether OpenSearch's plugin does TLS alone, and lets everybody in who connects.</summary>
    public bool IsTlsAlone => IsOpenSearch && Security.Value != false && Secured("ssl_only").Flag(false) == true;

    /// <summary>Whether it belongs to a cluster of several nodes; null where that cannot be told.</summary>
    public bool? HasNeighbours
    {
        get
        {
            if (Settings["discovery.type"].Text == "single-node")
            {
                return false;
            }

            Setting[] lists = [Settings["discovery.seed_hosts"], Settings["discovery.zen.ping.unicast.hosts"], FirstMasters];
            return lists[..2].Any(list => list.Words().Any(IsNeighbour)) || lists[2].Words().Length > 1 || Settings["discovery.seed_providers"].HasValue() ? true
                : lists.Any(static list => list.IsDoubtful()) ? null
                : false;
        }
    }

    /// <summary>Who reaches the port for clients.</summary>
    public Reach HttpReach => ReachOf("http", HttpPorts);

    /// <summary>Who reaches the port for nodes.</summary>
    public Reach TransportReach => ReachOf("transport", TransportPorts);

    /// <summary>Whether it is of version 8 or a later one; null where that cannot be told.</summary>
    public bool? IsModern =>
        Release is { } release ? release.Major >= 8
        : Settings["xpack.security.autoconfiguration.enabled"].IsSet || Settings["xpack.security.enrollment.enabled"].IsSet ? true
        : null;

    private Setting FirstMasters => Settings["cluster.initial_cluster_manager_nodes"] is { IsSet: true } masters ? masters : Settings["cluster.initial_master_nodes"];

    /// <summary>A setting of the security plugin: <c>audit.type</c>.</summary>
    public Setting Secured(string name) => Settings.Either($"{SecurityPrefix}.{name}");

    /// <summary>Addresses that a listener is told to take, or null where nothing says so.</summary>
    /// <param name="kind"><c>http</c>, <c>transport</c> or <c>remote_cluster</c>.</param>
    public Setting? Bound(string kind) =>
        new[] { $"{kind}.bind_host", $"{kind}.host", "network.bind_host", "network.host" }.Select(name => Settings[name]).FirstOrDefault(static s => s.IsSet);

    /// <summary>Whether TLS is spoken at a listener.</summary>
    /// <param name="end">Which.</param>
    public Known SpeaksTls(TlsEnd end)
    {
        Known security = Security;
        if (security.Value == false)
        {
            return security with { Text = $"{end.What} speaks plain text because security is off" };
        }

        // OpenSearch's plugin does not start without TLS between nodes.
        bool isDefault = IsOpenSearch && end.Prefix.EndsWith("ssl.transport", StringComparison.Ordinal);
        bool? isOn = end.Enabled.Flag(isDefault);
        return isOn is null ? new Known(null, $"`{end.Enabled.Path}` cannot be told", Stands(end.Enabled))
            : isOn == true && security.Value is null ? security
            : isOn == false && end.Prefix == Http.Prefix && !end.Enabled.IsSet && Demo is { Value: not false } demo ? demo
            : new Known(isOn, $"`{end.Enabled.Path}` is {(end.Enabled.IsSet ? isOn.Value ? "true" : "false" : "not set")}", Stands(end.Enabled));
    }

    /// <summary>Sockets that it listens on.</summary>
    public ImmutableArray<SocketFact> ListeningSockets()
    {
        if (Process is null || Root.Length > 0)
        {
            return Process?.Sockets ?? [];
        }

        // Without the right to look at the process its user's sockets are the nearest.
        return !Process.Sockets.IsEmpty ? Process.Sockets : [.. Host.Sockets.Where(s => s.User == Process.User && s.User != 0)];
    }

    /// <summary>Ports that a listener takes the first free one of.</summary>
    public (int First, int Last) PortsOf(string kind)
    {
        string? text = Settings[$"{kind}.port"].Text;
        string[] parts = text?.Split('-') ?? [];
        return parts.Length > 0 && int.TryParse(parts[0], out int first) && int.TryParse(parts[^1], out int last) ? (first, last) : UsualPorts(kind);
    }

    /// <summary>Who reaches a listener as settings alone say it.</summary>
    public Reach Configured(string kind)
    {
        Setting? bound = Bound(kind);
        if (bound is null && Settings.IsPartial)
        {
            return new Reach(Reaching.Unknown, $"`{kind}.host` cannot be told", Shown.All(Settings["network.host"]));
        }

        Reach reach = bound is not null ? Reach.Of(bound, this)
            : IsImage ? new Reach(Reaching.Exposed, "the image listens on every address by itself", [Absent("network.host")])
            : Release is { Major: < 2 } && !IsOpenSearch ? new Reach(Reaching.Exposed, "this version listens on every address by itself", [Absent("network.host")])
            : new Reach(Reaching.Loopback, "it listens on loopback by default", [Absent("network.host")]);
        return reach.IsExposed && Published is { } ports ? Narrowed(reach, ports, PortsOf(kind)) : reach;
    }

    private static (int First, int Last) UsualPorts(string kind) => kind switch
    {
        "http" => HttpPorts,
        "remote_cluster" => RemotePorts,
        _ => TransportPorts,
    };

    private static Reach Narrowed(Reach reach, ImmutableArray<PublishedPort> ports, (int First, int Last) range)
    {
        PublishedPort? open = ports.FirstOrDefault(p => (p.Port == 0 || (p.Port >= range.First && p.Port <= range.Last)) && !IsLocal(p.Address));
        return open is null
            ? new Reach(Reaching.Loopback, "the compose file publishes the port to this host at most", reach.Evidence)
            : new Reach(Reaching.Exposed, "the compose file publishes the port on every address", [.. reach.Evidence, open.Evidence]);
    }

    private static bool IsLocal(string address) => global::System.Net.IPAddress.TryParse(address.Trim('[', ']'), out global::System.Net.IPAddress? parsed) && global::System.Net.IPAddress.IsLoopback(parsed);

    private Reach ReachOf(string kind, (int First, int Last) usual)
    {
        (int First, int Last) ports = Settings[$"{kind}.port"].IsSet ? PortsOf(kind) : usual;
        return Reach.Of(ListeningSockets(), ports) ?? Configured(kind);
    }

    private bool IsNeighbour(string word)
    {
        string name = Addresses.HostOf(word);
        return !Reach.IsLoopback(name, this) && !OwnNames.Any(own => Settings[own].Words().Contains(name, StringComparer.OrdinalIgnoreCase)) && !(global::System.Net.IPAddress.TryParse(name, out global::System.Net.IPAddress? address) && Host.Addresses.Contains(address));
    }

    private TlsEnd End(string what, string name) => new(what, Settings, $"{SecurityPrefix}.{name}", IsOpenSearch);

    private Known ElasticsearchSecurity()
    {
        Setting enabled = Settings["xpack.security.enabled"];
        if (enabled.IsSet)
        {
            bool? isOn = enabled.AsBoolean();
            return new Known(isOn, isOn is null ? "`xpack.security.enabled` cannot be told" : $"`xpack.security.enabled` is {(isOn.Value ? "true" : "false")}", Shown.All(enabled));
        }

        ImmutableArray<Evidence> absent = [Absent("xpack.security.enabled")];
        return Home.Modules is { IsEmpty: false } modules && Release is { } with && with >= new Version(6, 3) && !modules.Contains("x-pack-security")
            ? new Known(false, "this distribution comes without Elastic's security", absent)
            : IsModern == true ? new Known(true, "security is on by default from version 8 on", absent)
            : IsModern == false ? new Known(false, $"`xpack.security.enabled` is not set, and version {Version} starts without security then", absent)
            : new Known(null, "`xpack.security.enabled` is not set, and the version is not known: before 8 that means no security", absent);
    }

    private Known OpenSearchSecurity()
    {
        // The image's variable DISABLE_SECURITY_PLUGIN is in it.
        Setting disabled = Secured("disabled");
        if (disabled.IsSet && disabled.AsBoolean() != false)
        {
            return new Known(disabled.AsBoolean() == true ? false : null, $"`{disabled.Path}` {(disabled.AsBoolean() == true ? "is true" : "cannot be told")}", Shown.All(disabled));
        }

        ImmutableArray<Evidence> at = [Absent("plugins.security.disabled")];
        return Home.Plugins is { } plugins
            ? plugins.Contains("opensearch-security") || plugins.Contains("opendistro_security")
                ? new Known(true, "the security plugin is there", at)
                : new Known(false, "the security plugin is not installed", [new Evidence(EvidenceKind.File, $"{Home.Path}/plugins", "opensearch-security: (not there)")])
            : IsImage || Settings["plugins.security"].IsSet || Settings[OldPrefix].IsSet ? new Known(true, "the security plugin is configured", at)
            : new Known(null, "the folder of plugins cannot be seen, and nothing configures the security plugin", at);
    }
}
