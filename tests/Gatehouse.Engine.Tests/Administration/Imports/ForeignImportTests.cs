using System.Text;
using Gatehouse.Administration;
using Gatehouse.Engine.Administration.Imports;
using Gatehouse.Policy;
using Gatehouse.Problems;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Administration.Imports;

/// <summary>Role files of Elasticsearch and OpenSearch: what is kept, and that nothing is ever widened.</summary>
public sealed class ForeignImportTests
{
    [Fact]
    public void A_role_file_of_Elasticsearch_is_kept_word_for_word()
    {
        ImportReport report = Elastic("""
            shop:
              cluster: [monitor, manage_ilm]
              indices:
              - names: ['shop-*', 'home-{{_user.username}}']
                privileges: [read, view_index_metadata]
                field_security: { grant: ['*'] }
                query: ''
              - names: '.kibana*'
                privileges: all
                allow_restricted_indices: true
              run_as: [clerk]
              metadata: { version: 1 }
              description: the shop
            """);

        report.Faults.ShouldBeEmpty();
        report.LeftOut.ShouldBeEmpty();
        report.Roles["shop"]!.Description.ShouldBe("the shop");
        Grants(report, "shop").ShouldBe([
            "allow elasticsearch cluster:monitor ", "allow elasticsearch cluster:manage_ilm ",
            "allow elasticsearch index:read shop-*,home-${username}", "allow elasticsearch index:view_index_metadata shop-*,home-${username}",
            "allow elasticsearch index:all .kibana* restricted", "allow gatehouse run-as clerk",
        ]);
    }

    [Theory]
    [InlineData("indices: [{ names: ['a*'], privileges: [read], query: '{\"term\":{\"x\":1}}' }]")]
    [InlineData("indices: [{ names: ['a*'], privileges: [read], query: { term: { x: 1 } } }]")]
    [InlineData("indices: [{ names: ['a*'], privileges: [read], field_security: { grant: [x] } }]")]
    [InlineData("indices: [{ names: ['a*'], privileges: [read], field_security: { grant: ['*'], except: [x] } }]")]
    [InlineData("indices: [{ names: ['a*'], privileges: [read], clusters: [x] }]")]
    [InlineData("indices: [{ names: ['/a.*/'], privileges: [read] }]")]
    [InlineData("indices: [{ names: ['${attr.internal.x}'], privileges: [read] }]")]
    [InlineData("indices: [{ names: ['A*'], privileges: [read] }]")]
    [InlineData("indices: [{ names: ['a*'], privileges: ['indices:data/read/*'] }]")]
    [InlineData("indices: [{ names: ['a*'], privileges: ['*'] }]")]
    [InlineData("indices: [{ names: ['a*'], privileges: [reed] }]")]
    [InlineData("cluster: ['cluster:monitor/main']")]
    [InlineData("cluster: ['*']")]
    [InlineData("applications: [{ application: kibana-.kibana, privileges: [all], resources: ['*'] }]")]
    [InlineData("remote_indices: [{ clusters: ['*'], names: ['*'], privileges: [read] }]")]
    [InlineData("global: { application: { manage: { applications: ['*'] } } }")]
    [InlineData("run_as: ['*']")]
    [InlineData("run_as: [admin]")]
    [InlineData("cluster: [monitor]\n  restriction: { workflows: [search_application_query] }")]
    [InlineData("cluster: [monitor]\n  transient_metadata: { enabled: false }")]
    [InlineData("cluster: [monitor]\n  something_new: [x]")]
    public void What_Elasticsearch_says_and_we_cannot_is_left_out_with_its_place(string member)
    {
        ImportReport report = Elastic("r:\n  " + member + "\n");
        report.Faults.ShouldBeEmpty();
        report.LeftOut.Count.ShouldBe(1);
        report.LeftOut[0].Id.ShouldBe("GH3081");
        report.LeftOut[0].Location!.Source.ShouldBe("roles.yml");
        report.LeftOut[0].Location!.Line.ShouldBeGreaterThan(0);
        Grants(report, "r").ShouldBeEmpty();
    }

