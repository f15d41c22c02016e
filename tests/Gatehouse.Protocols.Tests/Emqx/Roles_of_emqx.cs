using Gatehouse.Policy;
using Gatehouse.Protocols.Emqx;
using Shouldly;
using Xunit;

namespace Gatehouse.Protocols.Tests.Emqx;

/// <summary>Every operation of the API has its place here: who may by the built-in roles, and who may not.</summary>
public sealed class Roles_of_emqx
{
    private const string Viewer = """
        actions.read alarms.read auto_subscribe.read banned.read bridges.read clients.read cluster.read cluster_links.read
        connectors.read dashboard.read delayed.read ds.read event_message.read exhooks.read file_transfer.read
        gateways.clients.read license.read listeners.read login message_queues.read message_streams.read
        message_transformations.read metrics.read namespaces.read nodes.read plugins.read
        rebalance.read retained.read retainer.read rules.read schema_registry.read schema_validations.read
        slow_subscriptions.read sources.read status.read subscriptions.read telemetry.read topic_metrics.read
        topic_rewrite.read topics.read trace.read
        """;

    private const string OperatorToo = """
        actions.operate alarms.write banned.write bridges.operate clients.kick clients.unsubscribe clients.write
        connectors.operate delayed.write gateways.clients.write listeners.operate rebalance.write retained.delete
        rules.operate slow_subscriptions.write sources.operate topic_metrics.write trace.write
        """;

    private const string AdministratorOnly = """
        opentelemetry.read prometheus.read
        actions.write ai.read ai.write api_keys.read api_keys.write audit.read authentication.read authentication.write
        authorization.read authorization.write auto_subscribe.write bridges.write certs.read certs.write clients.subscribe
        cluster.write cluster_links.write config.read config.write connectors.write data.delete data.export data.import
        data.read ds.write event_message.write exhooks.write file_transfer.write gateways.read gateways.write license.write
        listeners.write message_queues.write message_streams.write message_transformations.write messages.read metrics.write
        mqtt_users.read mqtt_users.write namespaces.write opentelemetry.write plugins.call plugins.install plugins.write
        prometheus.write publish relup.read relup.write retainer.write rules.test rules.write schema_registry.write
        schema_validations.write sources.write sso.read sso.write telemetry.write topic_rewrite.write trace.download unknown
        users.read users.write
        """;

    [Fact]
    public void Every_operation_of_the_catalogue_stands_in_one_of_the_three() =>
        Words(Viewer).Concat(Words(OperatorToo)).Concat(Words(AdministratorOnly)).Order(StringComparer.Ordinal).ShouldBe(
            EmqxCatalogue.Routes.Endpoints.SelectMany(static e => e.Actions)
                .Append(EmqxCatalogue.Login.Name).Append(EmqxCatalogue.Unknown.Name).Distinct().Order(StringComparer.Ordinal));

    [Fact]
    public void A_viewer_looks_and_no_more() => ActionsOf("emqx_viewer").ShouldBe(Words(Viewer), ignoreOrder: true);

    [Fact]
    public void An_operator_keeps_things_running() =>
        ActionsOf("emqx_operator").ShouldBe(Words(Viewer).Concat(Words(OperatorToo)), ignoreOrder: true);

    [Fact]
    public void An_administrator_may_everything_here_and_nothing_elsewhere()
    {
        ActionsOf("emqx_admin").ShouldBe(["*"]);
        BuiltInRoles.All["emqx_admin"].Grants.ShouldHaveSingleItem().System.ShouldBe(EmqxCatalogue.System);
    }

    [Fact]
    public void What_only_looks_at_things_changes_nothing() =>
        EmqxCatalogue.Routes.Endpoints.Where(static e => e.Actions.Any(static a => a.EndsWith(".read", StringComparison.Ordinal)))
            .SelectMany(static e => e.Methods).Distinct().ShouldBe(["GET", "HEAD"], ignoreOrder: true);

    [Theory]
    [InlineData("emqx_viewer")]
    [InlineData("emqx_operator")]
    public void Nobody_below_an_administrator_reaches_code_credentials_or_messages(string role) =>
        ActionsOf(role).Intersect(
        [
            "plugins.install", "plugins.write", "plugins.call", "exhooks.write", "relup.write", "rules.write", "rules.test", "connectors.write",
            "actions.write", "sources.write", "bridges.write", "config.read", "config.write", "users.write", "api_keys.write", "sso.write",
            "data.export", "data.import", "trace.download", "messages.read", "publish", "clients.subscribe", "unknown",
        ]).ShouldBeEmpty();

    private static string[] Words(string text) => text.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);

    private static IEnumerable<string> ActionsOf(string role) => BuiltInRoles.All[role].Grants.SelectMany(static grant => grant.Actions);
}
