using System.Collections.Immutable;
using Gatehouse.Engine.Configuration.Cluster;

namespace Gatehouse.Engine.Configuration;

/// <summary>gatehouse.yaml as it was written, with defaults filled in. Immutable.</summary>
internal sealed record NodeConfiguration
{
    /// <summary>The node's name; default the host's name.</summary>
    public string? Node { get; init; }

    /// <summary>The admin API.</summary>
    public AdminConfiguration Admin { get; init; } = new();

    /// <summary>Own metrics in clear text, loopback only; null where switched off.</summary>
    public string? Metrics { get; init; } = "127.0.0.1:7445";

    /// <summary>Gates by name, in the order written.</summary>
    public ImmutableArray<GateConfiguration> Gates { get; init; } = [];

    /// <summary>Catalogues by name.</summary>
    public ImmutableArray<CatalogueConfiguration> Catalogues { get; init; } = [];

    /// <summary>Where the cluster's state lives.</summary>
    public StoreConfiguration Store { get; init; } = new();

    /// <summary>The mesh of this node, and its services.</summary>
    public MeshConfiguration Mesh { get; init; } = new();

    /// <summary>The audit trail of this node.</summary>
    public AuditConfiguration Audit { get; init; } = new();

    /// <summary>TLS of all listeners unless a gate says otherwise.</summary>
    public TlsConfiguration Tls { get; init; } = new();

    /// <summary>Connection budgets and time limits of all listeners.</summary>
    public LimitsConfiguration Limits { get; init; } = new();

    /// <summary>Files that the configuration names, as written: catalogues, certificates and keys. A change of one is a change of the configuration.</summary>
    public IEnumerable<string> Files =>
        Catalogues.Select(static c => c.File)
            .Concat(Gates.SelectMany(static g => new[]
            {
                g.UpstreamCa, g.UpstreamCertificate, g.UpstreamKey, g.UpstreamPassword?.File, g.UpstreamApiKey?.File,
                g.CertificateFile, g.KeyFile, g.ClientCaFile, g.Swarm?.UpstreamKey?.File,
            }.Concat((g.Swarm?.Keys ?? []).Select(static k => k.File))))
            .Concat(Audit.Outputs.SelectMany(static o => new[] { o.Ca, o.CertificateFile, o.KeyFile }.Concat(o.Headers.Select(static h => h.Secret.File))))
            .Concat([Store.Ca, Store.Certificate, Store.Key, Store.Password?.File])
            .Where(static f => !string.IsNullOrEmpty(f))
            .Select(static f => f!);
}

/// <summary>The admin API's listener.</summary>
internal sealed record AdminConfiguration
{
    /// <summary>Address and port of the HTTPS listener.</summary>
    public string Listen { get; init; } = "127.0.0.1:7443";
}

/// <summary>One gate.</summary>
internal sealed record GateConfiguration
{
    /// <summary>Name: 1 to 63 of lower-case letters, digits and <c>-</c>, beginning with a letter.</summary>
    public required string Name { get; init; }

    /// <summary>Protocol: <c>http</c>, <c>tcp</c>, <c>mqtt</c>, <c>ignite</c> or <c>libp2p-psk</c>.</summary>
    public required string Protocol { get; init; }

    /// <summary>System (catalogue) in whose words operations are named; default the protocol's own.</summary>
    public string? System { get; init; }

    /// <summary>Address and port to listen on.</summary>
    public required string Listen { get; init; }

    /// <summary><c>http://127.0.0.1:2379</c>, <c>https://host:port</c>, <c>unix:/path</c>, <c>tcp://127.0.0.1:5432</c>, or <c>builtin:whoami</c>.</summary>
    public required string Upstream { get; init; }

    /// <summary>PEM file of the CA that an <c>https</c> upstream must chain to.</summary>
    public string? UpstreamCa { get; init; }

    /// <summary>Name the certificate of an upstream with TLS must carry; default the host of <see cref="Upstream"/>.</summary>
    public string? UpstreamServerName { get; init; }

    /// <summary>The gate's own user at the upstream, for Basic authentication.</summary>
    public string? UpstreamUser { get; init; }

    /// <summary>Where the password of <see cref="UpstreamUser"/> is.</summary>
    public SecretReference? UpstreamPassword { get; init; }

    /// <summary>Where the gate's own API key at the upstream is; sent as <c>Authorization: ApiKey</c>.</summary>
    public SecretReference? UpstreamApiKey { get; init; }

