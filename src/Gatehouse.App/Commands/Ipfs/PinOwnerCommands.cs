using System.CommandLine;
using System.Globalization;
using Gatehouse.Administration;
using Gatehouse.App.Client;
using Gatehouse.App.Terminal;
using Gatehouse.Problems;

namespace Gatehouse.App.Commands.Ipfs;

/// <summary><c>gatehouse pin-owner</c>.</summary>
internal static class PinOwnerCommands
{
    private const string Path = "/v1/pin-owners";

    private static AdminJson Json => CommandContext.Json;

    public static Command Create(CommandTree tree) => CommandTree.Group(
        "pin-owner", "pins of IPFS Clusters: whose they are", List(tree), Show(tree), Assign(tree), Release(tree), Rebuild(tree));

    private static Command List(CommandTree tree)
    {
        Option<string?> gate = new("--gate") { Description = "only of the cluster behind this gate", HelpName = "NAME" };
        Option<string?> cluster = Cluster();
        Option<string?> user = new("--user") { Description = "only this user's; REALM/NAME for one realm's", HelpName = "NAME" };
        Option<string?> cid = new("--cid") { Description = "only this CID's owners", HelpName = "CID" };
        Option<int?> limit = new("--limit") { Description = "at most so many; 1000 without", HelpName = "N" };
        Option<string?> after = new("--after") { Description = "go on behind this place", HelpName = "PLACE" };
        return tree.MakeQuery(
            "list",
            "list owned pins\nexample: gatehouse pin-owner list --user anna",
            context => Path + AdminClient.Query(
                ("gate", context.Value(gate)),
                ("cluster", context.Value(cluster)),
                ("user", context.Value(user)),
                ("cid", context.Value(cid)),
                ("limit", context.Parsed.GetValue(limit)?.ToString(CultureInfo.InvariantCulture)),
                ("after", context.Value(after))),
            Json.PinOwnerListResponse,
            Write,
            gate, cluster, user, cid, limit, after);
    }

    private static Command Show(CommandTree tree)
    {
        Argument<string> cid = Cid();
        Option<string?> cluster = Cluster();
        return tree.Make(
            "show",
            "show whose a CID is; exit code 1 if nobody's\nexample: gatehouse pin-owner show bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi",
            async (context, cancellation) =>
            {
                Answer<PinOwnerListResponse> answer = await context.Client.GetAsync(
                    Path + AdminClient.Query(("cid", context.Value(cid)), ("cluster", context.Value(cluster))), Json.PinOwnerListResponse, cancellation);
                context.Print(answer, found => Write(context.Screen, found));
                return answer.Value.Owners.Count > 0 ? ExitCodes.Fine : ExitCodes.Findings;
            },
            cid, cluster);
    }

    private static Command Assign(CommandTree tree)
    {
        Argument<string> cid = Cid();
        Argument<string> user = new("USER") { Description = "a native user, or REALM/NAME" };
        Option<string?> cluster = Cluster();
        return tree.Make(
            "assign",
            "make a CID a user's too; the cluster is not asked\nexample: gatehouse pin-owner assign bafy... anna --cluster media",
            async (context, cancellation) =>
            {
                (string id, string who) = (context.Value(cid), context.Value(user));
                string of = await ClusterAsync(context, id, context.Value(cluster), cancellation);
                Answer<ChangeResponse> answer = await context.Client.SendAsync(
                    HttpMethod.Post, Path, new PinOwnerRequest { Cluster = of, Cid = id, User = who }, Json.PinOwnerRequest, Json.ChangeResponse, cancellation);
                context.Print(answer, _ => context.Screen.Line($"{Screen.Plain(id)} of {Screen.Plain(of)} is {Screen.Plain(who)}'s now"));
                return ExitCodes.Fine;
            },
            cid, user, cluster);
    }