    [Fact]
    public void The_rest_of_an_entry_and_of_a_role_is_kept()
    {
        ImportReport report = Elastic("r:\n  indices:\n  - { names: [a, '/b/'], privileges: [read, 'indices:x/*'] }\n  - { names: [c], privileges: [write], query: x }\n  cluster: [none]\n");
        Grants(report, "r").ShouldBe(["allow elasticsearch index:read a"]);
        report.LeftOut.Select(static p => p.Location!.Line).ShouldBe([3, 3, 4]);
        report.Rows.Single().LeftOut.ShouldBe(3);
    }

    [Fact]
    public void The_answer_of_the_API_and_mappings_of_names_are_read_too()
    {
        ImportReport report = ForeignImport.Read(
            "elasticsearch",
            [
                ("answer.json", Bytes("""{"mine":{"cluster":["monitor"],"indices":[],"applications":[],"run_as":[],"metadata":{},"transient_metadata":{"enabled":true}},"kibana_system":{"cluster":["all"],"metadata":{"_reserved":true}}}""")),
                ("role_mapping.yml", Bytes("mine:\n- cn=ops,dc=example\nsuperuser:\n- cn=boss,dc=example\nnowhere:\n- cn=x,dc=example\nmonitoring_user:\n- cn=y,dc=example\n")),
            ],
            new HashSet<string>(), new HashSet<string>());
        report.Roles.Keys.ShouldBe(["mine"]);
        report.Mappings.Keys.ShouldBe(["mine-groups", "mine-users", "monitoring_user-groups", "monitoring_user-users"]);
        report.Mappings["mine-groups"]!.Groups.ShouldBe(["cn=ops,dc=example"]);
        report.LeftOut.Single().Text.ShouldContain("superuser");
    }

    [Theory]
    [InlineData("r: { indices: [{ names: [a], privileges: [read] }], indices: [{ names: ['*'], privileges: [all] }] }")]
    [InlineData("- a")]
    [InlineData("r: &x { cluster: [all] }\ns: *x")]
    [InlineData("r: {")]
    public void A_file_that_can_be_read_in_two_ways_or_none_is_refused(string text) => Elastic(text).Faults.ShouldNotBeEmpty();

    [Fact]
    public void Roles_groups_mappings_and_users_of_OpenSearch_come_together()
    {
        ImportReport report = Open(
            ("action_groups.yml", "_meta: { type: actiongroups, config_version: 2 }\nmine: { allowed_actions: [read, inner] }\ninner: { allowed_actions: [mine, 'indices:data/write/delete*'] }\n"),
            ("internal_users.yml", "_meta: { type: internalusers, config_version: 2 }\nkate: { hash: '$2y$12$secret', backend_roles: [dev], opendistro_security_roles: [own], attributes: { a: b } }\nadmin: { hash: '$2y$12$secret', backend_roles: [admin] }\n"),
            ("roles_mapping.yml", "_meta: { type: rolesmapping, config_version: 2 }\nown: { users: ['k*'], backend_roles: [dev], hosts: [h], and_backend_roles: [] }\nviewer: { users: ['*'] }\n"),
            ("roles.yml", "_meta: { type: roles, config_version: 2 }\nown:\n  reserved: false\n  cluster_permissions: [cluster_composite_ops, cluster_monitor, '*']\n  index_permissions:\n  - { index_patterns: ['logs-${user.name}', 'by-${attr.ldap.team}'], allowed_actions: [mine, crud], dls: '', fls: [], masked_fields: null }\n  tenant_permissions: []\n"));

        report.Faults.ShouldBeEmpty();
        Grants(report, "own").ShouldBe([
            "allow elasticsearch cluster:monitor ", "allow elasticsearch cluster:manage ",
            "allow elasticsearch index:read logs-${username},by-${team}", "allow elasticsearch index:delete logs-${username},by-${team}",
            "allow elasticsearch index:write logs-${username},by-${team}",
        ]);
        report.Users.Keys.ShouldBe(["kate"]);
        PolicyUserView kate = report.Users["kate"]!;
        (kate.Enabled, kate.PasswordHash, string.Join(',', kate.Roles)).ShouldBe((false, null, "own"));
        report.Mappings.Keys.ShouldBe(["own-groups", "own-users"]);
        report.LeftOut.Select(static p => p.Location!.Source).ShouldBe(["roles_mapping.yml", "internal_users.yml"], "hosts, and a user that is here already");
        report.LeftOut.ShouldAllBe(static p => !p.Text.Contains("$2y$"));
    }

