using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using Gatehouse.Administration;
using Gatehouse.App.Client;
using Gatehouse.App.Terminal;
using Gatehouse.Audit;

namespace Gatehouse.App.Commands;

/// <summary><c>gatehouse audit policy</c>.</summary>
internal static class AuditPolicyCommands
{
    private const string Path = "/v1/audit/policy";

    private static AdminJson Json => CommandContext.Json;

    public static Command Create(CommandTree tree) => CommandTree.Group(
        "policy", "which events are recorded; changes of the configuration always are", Show(tree), Set(tree), Reset(tree), Test(tree));

    private static Command Show(CommandTree tree) => tree.MakeQuery(
        "show",
        "show the audit policy\nexample: gatehouse audit policy show --json > policy.json",
        static _ => Path,
        Json.AuditPolicyView,
        Write);

    private static Command Set(CommandTree tree)
    {
        Option<string> file = new("-f", "--file")
        {
            Description = "the whole policy as JSON or YAML, - for stdin, as `audit policy show --json` prints it; with its revision in it, a change of somebody else is not overwritten",
            HelpName = "FILE",
            Required = true,
        };
        return tree.Make(
            "set",
            "replace the audit policy\nexample: gatehouse audit policy set -f policy.yaml",
            async (context, cancellation) =>
            {
                AuditPolicyView policy = AuditPolicyFile.Read(context.Value(file)!); // required
                Answer<ChangeResponse> answer = await context.Client.SendAsync(
                    HttpMethod.Put, Path, policy, Json.AuditPolicyView, Json.ChangeResponse, cancellation);
                string[] unknown = await UnknownGatesAsync(context, policy, cancellation);
                context.Print(answer, _ => context.Screen.Line("the audit policy is in force"));
                foreach (string gate in unknown)
                {
                    context.Screen.Problem($"note: this node has no gate `{gate}`; its rules wait for one of that name");
                }

                return ExitCodes.Fine;
            },
            file);
    }

    private static Command Reset(CommandTree tree)
    {
        Option<long?> revision = new("--revision") { Description = "only if this revision is still in force", HelpName = "N" };
        return tree.Make(
            "reset",
            "record everything again\nexample: gatehouse audit policy reset",
            async (context, cancellation) =>
            {
                string path = Path + AdminClient.Query(("revision", context.Value(revision)?.ToString(CultureInfo.InvariantCulture)));
                Answer<ChangeResponse> answer = await context.Client.SendAsync(HttpMethod.Delete, path, Json.ChangeResponse, cancellation);
                context.Print(answer, _ => context.Screen.Line("everything is recorded"));
                return ExitCodes.Fine;
            },
            revision);
    }

    private static Command Test(CommandTree tree)
    {
        Argument<string> action = new("EVENT") { Description = "access_granted, access_denied, authentication_failed, ..." };
        Option<string?> gate = new("--gate") { Description = "at this gate, or `admin`", HelpName = "NAME" };
        Option<string?> user = new("--user") { Description = "by this user", HelpName = "NAME" };
        Option<string?> realm = new("--realm") { Description = "of this realm; native where a user is given", HelpName = "NAME" };
        Option<string[]> roles = new("--role") { Description = "with this role, more than once; default what the native user has", HelpName = "NAME" };
        Option<string?> system = new("--system") { Description = "with --action: its system", HelpName = "NAME" };
        Option<string?> operation = new("--action") { Description = "doing this, in the system's words", HelpName = "ACTION" };
        Option<string[]> resources = new("--resource") { Description = "to this, more than once", HelpName = "NAME" };
        return tree.Make(
            "test",
            "whether an event would be recorded, and by which rule; exit code 1 if not\nexample: gatehouse audit policy test access_granted --gate etcd --user anna --system etcd --action kv.range --resource app/x",
            async (context, cancellation) =>
            {
                var request = new AuditPolicyTestRequest
                {
                    Event = context.Value(action),
                    Gate = context.Value(gate),
                    User = context.Value(user),
                    Realm = context.Value(realm),
                    Roles = context.Value(roles) is { Length: > 0 } some ? some : null,
                    System = context.Value(system),
                    Action = context.Value(operation),
                    Resources = context.Value(resources) is { Length: > 0 } names ? names : null,
                };
                Answer<AuditPolicyTestResponse> answer = await context.Client.SendAsync(
                    HttpMethod.Post, Path + "/test", request, Json.AuditPolicyTestRequest, Json.AuditPolicyTestResponse, cancellation);
                context.Print(answer, found => context.Screen.Output.WriteLine(
                    $"{context.Screen.Styled(found.Recorded ? "recorded" : "not recorded", found.Recorded ? Style.Green : Style.Red)}  {Screen.Plain(found.Summary)}"));
                return answer.Value.Recorded ? ExitCodes.Fine : ExitCodes.Findings;
            },
            action, gate, user, realm, roles, system, operation, resources);
    }

    private static void Write(Screen screen, AuditPolicyView policy)
    {
        bool isDefault = policy is { Level: null, Include: null, Exclude: null };
        new Facts()
            .Add("revision", (policy.Revision ?? 0).ToString(CultureInfo.InvariantCulture))
            .Add("level", isDefault ? $"{AuditLevels.Full} (default)" : policy.Level)
            .Add("include", List(policy.Include))
            .Add("exclude", List(policy.Exclude))
            .Write(screen);
        var rules = new Table("GATE", "LEVEL", "INCLUDE", "EXCLUDE");
        var ignored = new Table("IGNORE", "GATE", "USERS", "REALMS", "ROLES", "ACTIONS", "RESOURCES");
        Add(ignored, "(all)", policy.Ignore);
        foreach ((string gate, GateAuditRulesView? own) in policy.Gates ?? ImmutableDictionary<string, GateAuditRulesView?>.Empty)
        {
            rules.Add(gate, own?.Level, List(own?.Include), List(own?.Exclude));
            Add(ignored, gate, own?.Ignore);
        }

        if (policy.Gates is { Count: > 0 })
        {
            rules.Write(screen, "");
        }

        ignored.Write(screen, "no ignore policies");
    }

    private static void Add(Table table, string gate, IReadOnlyDictionary<string, IgnorePolicyView?>? policies)
    {
        foreach ((string name, IgnorePolicyView? policy) in policies ?? ImmutableDictionary<string, IgnorePolicyView?>.Empty)
        {
            table.Add(name, gate, List(policy?.Users), List(policy?.Realms), List(policy?.Roles), List(policy?.Actions), List(policy?.Resources));
        }
    }

    private static string? List(IReadOnlyList<string>? list) =>
        list is null ? null : list.Count == 0 ? "(none)" : string.Join(' ', list.Select(static text => text.Length == 0 ? "\"\"" : text));

    // A name that is mistyped changes nothing, and nobody would notice.
    private static async Task<string[]> UnknownGatesAsync(CommandContext context, AuditPolicyView policy, CancellationToken cancellation)
    {
        if (policy.Gates is not { Count: > 0 } gates)
        {
            return [];
        }

        try
        {
            Answer<GateListResponse> known = await context.Client.GetAsync("/v1/gates", Json.GateListResponse, cancellation);
            return [.. gates.Keys.Where(name => name != AuditLevels.AdminGate && known.Value.Gates.All(gate => gate.Name != name))];
        }
        catch (CommandFailure)
        {
            // Who may set the policy may not be allowed to list gates; the change itself was made.
            return [];
        }
    }
}
