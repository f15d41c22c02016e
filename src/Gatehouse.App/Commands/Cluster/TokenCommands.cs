using System.CommandLine;
using System.Globalization;
using Gatehouse.Administration;
using Gatehouse.Administration.Cluster;
using Gatehouse.App.Client;
using Gatehouse.App.Terminal;
using Gatehouse.Problems.Cluster;

namespace Gatehouse.App.Commands.Cluster;

/// <summary><c>gatehouse token</c>: one string that lets one node in, once.</summary>
internal static class TokenCommands
{
    private const string Path = "/v1/enrolment-tokens";

    private static MembershipJson Json => MembershipJson.Lenient;

    public static Command Create(CommandTree tree) => CommandTree.Group(
        "token", "enrolment tokens: each lets one node join, once", Make(tree), List(tree), Revoke(tree));

    private static Command Make(CommandTree tree)
    {
        Option<string> node = new("--node") { Description = "the name that the node will have", HelpName = "NAME", Required = true };
        Option<string[]> role = new("--role") { Description = "a role of the node: issuer, which holds the CA's keys", HelpName = "ROLE" };
        Option<string[]> service = new("--service") { Description = "the node becomes a trusted peer for this mesh service; more than once", HelpName = "SERVICE" };
        Option<bool> all = new("--all-services") { Description = "the node becomes a trusted peer for every mesh service" };
        Option<string[]> address = new("--address") { Description = "where the new host reaches the admin API, HOST:PORT; more than once", HelpName = "HOST:PORT" };
        Option<bool> replace = new("--replace") { Description = "the node takes the place of the one with its name, whose keys are revoked" };
        Option<string[]> same = new("--same-host") { Description = "the node is on the host of another, and may have this name or address of it, too; more than once", HelpName = "HOST" };
        Option<string> valid = new("--valid") { Description = "how long it can be used, 5m to 24h", HelpName = "TIME", DefaultValueFactory = static _ => "30m" };
        return tree.Make(
            "create",
            "make a token, shown this once\nexample: gatehouse token create --node node2 --role issuer",
            async (context, cancellation) =>
            {
                var request = new JoinTokenRequest
                {
                    Node = context.Value(node)!,
                    Roles = context.Value(role) ?? [],
                    Services = context.Value(all) ? ["*"] : context.Value(service) ?? [],
                    Addresses = context.Value(address) is { Length: > 0 } some ? some : null,
                    Replace = context.Value(replace),
                    SameHosts = context.Value(same) ?? [],
                    ValidSeconds = Seconds(context.Value(valid)!),
                };
                Answer<JoinTokenCreated> answer = await context.Client.SendAsync(
                    HttpMethod.Post, Path, request, MembershipJson.Default.JoinTokenRequest, Json.JoinTokenCreated, cancellation);
                context.Print(answer, made =>
                {
                    // The token alone is the output, so that it can be sent to a file.
                    context.Screen.Problem($"token {made.Id} for node {made.Node}, until {Shown(made.Expires)}, at {string.Join(", ", made.Addresses)}");
                    context.Screen.Problem("on the new host: gatehouse join TOKEN");
                    context.Screen.Line(made.Token);
                });
                return ExitCodes.Fine;
            },
            node, role, service, all, address, replace, same, valid);
    }

    private static Command List(CommandTree tree) => tree.MakeQuery(
        "list",
        "list tokens that were not used yet\nexample: gatehouse token list",
        static _ => Path,
        Json.JoinTokenListResponse,
        static (screen, list) =>
        {
            Table table = new Table("ID", "NODE", "STATE", "ROLES", "SERVICES", "EXPIRES", "MADE BY").WithStyle(static (column, text) =>
                column == 2 && text == "expired" ? Style.Yellow : Style.None);
            foreach (JoinTokenView token in list.Tokens)
            {
                table.Add(
                    token.Id, token.Node + (token.Replace ? " (replaces)" : "") + SameHosts(token), token.State, string.Join(", ", token.Roles), string.Join(", ", token.Services), Shown(token.Expires), token.CreatedBy);
            }

            table.Write(screen, "no tokens");
        });

    private static Command Revoke(CommandTree tree)
    {
        Argument<string> id = new("ID") { Description = "the token's id, as list shows it" };
        return tree.Make(
            "revoke",
            "take a token back\nexample: gatehouse token revoke 1f0c22ab9d3e4455",
            async (context, cancellation) =>
            {
                string token = context.Value(id);
                if (token.Length > 16)
                {
                    // Not sent on: what is in the path may stand in somebody's log.
                    throw CommandFailure.CannotRun(EnrolmentProblems.TokenRequestInvalid, "this is no id; a whole token is not given here", "gatehouse token list shows the ids");
                }

                Answer<ChangeResponse> answer = await context.Client.SendAsync(
                    HttpMethod.Delete, $"{Path}/{AdminClient.Segment(token)}", CommandContext.Json.ChangeResponse, cancellation);
                context.Print(answer, _ => context.Screen.Line($"token {token} taken back"));
                return ExitCodes.Fine;
            },
            id);
    }

    private static string SameHosts(JoinTokenView token) => token.SameHosts.Count == 0 ? "" : $" (shares {string.Join(", ", token.SameHosts)})";

    private static int Seconds(string text)
    {
        int unit = text.EndsWith('h') ? 3600 : text.EndsWith('m') ? 60 : 0;
        return unit > 0 && int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count is > 0 and <= 1440
            ? count * unit
            : throw CommandFailure.CannotRun(EnrolmentProblems.TokenRequestInvalid, $"`--valid {text}` is no time that a token can have", "5m to 24h, for example 30m");
    }

    private static string Shown(DateTimeOffset time) => time.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
