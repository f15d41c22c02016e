using System.CommandLine;
using System.Globalization;
using Gatehouse.Administration;
using Gatehouse.App.Client;
using Gatehouse.App.Terminal;
using Gatehouse.Network;

namespace Gatehouse.App.Commands;

/// <summary><c>gatehouse ip</c>.</summary>
internal static class AddressCommands
{
    private static AdminJson Json => CommandContext.Json;

    public static Command Create(CommandTree tree) => CommandTree.Group(
        "ip",
        "which addresses may connect: the most specific rule wins, deny on a tie; one allow rule closes the rest",
        Rule(tree, "allow", AddressRuleEffect.Allow),
        Rule(tree, "deny", AddressRuleEffect.Deny),
        List(tree),
        Remove(tree),
        AddressImport.Create(tree));

    private static Command Rule(CommandTree tree, string word, AddressRuleEffect effect)
    {
        Argument<string> address = Address();
        Option<string?> gate = Gate();
        return tree.Make(
            word,
            effect == AddressRuleEffect.Allow
                ? "let addresses in\nexample: gatehouse ip allow 10.0.0.0/8 --gate etcd"
                : "keep addresses out\nexample: gatehouse ip deny 10.6.6.6",
            async (context, cancellation) =>
            {
                var rule = new NetworkRuleView { Effect = effect, Address = context.Value(address), Gate = context.Value(gate) };
                Answer<ChangeResponse> answer = await context.Client.SendAsync(
                    HttpMethod.Post, "/v1/networks", rule, Json.NetworkRuleView, Json.ChangeResponse, cancellation);
                context.Print(answer, _ => context.Screen.Line($"{word} {rule.Address}{(rule.Gate is null ? "" : $" on gate {rule.Gate}")} is in force"));
                return ExitCodes.Fine;
            },
            address, gate);
    }

    private static Command List(CommandTree tree) => tree.MakeQuery(
        "list",
        "list address rules; host names with the addresses that they have now and when they were resolved\nexample: gatehouse ip list",
        static _ => "/v1/networks",
        Json.NetworkListResponse,
        static (screen, list) =>
        {
            Table table = new Table("RULE", "ADDRESS", "GATE", "KIND", "RESOLVED").WithStyle(static (column, text) =>
                column != 0 ? Style.None : text == "deny" ? Style.Red : Style.Green);
            foreach (NetworkRuleState rule in list.Networks)
            {
                table.Add(
                    rule.Effect == AddressRuleEffect.Deny ? "deny" : "allow",
                    rule.Address,
                    rule.Gate ?? "(all)",
                    Word(rule.Kind),
                    Resolved(rule));
            }

            table.Write(screen, "no rules: every address may connect");
        });

    private static string Word(AddressRuleKind kind) => kind == AddressRuleKind.Everyone ? "all" : kind.ToString().ToLowerInvariant();

    private static string? Resolved(NetworkRuleState rule) => rule switch
    {
        { Addresses: null } => null,
        { Resolved: null, Failing: true } => "not yet, no answer",
        { Resolved: null } => "not yet",
        { Resolved: { } at } => string.Create(
            CultureInfo.InvariantCulture,
            $"{(rule.Addresses.Count == 0 ? "no address" : string.Join(' ', rule.Addresses))}, {at:u}{(rule.Failing == true ? ", no answer since" : "")}"),
    };

    private static Command Remove(CommandTree tree)
    {
        Argument<string> address = Address();
        Option<string?> gate = Gate();
        return tree.Make(
            "rm",
            "remove the rules of an address\nexample: gatehouse ip rm 10.6.6.6",
            async (context, cancellation) =>
            {
                string path = "/v1/networks" + AdminClient.Query(("address", context.Value(address)), ("gate", context.Value(gate)));
                Answer<ChangeResponse> answer = await context.Client.SendAsync(HttpMethod.Delete, path, Json.ChangeResponse, cancellation);
                context.Print(answer, _ => context.Screen.Line($"the rule for {context.Value(address)} is gone"));
                return ExitCodes.Fine;
            },
            address, gate);
    }

    private static Argument<string> Address() => new("ADDRESS") { Description = "an address, a network (10.0.0.0/8), a range (10.0.0.5-10.0.0.99), a host name, a domain (*.example.com), or _all" };

    internal static Option<string?> Gate() => new("--gate") { Description = "for one gate only, `admin` or `metrics`; default every listener", HelpName = "NAME" };
}
