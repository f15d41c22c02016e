using System.CommandLine;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Gatehouse.Administration;
using Gatehouse.Administration.Cluster;
using Gatehouse.App.Client;
using Gatehouse.App.Terminal;
using Gatehouse.Engine.Hosting;
using Gatehouse.Engine.Hosting.Cluster;
using Gatehouse.Engine.Store;
using Gatehouse.Problems;

namespace Gatehouse.App.Commands;

/// <summary><c>gatehouse recover</c>: takes over a state that the node refuses on its own, with the daemon down.</summary>
internal static class RecoverCommand
{
    public static Command Create(CommandTree tree)
    {
        Option<bool> rollback = new("--accept-rollback") { Description = "go on with the store's generation although this node has seen a newer or another one" };
        Option<bool> certificates = new("--certificates") { Description = "make this node's certificates anew, on an issuer the CA too where it has expired" };
        Option<bool> yes = new("--yes") { Description = "do not ask for the generation's number" };
        Option<string?> key = new("--key") { Description = "file of the node's own key, as given to `up`", HelpName = "FILE" };
        return tree.Make(
            "recover",
            "with the daemon down: accept a cluster state that this node refuses, or bring certificates back\nexample: gatehouse recover --certificates",
            (context, cancellation) => context.Value(certificates) && !context.Value(rollback)
                ? CertificatesAsync(context, context.Value(key), cancellation)
                : RunAsync(context, context.Value(rollback) && !context.Value(certificates), context.Value(yes), context.Value(key), cancellation),
            rollback, certificates, yes, key);
    }

    // Apart, so that no other command loads the engine.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<int> RunAsync(CommandContext context, bool isRollback, bool isSure, string? key, CancellationToken cancellation)
    {
        if (!isRollback)
        {
            throw CommandFailure.CannotRun(
                AdministrationProblems.CommandLine, "`recover` needs to be told one thing to do", "gatehouse recover --accept-rollback, or gatehouse recover --certificates");
        }

        NodeOptions options = OptionsOf(context, key);
        await using OfflineRecovery recovery = await OfflineRecovery.OpenAsync(options, cancellation);
        var answer = new RecoverResponse { Seen = recovery.Seen, Generation = recovery.Offered.Number, Accepted = recovery.Refusal is not null };
        if (recovery.Refusal is { } refusal)
        {
            Tell(context.Screen, refusal, recovery.Offered);
            if (!isSure)
            {
                Confirm(context.Screen, recovery.Offered.Number);
            }

            await recovery.AcceptAsync(cancellation);
        }

        context.Print(
            new Answer<RecoverResponse>(JsonSerializer.SerializeToUtf8Bytes(answer, AdminJson.Default.RecoverResponse), answer),
            told => context.Screen.Line(told.Accepted
                ? $"generation {Text(told.Generation)} is accepted; start the daemon with gatehouse up"
                : $"there is nothing to accept: this node takes generation {Text(told.Generation)} as it is"));
        return ExitCodes.Fine;
    }

    // Apart, so that no other command loads the engine.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<int> CertificatesAsync(CommandContext context, string? key, CancellationToken cancellation)
    {
        CertificatesRecovered done = await CertificateRecovery.RunAsync(OptionsOf(context, key), cancellation);
        var answer = new CertificatesResponse { CaReplaced = done.Before is not null, CaBefore = done.Before, CaFingerprint = done.Now, CertificateExpires = done.Expires };
        context.Print(
            new Answer<CertificatesResponse>(JsonSerializer.SerializeToUtf8Bytes(answer, RotationJson.Default.CertificatesResponse), answer),
            told =>
            {
                context.Screen.Line(told.CaReplaced
                    ? $"the CA had expired; a new one is in its place: SHA-256 {told.CaFingerprint}. Give ca.crt to every client and issue their certificates again"
                    : $"the CA is good: SHA-256 {told.CaFingerprint}");
                context.Screen.Line($"this node has new certificates until {told.CertificateExpires.ToUniversalTime().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}; start it with gatehouse up");
                if (!done.Others.IsEmpty)
                {
                    context.Screen.Line($"then start {string.Join(", ", done.Others)}: each asks this node for new certificates through the store");
                }
            });
        return ExitCodes.Fine;
    }

    private static NodeOptions OptionsOf(CommandContext context, string? key)
    {
        if (context.IsRemote)
        {
            throw CommandFailure.CannotRun(AdministrationProblems.CommandLine, "a node is recovered on its own host", "leave --url out");
        }

        return OfflineNode.IsNode(context.DataFolder)
            ? new NodeOptions
            {
                DataDirectory = context.DataFolder,
                ConfigurationFile = context.ConfigurationFile,
                NodeKeyPath = key is null ? null : Path.GetFullPath(key),
            }
            : throw CommandFailure.CannotRun(AdministrationProblems.NotFound, $"there is no node in {context.DataFolder}", "say where its data is with --data DIR");
    }

    // On the error stream, like the question after it: the answer alone is on the output.
    private static void Tell(Screen screen, Problem refusal, Generation offered)
    {
        screen.Problem(refusal.ToString());
        screen.Problem($"the store holds generation {Text(offered.Number)}, made {offered.Note.Time.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture)} "
            + $"by {offered.Note.Actor}: {offered.Note.Summary}");
        screen.Problem($"users in it: {Names(offered.Document.Users.Keys)}");
        screen.Problem($"roles in it: {Names(offered.Document.Roles.Keys)}");
        screen.Problem("users and rights that were removed after it come back; passwords that were changed after it are the old ones again");
    }

    private static void Confirm(Screen screen, long generation)
    {
        screen.Error.Write($"type the number of the generation to go on with: ");
        string? typed = Console.In.ReadLine();
        if (typed?.Trim() != Text(generation))
        {
            throw CommandFailure.Refused(AdministrationProblems.InvalidValue, $"that is not {Text(generation)}; nothing was changed");
        }
    }

    private static string Names(IEnumerable<string> names)
    {
        const int Most = 50;
        List<string> all = [.. names];
        return all.Count == 0 ? "none" : string.Join(", ", all.Take(Most)) + (all.Count > Most ? $" and {Text(all.Count - Most)} more" : "");
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
