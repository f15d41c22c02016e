using System.CommandLine;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Gatehouse.App.Client;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Configuration.Cluster;
using Gatehouse.Engine.Hosting;
using Gatehouse.Engine.Hosting.Transfer;
using Gatehouse.Engine.Store.Transfer;
using Gatehouse.Problems;

namespace Gatehouse.App.Commands.Store;

/// <summary><c>gatehouse store</c>: where the cluster's state lies; on the node's own host.</summary>
internal static class StoreCommands
{
    public static Command Create(CommandTree tree) => CommandTree.Group(
        "store", "move, back up and restore the state of the cluster", Move(tree), Backup(tree), Restore(tree));

    private static Option<string?> NodeKey() => new("--node-key") { Description = "file of the node's own key, as given to `up --key`", HelpName = "FILE" };

    private static Command Move(CommandTree tree)
    {
        Option<string> to = new("--to") { Description = "`etcd` or `sqlite`", HelpName = "KIND", Required = true };
        Option<string[]> endpoints = new("--endpoints") { Description = "client URLs of etcd's members, separated by commas", HelpName = "URLS", AllowMultipleArgumentsPerToken = true };
        Option<string?> certificate = new("--certificate") { Description = "client certificate without a common name, PEM", HelpName = "FILE" };
        Option<string?> key = new("--key") { Description = "key of the client certificate, PEM, 0600", HelpName = "FILE" };
        Option<string?> user = new("--user") { Description = "user at etcd", HelpName = "NAME" };
        Option<string?> password = new("--password-file") { Description = "file with its password, 0600", HelpName = "FILE" };
        Option<string> prefix = new("--prefix") { Description = "what every key begins with", HelpName = "TEXT", DefaultValueFactory = static _ => "gatehouse" };
        Option<string?> nodeKey = NodeKey();
        return tree.Make(
            "move",
            "with the daemon down: take the state to another store\nexample: gatehouse store move --to etcd --endpoints https://10.0.0.1:2379 --ca ca.pem",
            (context, cancellation) =>
            {
                StoreConfiguration target = context.Value(to) switch
                {
                    StoreConfiguration.Sqlite => new StoreConfiguration(),
                    StoreConfiguration.Etcd => new StoreConfiguration
                    {
                        Kind = StoreConfiguration.Etcd,
                        Endpoints = [.. (context.Value(endpoints) ?? []).SelectMany(static one => one.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))],
                        Prefix = context.Value(prefix) ?? "gatehouse",

                        // The option that every command has; here it is etcd's authority.
                        Ca = Absolute(context.Value(tree.Globals.Ca)),
                        Certificate = Absolute(context.Value(certificate)),
                        Key = Absolute(context.Value(key)),
                        User = context.Value(user),
                        Password = Absolute(context.Value(password)) is { } file ? new SecretReference(file, null) : null,
                    },
                    _ => throw CommandFailure.CannotRun(AdministrationProblems.CommandLine, "`--to` is `etcd` or `sqlite`"),
                };
                return MoveAsync(context, target, context.Value(nodeKey), cancellation);
            },
            to, endpoints, certificate, key, user, password, prefix, nodeKey);
    }

    private static Command Backup(CommandTree tree)
    {
        Argument<string> file = new("file") { Description = "where to; made with mode 0600, never replaced", HelpName = "FILE" };
        Option<string?> nodeKey = NodeKey();
        return tree.Make(
            "backup",
            "write state and wrapped keys to one sealed file, the daemon running or not\nexample: gatehouse store backup gatehouse.backup",
            (context, cancellation) => BackupAsync(context, context.Value(file), context.Value(nodeKey), cancellation),
            file, nodeKey);
    }

    private static Command Restore(CommandTree tree)
    {
        Argument<string> file = new("file") { Description = "a backup", HelpName = "FILE" };
        Option<bool> replace = new("--replace") { Description = "replace a state that is there; every node is stopped" };
        Option<string?> nodeKey = NodeKey();
        return tree.Make(
            "restore",
            "with the daemon down: put a backup back\nexample: gatehouse store restore gatehouse.backup",
            (context, cancellation) => RestoreAsync(context, context.Value(file), context.Value(replace), context.Value(nodeKey), cancellation),
            file, replace, nodeKey);
    }

    // Apart, so that no other command loads the engine.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<int> MoveAsync(CommandContext context, StoreConfiguration target, string? nodeKey, CancellationToken cancellation)
    {
        StoreCopied copied = await StoreMove.RunAsync(OptionsOf(context, nodeKey, mustBeNode: true), target, cancellation);
        Print(context, copied, target.IsEtcd
            ? $"moved to etcd; the database is kept as {StoreMove.MovedName}, start the daemon with gatehouse up"
            : "moved to SQLite; what is in etcd is kept there, start the daemon with gatehouse up");
        return ExitCodes.Fine;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<int> BackupAsync(CommandContext context, string file, string? nodeKey, CancellationToken cancellation)
    {
        StoreCopied copied = await StoreBackup.WriteAsync(OptionsOf(context, nodeKey, mustBeNode: true), Path.GetFullPath(file), cancellation);
        Print(context, copied, "backed up; the node's own key is not in it: keep that elsewhere, nothing opens without it");
        return ExitCodes.Fine;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<int> RestoreAsync(CommandContext context, string file, bool replace, string? nodeKey, CancellationToken cancellation)
    {
        StoreCopied copied = await StoreBackup.RestoreAsync(OptionsOf(context, nodeKey, mustBeNode: false), Path.GetFullPath(file), replace, cancellation);
        Print(context, copied, "restored; where the node has seen a newer generation, accept this one with gatehouse recover --accept-rollback");
        return ExitCodes.Fine;
    }

    private static NodeOptions OptionsOf(CommandContext context, string? nodeKey, bool mustBeNode)
    {
        if (context.IsRemote)
        {
            throw CommandFailure.CannotRun(AdministrationProblems.CommandLine, "a store is moved, backed up and restored on its own host");
        }

        if (mustBeNode && !OfflineNode.IsNode(context.DataFolder))
        {
            throw CommandFailure.CannotRun(AdministrationProblems.NotFound, $"there is no node in {context.DataFolder}", "say where its data is with --data DIR");
        }

        return new NodeOptions { DataDirectory = context.DataFolder, ConfigurationFile = context.ConfigurationFile, NodeKeyPath = Absolute(nodeKey) };
    }

    private static void Print(CommandContext context, StoreCopied copied, string next)
    {
        if (context.IsJson)
        {
            context.PrintJson(JsonSerializer.SerializeToUtf8Bytes(copied, StoreCommandJson.Default.StoreCopied));
            return;
        }

        context.Screen.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"generation {copied.Generation}, {copied.Generations} generations with {copied.Chunks} chunks, {copied.RuntimeKeys} runtime values, {copied.KeyringRecords} key ring records"));
        context.Screen.Line(next);
    }

    private static string? Absolute(string? file) => file is null ? null : Path.GetFullPath(file);
}

/// <summary>What the commands print.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(StoreCopied))]
internal sealed partial class StoreCommandJson : JsonSerializerContext;