    /// <summary>PEM chain of the client certificate that the gate shows to an <c>https</c> upstream.</summary>
    public string? UpstreamCertificate { get; init; }

    /// <summary>Key (PEM) of <see cref="UpstreamCertificate"/>.</summary>
    public string? UpstreamKey { get; init; }

    /// <summary>Whether the gate has an identity of its own at the upstream.</summary>
    public bool HasUpstreamIdentity =>
        UpstreamUser is not null || UpstreamPassword is not null || UpstreamApiKey is not null || UpstreamCertificate is not null || UpstreamKey is not null;

    /// <summary>User names or uids that may own the upstream's listening port; null leaves the recorded or default rule; <c>any</c> switches the check off.</summary>
    public ImmutableArray<string> RunAs { get; init; } = [];

    /// <summary>False keeps it in the file but closed.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Realms asked, in order: <c>native</c>; <c>local</c> alone; for <c>tcp</c> gates also <c>pki</c> and <c>network</c>.</summary>
    public ImmutableArray<string> Realms { get; init; } = [];

    /// <summary>Realm <c>local</c>: user names or uids whose programs may connect.</summary>
    public ImmutableArray<string> AllowUsers { get; init; } = [];

    /// <summary>Host names (with or without port) accepted in <c>Host</c>; empty: the listener's own addresses, loopback names and certificate names.</summary>
    public ImmutableArray<string> Hosts { get; init; } = [];

    /// <summary>What pages of other origins may do; null: nothing.</summary>
    public CorsConfiguration? Cors { get; init; }

    /// <summary>Protocols a client may upgrade to (<c>websocket</c>); default none.</summary>
    public ImmutableArray<string> Upgrade { get; init; } = [];

    /// <summary>Largest request body in bytes where the catalogue's endpoint says nothing.</summary>
    public long MaxBody { get; init; } = 10 * 1024 * 1024;

    /// <summary>System <c>elasticsearch</c>: a list of indices that reaches beyond what the caller may see is refused instead of narrowed.</summary>
    public bool Strict { get; init; }

    /// <summary>System <c>elasticsearch</c>: whether indices may be deleted by a wildcard.</summary>
    public bool WildcardDeletes { get; init; }

    /// <summary>Protocol <c>mqtt</c>: its own settings; null where the file has none.</summary>
    public MqttConfiguration? Mqtt { get; init; }

    /// <summary>Protocol <c>ignite</c>: its own settings; null where the file has none.</summary>
    public IgniteConfiguration? Ignite { get; init; }

    /// <summary>System <c>ignite-rest</c>: its own settings; null where the file has none.</summary>
    public IgniteRestConfiguration? IgniteRest { get; init; }

    /// <summary>Systems of IPFS: their own settings; null where the file has none.</summary>
    public IpfsConfiguration? Ipfs { get; init; }

    /// <summary>Protocol <c>libp2p-psk</c>: its own settings; null where the file has none.</summary>
    public SwarmConfiguration? Swarm { get; init; }

    /// <summary>JSON request bodies up to this size are recorded, masked; 0: none.</summary>
    public long AuditBody { get; init; }

    /// <summary>What is masked in them besides: words in names, JSON pointers.</summary>
    public ImmutableArray<string> AuditBodyMask { get; init; } = [];

    /// <summary>Idle limit of a request or answer without progress.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Sources from which a PROXY protocol header is required, CIDR; default none.</summary>
    public ImmutableArray<string> ProxyProtocolFrom { get; init; } = [];

    /// <summary>Own certificate (PEM chain) instead of Gatehouse's, or null.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>Key (PEM) of <see cref="CertificateFile"/>.</summary>
    public string? KeyFile { get; init; }

    /// <summary>PEM file with CAs for client certificates; needed by realm <c>pki</c> besides the cluster's own users CA.</summary>
    public string? ClientCaFile { get; init; }

    /// <summary><c>client_ca_file: cluster</c>: clients show certificates of the cluster's own users CA, whichever is in force.</summary>
    public bool TakesClusterClients { get; init; }

    /// <summary>Clear text towards clients: refused off loopback unless this says so.</summary>
    public bool Tls { get; init; } = true;

    /// <summary><c>modern</c> or <c>compatible</c> for this gate; null: the node's.</summary>
    public string? TlsProfile { get; init; }

    /// <summary>Versions of TLS, <c>1.2</c> and <c>1.3</c>; empty: the profile's.</summary>
    public ImmutableArray<string> TlsVersions { get; init; } = [];

