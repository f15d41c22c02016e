using System.Collections.Immutable;
using Gatehouse.Operations;
using Gatehouse.Policy;
using Gatehouse.Problems;
using Shouldly;
using Xunit;
using static Gatehouse.Tests.Policy.PolicyFixture;

namespace Gatehouse.Tests.Policy;

/// <summary>Elastic's roles by Elastic's names: what each may, and what it may not.</summary>
public class ElasticsearchRolesTests
{
    // ROLE | what it may | what it may not; `action resource`, without a resource for operations of the cluster.
    private const string Table = """
        apm_system                  | cluster:monitor, index:create_doc .monitoring-beats-7 | index:read .monitoring-beats-7, index:delete .monitoring-beats-7, cluster:manage
        beats_admin                 | index:delete .management-beats | index:read .security-7, index:read logs-x, cluster:monitor
        beats_system                | cluster:monitor, index:create .monitoring-beats-7 | index:index .monitoring-beats-7, index:create metricbeat-1
        editor                      | index:read logs-x, index:write .alerts-security.alerts-default, index:write .internal.alerts-x-000001, index:write observability-annotations | index:write logs-x, index:read .security-7, index:read .hidden, cluster:monitor
        enrich_user                 | cluster:manage_enrich, cluster:manage_pipeline, index:write .enrich-a-1 | index:read logs-x, cluster:manage
        inference_admin             | cluster:manage_inference, cluster:monitor_inference | cluster:monitor_ml, index:read logs-x
        inference_user              | cluster:monitor_inference | cluster:manage_inference, index:read .inference
        ingest_admin                | cluster:manage_index_templates, cluster:manage_ingest_pipelines | index:create_index logs-x, cluster:manage
        kibana_admin                | | cluster:monitor, index:read logs-x, index:read .kibana_8
        kibana_dashboard_only_user  | | cluster:monitor, index:read .kibana_8
        kibana_system               | cluster:manage_ilm, cluster:grant_api_key, index:write .kibana_8.0_001, index:monitor logs-x | index:read logs-x, index:read .security-7, index:write .fleet-x, cluster:manage_security, cluster:manage
        kibana_user                 | | cluster:monitor, index:read .kibana_8
        logstash_admin              | cluster:manage_logstash_pipelines, index:index .logstash | index:read logs-x, cluster:manage
        logstash_system             | cluster:monitor | index:read .monitoring-logstash-7, cluster:manage_logstash_pipelines
        machine_learning_admin      | cluster:manage_ml, index:read .ml-state-write, index:write .ml-annotations-6 | index:write .ml-state-write, index:read logs-x
        machine_learning_user       | cluster:monitor_ml, index:read .ml-anomalies-shared | cluster:manage_ml, index:read .ml-state, index:read logs-x
        monitoring_user             | index:read .monitoring-es-7 | index:write .monitoring-es-7, index:read logs-x, cluster:manage
        remote_monitoring_agent     | cluster:manage_index_templates, index:delete_index .monitoring-es-7, index:index metricbeat-8 | index:delete metricbeat-8, index:read logs-x
        remote_monitoring_collector | cluster:monitor, index:monitor .security-7, index:monitor logs-x, index:read .kibana_1 | index:read logs-x, index:read .security-7, index:manage logs-x
        reporting_user              | | index:read .reporting-2026, cluster:monitor
        rollup_admin                | cluster:manage_rollup, cluster:monitor_rollup | index:read logs-x
        rollup_user                 | cluster:monitor_rollup | cluster:manage_rollup
        snapshot_user               | cluster:create_snapshot, cluster:monitor_snapshot, index:view_index_metadata .security-7 | index:read logs-x, cluster:manage
        transform_admin             | cluster:manage_transform, index:read .transform-notifications-000002 | index:write .transform-notifications-000002, index:read logs-x
        transform_user              | cluster:monitor_transform, index:read .data-frame-notifications-1 | cluster:manage_transform, index:read .transform-internal-007
        transport_client            | cluster:transport_client | cluster:monitor, index:read logs-x
        viewer                      | index:read logs-x, index:view_index_metadata logs-x, index:read .alerts-security.alerts-default | index:read .security, index:read .kibana_8, index:read .hidden, index:write logs-x, cluster:monitor
        watcher_admin               | cluster:manage_watcher, index:read .watches | index:write .watches, index:read logs-x
        watcher_user                | cluster:monitor_watcher, index:read .watcher-history-16-2026.01.01 | cluster:manage_watcher, index:read .triggered_watches
        """;

