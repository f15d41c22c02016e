using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;
using System.Text;
using Gatehouse.Administration;
using Gatehouse.Engine.Administration.Imports;
using Gatehouse.Identity;
using Gatehouse.Operations;
using Gatehouse.Policy;
using Gatehouse.Problems;
using Shouldly;

namespace Gatehouse.Engine.Tests.Administration.Imports.Mqtt;

/// <summary>Imports of brokers' rules for tests, and what the imported policy decides.</summary>
internal static class MqttImports
{
    public static ImportReport Read(string format, params (string Name, string Text)[] files) => ForeignImport.Read(
        format, [.. files.Select(static f => (f.Name, (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(f.Text)))], new HashSet<string> { "admin" }, new HashSet<string>());

    public static ImportReport Acl(string text) => Read("emqx-acl", ("acl.conf", text));

    /// <summary>Grants in one line each.</summary>
    public static string[] Grants(this ImportReport report, string role) =>
    [
        .. report.Roles[role]!.Grants.Select(static g =>
            $"{g.Effect.ToString().ToLowerInvariant()} {string.Join(',', g.Actions)} {string.Join(',', g.Resources)}{When(g.When)}"),
    ];

    /// <summary>What the report says of each rule.</summary>
    public static string[] Lines(this ImportReport report) =>
        [.. report.Rows.Where(static row => row.Kind == "rule").Select(static row => $"{row.Name} {row.Taken} {row.LeftOut} {row.Why}")];

    public static CompiledPolicy Compile(this ImportReport report)
    {
        report.Faults.ShouldBeEmpty();
        List<Problem> problems = [];
        CompiledPolicy? policy = CompiledPolicy.Compile(1, [.. report.Roles.Select(static r => r.Value!.ToDocument(r.Key))], problems);
        return policy.ShouldNotBeNull(string.Join('\n', problems.Select(static p => p.Text)));
    }

    /// <summary>Roles of an identity by the mappings, the one for everybody as if somebody had enabled it.</summary>
    public static ImmutableArray<string> MappedRoles(this ImportReport report, string name)
    {
        List<Problem> problems = [];
        RoleMapper? mapper = RoleMapper.Compile([.. report.Mappings.Select(static m => m.Value!.ToDocument(m.Key) with { Enabled = true })], problems);
        return mapper.ShouldNotBeNull().RolesOf(new Principal(name, "directory"), null);
    }

    public static bool Allows(
        this CompiledPolicy policy, string name, ImmutableArray<string> roles, string action, string topic, byte qos = 0, bool? retain = null, string source = "192.0.2.1")
    {
        var operations = new OperationSet();
        operations.Begin(SystemAction.Intern("mqtt", action));
        if (action == "subscribe")
        {
            operations.AddFilter(Encoding.UTF8.GetBytes(topic));
        }
        else
        {
            operations.AddResource(Encoding.UTF8.GetBytes(topic));
        }

        var principal = new Principal(name, "directory", attributes: new Dictionary<string, string> { ["clientid"] = "c1" }.ToFrozenDictionary());
        var context = new AuthorizationContext(principal, roles, IPAddress.Parse(source), "mqtt", false, new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero), 1)
        {
            Qos = qos,
            Retain = retain ?? (action == "publish" ? false : null),
        };
        return Authorizer.Decide(policy, context, operations).IsAllowed;
    }

    private static string When(ConditionsView? when) => when is null ? "" : string.Concat(
        when.Sources.Count > 0 ? " from " + string.Join(',', when.Sources) : "",
        when.Qos is { Count: > 0 } ? " qos " + string.Join(',', when.Qos) : "",
        when.Retain is { } retain ? " retain " + retain : "");
}
