using Gatehouse.Administration;

namespace Gatehouse.App.Commands.Connect;

/// <summary>A program of the stack around Elasticsearch, and the least that it needs there.</summary>
/// <param name="Name">Its word on the command line, and the name of its identity unless another is given.</param>
/// <param name="Title">Its name for people.</param>
/// <param name="TakesKey">Whether its settings have room for an API key.</param>
/// <param name="PrefersKey">Whether it gets one unless a password is asked for.</param>
/// <param name="Roles">What it always needs. A role without grants is one that Gatehouse comes with.</param>
/// <param name="Setup">What it needs besides to load its own templates, policies and pipelines; null: it loads none.</param>
internal sealed record Product(string Name, string Title, bool TakesKey, bool PrefersKey, RoleView[] Roles, RoleView? Setup)
{
    private const string System = "elasticsearch";

    /// <summary>All of them. Source of the rights: "Grant privileges and roles needed for publishing" and "for setup" of the Beats' references, "Secure your connection" of Logstash's.</summary>
    public static IReadOnlyList<Product> All { get; } =
    [
        // Kibana's own user; its settings know user and password, or a token of Elastic's service accounts, and no key.
        new("kibana", "Kibana", TakesKey: false, PrefersKey: false, [new RoleView { Name = "kibana_system" }], null),
        new(
            "logstash", "Logstash", TakesKey: true, PrefersKey: true,
            [Writer("logstash_writer", ["logs-*", "logstash-*"], "monitor")],
            Loader("logstash_setup", ["logs-*", "logstash-*"])),
        Beat("filebeat", "Filebeat"),
        Beat("metricbeat", "Metricbeat"),
        new(
            "fluent-bit", "Fluent Bit", TakesKey: false, PrefersKey: false,
            [Writer("fluent_bit_writer", ["logs-*", "fluent-bit*"])],
            null),
    ];

    private static Product Beat(string name, string title) => new(
        name, title, TakesKey: true, PrefersKey: true,
        [Writer(name + "_writer", [name + "-*"], "monitor", "read_ilm", "read_pipeline")],
        Loader(name + "_setup", [name + "-*"]));

    private static RoleView Writer(string name, string[] patterns, params string[] cluster) => new()
    {
        Name = name,
        Description = "appends documents, and reads none",
        Grants =
        [
            .. cluster.Length == 0 ? (GrantView[])[] : [Grant("cluster:", cluster, [])],
            Grant("index:", ["create_doc", "auto_configure", "view_index_metadata"], patterns),
        ],
    };

    private static RoleView Loader(string name, string[] patterns) => new()
    {
        Name = name,
        Description = "loads templates, lifecycle policies and pipelines; for the time of the setup",
        Grants = [Grant("cluster:", ["manage_index_templates", "manage_ilm", "manage_ingest_pipelines"], []), Grant("index:", ["manage"], patterns)],
    };

    private static GrantView Grant(string kind, string[] privileges, string[] patterns) => new()
    {
        System = System,
        Actions = [.. privileges.Select(privilege => kind + privilege)],
        Resources = patterns,
    };
}