    private static Command Release(CommandTree tree)
    {
        Argument<string> cid = Cid();
        Option<string?> cluster = Cluster();
        Option<string?> user = new("--user") { Description = "take it from this user only", HelpName = "NAME" };
        return tree.Make(
            "release",
            "make a CID nobody's, or not one user's; the cluster keeps it\nexample: gatehouse pin-owner release bafy... --user anna",
            async (context, cancellation) =>
            {
                string id = context.Value(cid);
                string of = await ClusterAsync(context, id, context.Value(cluster), cancellation);
                Answer<ChangeResponse> answer = await context.Client.SendAsync(
                    HttpMethod.Delete, Path + AdminClient.Query(("cluster", of), ("cid", id), ("user", context.Value(user))), Json.ChangeResponse, cancellation);
                context.Print(answer, _ => context.Screen.Line($"{Screen.Plain(id)} of {Screen.Plain(of)} is {(context.Value(user) is { } name ? $"not {Screen.Plain(name)}'s" : "nobody's")} now"));
                return ExitCodes.Fine;
            },
            cid, cluster, user);
    }

    private static Command Rebuild(CommandTree tree)
    {
        Option<string> gate = new("--gate") { Description = "a gate of system ipfs-cluster", HelpName = "NAME", Required = true };
        return tree.Make(
            "rebuild",
            "take first owners from the marks in a cluster's pins, after the ledger was lost\nexample: gatehouse pin-owner rebuild --gate ipfs",
            async (context, cancellation) =>
            {
                Answer<PinRebuildResponse> answer = await context.Client.SendAsync(
                    HttpMethod.Post, Path + "/rebuild", new PinRebuildRequest { Gate = context.Value(gate)! }, Json.PinRebuildRequest, Json.PinRebuildResponse, cancellation);
                context.Print(answer, found => Tell(context.Screen, found));
                return answer.Value.Forged + answer.Value.Failed > 0 ? ExitCodes.Findings : ExitCodes.Fine;
            },
            gate);
    }

    private static Argument<string> Cid() => new("CID") { Description = "the CID, as `pin-owner list` shows it" };

    private static Option<string?> Cluster() => new("--cluster") { Description = "of this cluster", HelpName = "NAME" };

    /// <summary>The cluster that was named, or the only one in which the CID is somebody's.</summary>
    private static async Task<string> ClusterAsync(CommandContext context, string cid, string? cluster, CancellationToken cancellation)
    {
        if (cluster is not null)
        {
            return cluster;
        }

        Answer<PinOwnerListResponse> found = await context.Client.GetAsync(Path + AdminClient.Query(("cid", cid)), Json.PinOwnerListResponse, cancellation);
        string[] clusters = [.. found.Value.Owners.Select(static one => one.Cluster).Distinct(StringComparer.Ordinal)];
        return clusters.Length == 1 ? clusters[0] : throw CommandFailure.Refused(
            AdministrationProblems.InvalidValue,
            clusters.Length == 0 ? "the CID is nobody's, so nothing says in which cluster" : $"the CID is owned in {clusters.Length} clusters",
            "--cluster says in which");
    }

    private static void Write(Screen screen, PinOwnerListResponse list)
    {
        Table table = new Table("CID", "CLUSTER", "OWNER", "STATE", "SINCE", "NAME").WithStyle(static (column, text) =>
            column == 3 && text == "damaged" ? Style.Red : Style.None);
        foreach (PinOwnerView one in list.Owners)
        {
            string? since = one.Created?.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
            table.Add(one.Cid, one.Cluster, one.User is null ? "(unknown)" : $"{one.Realm}/{one.User}", one.State, since, one.Name);
        }

        table.Write(screen, "no owned pins");
        if (list.Next is { } next)
        {
            screen.Problem($"there are more: --after {next}");
        }
    }

    private static void Tell(Screen screen, PinRebuildResponse found) => new Facts()
        .Add("cluster", found.Cluster)
        .Add("pins", Number(found.Pins))
        .Add("owned before", Number(found.Owned))
        .Add("owned again", Number(found.Added))
        .Add("without mark", Number(found.Unmarked))
        .Add("forged mark", Number(found.Forged), found.Forged > 0 ? Style.Red : Style.None)
        .Add("owner is gone", Number(found.Gone))
        .Add("not taken", Number(found.Failed), found.Failed > 0 ? Style.Red : Style.None)
        .Write(screen);

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