    /// <summary>Cipher suites by their IANA names in order of preference; empty: the floor's. Costs resumption.</summary>
    public ImmutableArray<string> TlsCiphers { get; init; } = [];
}

/// <summary>A user-written catalogue, inline or in a file beside gatehouse.yaml.</summary>
internal sealed record CatalogueConfiguration
{
    /// <summary>The system's name.</summary>
    public required string Name { get; init; }

    /// <summary>Path of the table, relative to gatehouse.yaml; or null when inline.</summary>
    public string? File { get; init; }

    /// <summary>The table itself; or null when in a file.</summary>
    public string? Endpoints { get; init; }
}

/// <summary>Audit of this node.</summary>
internal sealed record AuditConfiguration
{
    /// <summary><c>group</c> or <c>strict</c>.</summary>
    public string Durability { get; init; } = "group";

    /// <summary>Folder of the segments; default <c>DATA/audit</c>.</summary>
    public string? Directory { get; init; }

    /// <summary>A segment is closed at this size.</summary>
    public long SegmentBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>A segment is closed at this age.</summary>
    public TimeSpan SegmentAge { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Closed segments older than this are deleted; null keeps all.</summary>
    public TimeSpan? KeepFor { get; init; }

    /// <summary>Where the trail is sent besides.</summary>
    public ImmutableArray<OutputConfiguration> Outputs { get; init; } = [];
}

/// <summary>A receiver of the trail.</summary>
internal sealed record OutputConfiguration
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>As <see cref="OutputAddress"/> reads it.</summary>
    public string Address { get; init; } = "";

    /// <summary>Authorities of the receiver's certificate, PEM; required with TLS.</summary>
    public string? Ca { get; init; }

    /// <summary>The name in its certificate; null is the host.</summary>
    public string? ServerName { get; init; }

    /// <summary>Our own certificate, PEM.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>Its key, PEM.</summary>
    public string? KeyFile { get; init; }

    /// <summary>Headers that say who we are; OTLP only.</summary>
    public ImmutableArray<OutputHeaderConfiguration> Headers { get; init; } = [];

    /// <summary>Facility of syslog.</summary>
    public string Facility { get; init; } = "audit";

    /// <summary>Largest syslog message.</summary>
    public long MaxMessage { get; init; } = SyslogDefault;

    /// <summary>rsyslog takes 8096 bytes unless told otherwise, and makes a second message of what is longer.</summary>
    private const long SyslogDefault = 8000;

    /// <summary>How far it may be behind.</summary>
    public long Limit { get; init; } = 1024 * 1024 * 1024;

    /// <summary><c>alarm</c> or <c>block</c>.</summary>
    public string OnOverflow { get; init; } = "alarm";
}

/// <summary>A header with a secret.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Secret">Where its value is.</param>
/// <param name="IsBearer">Whether the value is a bearer token, which goes behind <c>Bearer</c>.</param>
internal sealed record OutputHeaderConfiguration(string Name, SecretReference Secret, bool IsBearer);

/// <summary>TLS.</summary>
internal sealed record TlsConfiguration
{
    /// <summary><c>modern</c> (1.3 only), <c>compatible</c> (1.2 and 1.3) or <c>fips</c> (these, approved algorithms only).</summary>
    public string Profile { get; init; } = "compatible";

    /// <summary>The FIPS module's configuration, as <c>openssl fipsinstall</c> writes it; null: looked for in the usual places.</summary>
    public string? FipsModule { get; init; }

    /// <summary>Further DNS names and addresses in Gatehouse's own server certificate.</summary>
    public ImmutableArray<string> Names { get; init; } = [];
}

/// <summary>Budgets of every listener.</summary>
internal sealed record LimitsConfiguration
{
    /// <summary>Connections of one listener at once.</summary>
    public int Connections { get; init; } = 20_000;

    /// <summary>Connections of one source address at one listener at once.</summary>
    public int ConnectionsPerSource { get; init; } = 10_000;

    /// <summary>Handshakes of one listener under way at once.</summary>
    public int Handshakes { get; init; } = 1_000;

    /// <summary>Handshakes of one source address at one listener under way at once.</summary>
    public int HandshakesPerSource { get; init; } = 100;

    /// <summary>A handshake must be done by then.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Request head must be complete by then.</summary>
    public TimeSpan HeadTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Idle keep-alive connections are closed then.</summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(130);
}