    [Theory]
    [InlineData("dls: '{\"term\":{}}'")]
    [InlineData("fls: ['~secret']")]
    [InlineData("masked_fields: [name]")]
    public void Restricted_entries_of_OpenSearch_deny_as_no_other_role_lifts_them_there(string restriction)
    {
        ImportReport report = Open(("roles.yml", $"a:\n  index_permissions:\n  - {{ index_patterns: [hr-*], allowed_actions: [read], {restriction} }}\nb:\n  index_permissions:\n  - {{ index_patterns: ['*'], allowed_actions: [read] }}\n"));
        report.Faults.ShouldBeEmpty();
        report.LeftOut.Single().Location!.Line.ShouldBe(3);
        Grants(report, "a").ShouldBe(["deny elasticsearch index:read,index:read_cross_cluster,index:read_failure_store hr-*"]);
        List<Problem> problems = [];
        CompiledPolicy.Compile(1, [.. report.Roles.Select(static r => r.Value!.ToDocument(r.Key))], problems).ShouldNotBeNull();
    }

    [Theory]
    [InlineData("index_permissions: [{ index_patterns: ['/hr.*/'], allowed_actions: [read], dls: x }]")]
    [InlineData("index_permissions: [{ index_patterns: ['*-hr'], allowed_actions: [read], dls: x }]")]
    [InlineData("index_permissions: [{ index_patterns: [], allowed_actions: [read], dls: x }]")]
    [InlineData("exclude_index_permissions: [{ index_patterns: [hr], actions: ['*'] }]")]
    public void What_can_neither_be_kept_nor_left_out_refuses_the_import(string member) =>
        Open(("roles.yml", "a:\n  " + member + "\n")).Faults.Select(static p => p.Id).Distinct().ShouldBe(["GH3082"]);

    [Theory]
    [InlineData("get")]
    [InlineData("suggest")]
    [InlineData("manage_aliases")]
    [InlineData("indices:admin/*")]
    [InlineData("indices:data/read/get*")]
    [InlineData("indices:data/read/msearch")]
    [InlineData("indices:data/write/update*")]
    [InlineData("indices:admin/mapping/put")]
    [InlineData("cluster_all")]
    public void An_action_without_a_privilege_that_is_no_more_gives_nothing(string action)
    {
        ImportReport report = Open(("roles.yml", $"a:\n  index_permissions:\n  - {{ index_patterns: [x], allowed_actions: ['{action}'] }}\n"));
        Grants(report, "a").ShouldBeEmpty();
        (report.LeftOut.Count + report.Rows.Single().Taken).ShouldBe(1);
    }

    [Fact]
    public void Files_that_are_none_of_the_four_are_named() =>
        Open(("config.yml", "_meta: { type: config, config_version: 2 }\n")).Faults.Single().Id.ShouldBe("GH3080");

    private static ImportReport Elastic(string text) => ForeignImport.Read("elasticsearch", [("roles.yml", Bytes(text))], new HashSet<string> { "admin" }, new HashSet<string>());

    private static ImportReport Open(params (string Name, string Text)[] files) =>
        ForeignImport.Read("opensearch", [.. files.Select(static f => (f.Name, (ReadOnlyMemory<byte>)Bytes(f.Text)))], new HashSet<string> { "admin" }, new HashSet<string>());

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static string[] Grants(ImportReport report, string role) =>
    [
        .. report.Roles[role]!.Grants.Select(static g =>
            $"{g.Effect.ToString().ToLowerInvariant()} {g.System} {string.Join(',', g.Actions)} {string.Join(',', g.Resources)}{(g.AllowRestricted ? " restricted" : "")}"),
    ];
}