    public static TheoryData<string, string, string> Roles() => new(Table.Split('\n').Select(static line => line.Split('|', StringSplitOptions.TrimEntries))
        .Select(static cells => (cells[0], cells[1], cells[2])));

    [Theory, MemberData(nameof(Roles))]
    public void A_role_grants_what_it_is_for_and_nothing_else(string role, string granted, string refused)
    {
        CompiledPolicy policy = PolicyOf();
        AuthorizationContext context = Context() with { Roles = [role] };
        foreach (string operation in granted.Split(", ", StringSplitOptions.RemoveEmptyEntries))
        {
            policy.Allows(Asked(operation), context).ShouldBeTrue($"{role} {operation}");
        }

        foreach (string operation in refused.Split(", ").Append("cluster:all").Append("cluster:manage_security").Append("index:write .security-7"))
        {
            policy.Allows(Asked(operation), context).ShouldBeFalse($"{role} {operation}");
        }
    }

    [Fact]
    public void Each_role_stands_in_the_table_and_none_gives_rights_over_anything_else()
    {
        string[] tested = [.. Table.Split('\n').Select(static line => line.Split('|')[0].Trim())];
        BuiltInRoles.All.Keys.Where(static name => !BuiltInRoles.IsFixed(name) && !name.StartsWith("mqtt_") && !name.StartsWith("emqx_") && !name.StartsWith("ipfs_") && !name.StartsWith("ignite_")).ShouldBe(tested);
        BuiltInRoles.All.Values.Where(role => tested.Contains(role.Name)).SelectMany(static role => role.Grants)
            .ShouldAllBe(static grant => grant.System == "elasticsearch" && grant.Effect == GrantEffect.Allow && !grant.Actions.Any(action => action.Contains('*')));
    }

    [Fact]
    public void A_role_of_the_policys_own_by_the_name_stands_alone()
    {
        var own = new RoleDocument { Name = "editor", Grants = [new Grant { System = "etcd", Actions = ["kv.put"] }] };
        List<Problem> problems = [];
        CompiledPolicy policy = CompiledPolicy.Compile(1, [own], problems)!;
        problems.ShouldBeEmpty();
        AuthorizationContext context = Context() with { Roles = ["editor"] };
        policy.Allows(Ask("kv.put", "a"), context).ShouldBeTrue();
        policy.Allows(Asked("index:read logs-x"), context).ShouldBeFalse();

        BuiltInRoles.Find("editor", new Dictionary<string, RoleDocument> { ["editor"] = own }).ShouldBeSameAs(own);
        BuiltInRoles.Find("editor", ImmutableDictionary<string, RoleDocument>.Empty)!.Grants.Length.ShouldBeGreaterThan(1);
        BuiltInRoles.Find("superuser", new Dictionary<string, RoleDocument> { ["superuser"] = own }).ShouldNotBeSameAs(own);
        BuiltInRoles.Find("nobody", ImmutableDictionary<string, RoleDocument>.Empty).ShouldBeNull();
    }

    private static OperationSet Asked(string operation)
    {
        string[] parts = operation.Split(' ');
        OperationSet set = new();
        set.Begin(SystemAction.Intern("elasticsearch", parts[0]));
        if (parts.Length > 1)
        {
            set.AddResource(System.Text.Encoding.UTF8.GetBytes(parts[1]));
        }

        return set;
    }
}
