using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Hardening.Certificates;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;
using Gatehouse.Doctor.Texts.Yaml;
using Gatehouse.Problems;
using Gatehouse.Problems.Doctor;
using Gatehouse.Trust.Certificates;

namespace Gatehouse.Doctor.Hardening.Elasticsearch;

/// <summary>Elasticsearch's and OpenSearch's node file: security on, TLS between nodes and towards clients with PEM files of the cluster's CA.</summary>
public sealed class ElasticHardener : IHardener
{
    private const string KeyFile = "gatehouse-node.key";

    /// <summary>The node's certificate, beside the main file.</summary>
    internal const string CertificateFile = "gatehouse-node.crt";

    /// <summary>The CA's, beside the main file.</summary>
    internal const string AuthorityFile = "gatehouse-ca.crt";

    // Those with forward secrecy and an authenticated cipher, which every Java since 11 has.
    private static readonly string[] Suites =
    [
        "TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256",
        "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    ];

    private readonly ElasticDialect _dialect;

    private ElasticHardener(ElasticDialect dialect) => _dialect = dialect;

    /// <summary>For Elasticsearch.</summary>
    public static ElasticHardener Elasticsearch { get; } = new(ElasticDialect.Elasticsearch);

    /// <summary>For OpenSearch.</summary>
    public static ElasticHardener OpenSearch { get; } = new(ElasticDialect.OpenSearch);

    /// <inheritdoc/>
    public string System => _dialect.System;

    /// <inheritdoc/>
    public string Locate(IHost host, string? named) => Find(host, named).File;

    /// <inheritdoc/>
    public HardenPlan Plan(IHost host, HardenWishes wishes, ISecretSource secrets)
    {
        Installation found = Find(host, wishes.File);
        var draft = new PlanDraft(host, System, found, wishes.User, $"{System}.service");
        var file = YamlFile.Read(draft.Needed(found.File), found.File, YamlOptions.Dotted);
        ConfigDocument edited = _dialect.IsOpenSearch ? OpenSearchSecurity(file, draft, wishes) : ElasticSecurity(file, host, draft, wishes);
        edited = Tls(edited, draft, wishes);
        edited = Addresses(edited, draft, wishes);
        edited = Limits(edited, draft, wishes);
        draft.Put(file, edited);
        bool hasAuditFile = _dialect.IsOpenSearch && OpenSearchAudit.Write(draft);
        draft.Certificate(new CertificateWish
        {
            Profile = CertificateProfile.Elasticsearch,
            Names = Names(host, file, wishes),
            Purpose = "transport and HTTP of this node",
            Rights = draft.RightsOf(draft.Beside(KeyFile)),
            Pem = new PemPlaces(draft.Beside(KeyFile), draft.Beside(CertificateFile), draft.Beside(AuthorityFile)),
        });
        if (draft.Environment is { } environment)
        {
            draft.Compare(edited.Settings, ElasticSettings.Of((YamlFile)edited, environment, _dialect.IsOpenSearch ? ElasticProduct.OpenSearch : ElasticProduct.Elasticsearch));
        }

        ElasticSteps.Write(draft, _dialect, file, wishes, hasAuditFile);
        return draft.ToPlan();
    }

    private Installation Find(IHost host, string? named) => Installation.Find(host, named, _dialect.File, FileOf, $"/etc/{System}/{_dialect.File}", $"/usr/share/{System}/config/{_dialect.File}");

    // The node is Java; what says whose it is is the folder of its configuration.
    private string? FileOf(ProcessFact process)
    {
        string option = _dialect.IsOpenSearch ? "-Dopensearch.path.conf=" : "-Des.path.conf=";
        string? argument = process.Arguments.FirstOrDefault(one => one.StartsWith(option, StringComparison.Ordinal));
        return argument is null || !Path.IsPathRooted(argument[option.Length..]) ? null : Path.Combine(argument[option.Length..], _dialect.File);
    }

    private ConfigDocument Tls(ConfigDocument file, PlanDraft draft, HardenWishes wishes)
    {
        ConfigDocument edited = file;
        bool isHttpLater = IsHttpLater(wishes);
        foreach (string section in isHttpLater ? (string[])[_dialect.Transport] : [_dialect.Transport, _dialect.Http])
        {
            string[] stores = [.. _dialect.Stores.Select(name => $"{section}.{name}").Where(path => edited.Settings[path].IsSet)];
            if (stores.Length > 0)
            {
                draft.Warn($"{string.Join(", ", stores)}: PEM files take the place of these stores, which stay where they are");
            }

            edited = edited.Without(stores)
                .Put($"{section}.{_dialect.Key}", Literal.Text(KeyFile))
                .Put($"{section}.{_dialect.Certificate}", Literal.Text(CertificateFile))
                .Put($"{section}.{_dialect.Authorities}", _dialect.IsOpenSearch ? Literal.Text(AuthorityFile) : Literal.Texts(AuthorityFile))
                .Put($"{section}.{_dialect.Protocols}", Literal.Texts("TLSv1.3", "TLSv1.2"))
                .Put($"{section}.{_dialect.Ciphers}", Literal.Texts(Suites));
        }

        edited = isHttpLater ? edited : edited.Put($"{_dialect.Http}.enabled", Literal.Boolean(true));
        return _dialect.IsOpenSearch
            ? edited.Put($"{_dialect.Transport}.enforce_hostname_verification", Literal.Boolean(true))
            : edited.Put($"{_dialect.Transport}.enabled", Literal.Boolean(true))
                .Put($"{_dialect.Transport}.verification_mode", Literal.Text("full"))
                .PutIfSet($"{_dialect.Transport}.client_authentication", Literal.Text("required"));
    }

    /// <summary>Whether HTTP stays as it is: clients cannot all be moved in the window that the nodes need.</summary>
    internal static bool IsHttpLater(HardenWishes wishes) => wishes.Keep.Contains("http");

    private static ConfigDocument ElasticSecurity(ConfigDocument file, IHost host, PlanDraft draft, HardenWishes wishes)
    {
        if (file.Settings["xpack.security.authc.anonymous"].IsSet)
        {
            draft.Warn("xpack.security.authc.anonymous goes: requests without a login are refused then; a gate can let some in by name (realm `anonymous`)");
        }

        ConfigDocument edited = file
            .Put("xpack.security.enabled", Literal.Boolean(true))
            .PutIfSet("xpack.security.enrollment.enabled", Literal.Boolean(false))
            .Put("xpack.security.audit.enabled", Literal.Boolean(true))
            .Without("xpack.security.authc.anonymous");
        edited = ElasticRealms.Write(edited, draft, host);
        edited = ElasticFilter.Write(edited, draft, wishes);
        draft.Warn("audit trail and address filter of Elasticsearch need a licence, and do nothing without one; a gate's trail and address rules need none");
        return edited;
    }

    private static ConfigDocument OpenSearchSecurity(ConfigDocument file, PlanDraft draft, HardenWishes wishes)
    {
        const string Nodes = "plugins.security.nodes_dn", Administrators = "plugins.security.authcz.admin_dn";
        ConfigDocument edited = file
            .PutIfSet("plugins.security.disabled", Literal.Boolean(false))
            .PutIfSet("plugins.security.allow_unsafe_democertificates", Literal.Boolean(false))
            .PutIfSet("plugins.security.allow_default_init_securityindex", Literal.Boolean(false));
        Setting audit = file.Settings["plugins.security.audit.type"];
        if (!audit.IsSet || audit.Text is null or "noop")
        {
            edited = edited.Put("plugins.security.audit.type", Literal.Text("internal_opensearch"));
        }

        if (wishes.Nodes.IsEmpty)
        {
            throw HardenProblems.Wish.Exception(
                "which certificates are those of nodes is said in the file, by their names", "--nodes NAME,NAME: for each node, the first --name of its certificate");
        }

        edited = edited.Put(Nodes, Literal.Texts(wishes.Nodes.Select(static name => "CN=" + name)));
        bool isDemo = file.Settings[Administrators].AsTexts() is { } names && names.Any(static name => name.Contains("CN=kirk", StringComparison.OrdinalIgnoreCase));
        if (isDemo || !file.Settings[Administrators].IsSet)
        {
            edited = edited.Put(Administrators, Literal.Texts("CN=opensearch-admin"));
            draft.Step("Make the certificate that securityadmin.sh logs in with: gatehouse cert issue --profile client --user opensearch-admin --out DIR");
        }

        return edited;
    }

    private static ConfigDocument Addresses(ConfigDocument file, PlanDraft draft, HardenWishes wishes)
    {
        ConfigDocument edited = wishes.Bind is { } bind ? file.Put("transport.host", Literal.Text(bind)) : file;
        if (wishes.Gate)
        {
            return edited.Put("http.host", Literal.Text("127.0.0.1"));
        }

        SettingTree settings = edited.Settings;
        Setting host = settings["http.host"].IsSet ? settings["http.host"] : settings["network.host"];
        if (host.AsCommaTexts() is not { } texts || texts.Any(static one => !Editing.IsLoopback(one)))
        {
            draft.Warn("HTTP is reached from other hosts: with a gate in front, --gate binds it to loopback");
        }

        return edited;
    }

    private static ConfigDocument Limits(ConfigDocument file, PlanDraft draft, HardenWishes wishes)
    {
        SettingTree settings = file.Settings;
        bool isOpen = settings["http.cors.enabled"].AsBoolean() == true && settings["http.cors.allow-origin"].AsTexts() is { } origins && origins.Any(static text => CorsOrigins.TakeStrangers(text) != false);
        if (isOpen)
        {
            draft.Warn("http.cors.enabled goes to false: http.cors.allow-origin lets every web page in");
        }

        ConfigDocument edited = isOpen ? file.Put("http.cors.enabled", Literal.Boolean(false)) : file;
        edited = edited.Put("action.destructive_requires_name", Literal.Boolean(true));
        if (!wishes.Drop.Contains("scripts"))
        {
            return edited;
        }

        draft.Warn("script.allowed_types lets stored scripts run and no others: Kibana, Fleet, watches and ingest pipelines that bring a script of their own fail");
        return edited.Settings["script.allowed_types"].Text == "none" ? edited : edited.Put("script.allowed_types", Literal.Text("stored"));
    }

    // Nodes dial each other by what they publish; the gate dials loopback.
    private static ImmutableArray<string> Names(IHost host, YamlFile file, HardenWishes wishes)
    {
        if (!wishes.Names.IsEmpty)
        {
            return [.. wishes.Names.Concat(["localhost", "127.0.0.1"]).Distinct(StringComparer.OrdinalIgnoreCase)];
        }

        string[] settings = ["transport.publish_host", "network.publish_host", "http.publish_host", "transport.host", "network.host", "http.host"];
        List<string> names = [.. settings.SelectMany(path => file.Settings[path].AsCommaTexts() ?? [])
            .Where(static one => !one.StartsWith('_') && !one.Contains('$', StringComparison.Ordinal) && !Editing.IsLoopback(one)
                && !(IPAddress.TryParse(one, out IPAddress? ip) && (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any))))];
        names.AddRange(wishes.Bind is { } bind ? [bind] : []);
        if (names.Count == 0)
        {
            names.AddRange(host.Addresses.Where(static a => !IPAddress.IsLoopback(a) && a.AddressFamily == AddressFamily.InterNetwork).Select(static a => a.ToString()));
        }

        return [.. names.Prepend(host.Name).Concat(["localhost", "127.0.0.1"]).Distinct(StringComparer.OrdinalIgnoreCase)];
    }
}
