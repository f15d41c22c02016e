using System.CommandLine;
using Gatehouse.Administration;
using Gatehouse.Administration.Cluster;
using Gatehouse.App.Client;
using Gatehouse.App.Terminal;

namespace Gatehouse.App.Commands.Cluster;

/// <summary><c>gatehouse revoke</c>: takes everything from somebody at once, with the store or without it.</summary>
internal static class RevokeCommand
{
    private static AdminJson Json => CommandContext.Json;

    public static Command Create(CommandTree tree)
    {
        Argument<string> kind = new("KIND") { Description = "user, api-key, certificate or node" };
        kind.AcceptOnlyFromAmong("user", "api-key", "certificate", "node");
        Argument<string> name = new("NAME") { Description = "realm/name, the key's id, SHA-256 of the public key, or the node" };
        Option<bool> local = new("--local") { Description = "without the store: at this node now, over the mesh at its peers" };
        Option<string> reason = new("--reason") { Description = "why, one line for the trail" };
        Option<bool> lift = new("--lift") { Description = "take it back" };
        Command revoke = tree.Make(
            "revoke",
            "take everything from somebody at once, whatever their roles say\nexample: gatehouse revoke user native/anna --reason 'laptop stolen'",
            async (context, cancellation) =>
            {
                string who = context.Value(name);
                Answer<ChangeResponse> answer = context.Value(lift)
                    ? await context.Client.SendAsync(
                        HttpMethod.Delete, "/v1/denials" + AdminClient.Query(("kind", context.Value(kind)), ("name", who)), Json.ChangeResponse, cancellation)
                    : await context.Client.SendAsync(
                        HttpMethod.Post,
                        "/v1/denials",
                        new DenialRequest { Kind = context.Value(kind), Name = who, Reason = context.Parsed.GetValue(reason), Local = context.Value(local) },
                        Json.DenialRequest,
                        Json.ChangeResponse,
                        cancellation);
                context.Print(answer, _ => context.Screen.Line($"{context.Value(kind)} {who} is denied{(context.Value(lift) ? " no more" : "")}"));
                return ExitCodes.Fine;
            },
            kind, name, local, reason, lift);
        revoke.Add(tree.MakeQuery("list", "who is denied now\nexample: gatehouse revoke list", static _ => "/v1/denials", Json.DenialListResponse, Write));
        return revoke;
    }

    private static void Write(Screen screen, DenialListResponse list)
    {
        var table = new Table("KIND", "NAME", "SINCE", "BY", "NODE", "REASON", "WHERE");
        foreach (DenialView denial in list.Denials)
        {
            table.Add(denial.Kind, denial.Name, denial.Time.ToString("u", System.Globalization.CultureInfo.InvariantCulture), denial.By, denial.Node, denial.Reason, denial.IsLocal ? "waits for the store" : "cluster");
        }

        table.Write(screen, "nobody is denied");
    }
}
