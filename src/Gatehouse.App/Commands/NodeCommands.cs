using System.CommandLine;
using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Json;
using Gatehouse.Administration;
using Gatehouse.App.Client;
using Gatehouse.App.Commands.Questions;
using Gatehouse.App.Terminal;
using Gatehouse.Trust.Tls;

namespace Gatehouse.App.Commands;

/// <summary>Commands about the node itself.</summary>
internal static class NodeCommands
{
    private static AdminJson Json => CommandContext.Json;

    public static void AddTo(Command root, CommandTree tree)
    {
        root.Add(Up(tree));
        root.Add(Status(tree));
        root.Add(CheckCommand.Create(tree));
        root.Add(ClassifyCommand.Create(tree));
        root.Add(Reload(tree));
        root.Add(RecoverCommand.Create(tree));
        root.Add(WhoAmI(tree));
        root.Add(Version(tree));
        root.Add(CommandTree.Group("completion", "shell completion", [.. ShellCompletion.All.Select(shell => Completion(tree, shell))]));
    }

    /// <summary>The daemon's command.</summary>
    public const string UpName = "up";

    /// <summary>The product's version.</summary>
    public static string ProductVersion { get; } =
        typeof(NodeCommands).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0";

    private static Command Up(CommandTree tree)
    {
        Option<string?> listen = new("--listen") { Description = "first start: address on which the gates listen; default 127.0.0.1", HelpName = "ADDRESS" };
        Option<string?> key = new("--key") { Description = "file of the node's own key; default ~/.config/gatehouse/NODE-ID.key", HelpName = "FILE" };
        return tree.Make(
            UpName,
            "run the daemon; the first start makes everything it needs\nexample: gatehouse up",
            (context, cancellation) =>
            {
                // Both act on the whole process and must come before anything opens a socket or loads OpenSSL.
                Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");
                OpenSslConfiguration.ActivateFor(context.ConfigurationFile);
                return UpCommand.RunAsync(
                    new UpArguments(context.ConfigurationFile, context.DataFolder, context.Value(key), context.Value(listen), context.CalledAs), cancellation);
            },
            listen, key);
    }

    private static Command Status(CommandTree tree) => tree.Make(
        "status",
        "how the node is; exit code 1 when something needs a person\nexample: gatehouse status",
        async (context, cancellation) =>
        {
            Answer<StatusResponse> answer = await context.Client.GetAsync("/v1/status", Json.StatusResponse, cancellation);
            context.Print(answer, status => Write(context.Screen, status));
            return answer.Value.Problems.Count == 0 ? ExitCodes.Fine : ExitCodes.Findings;
        });

    private static Command Reload(CommandTree tree) => tree.Make(
        "reload",
        "read gatehouse.yaml again; a bad file changes nothing\nexample: gatehouse reload",
        async (context, cancellation) =>
        {
            Answer<ChangeResponse> answer = await context.Client.SendAsync(HttpMethod.Post, "/v1/reload", Json.ChangeResponse, cancellation);
            context.Print(answer, _ => context.Screen.Line("the configuration on disk is in force"));
            return ExitCodes.Fine;
        });

    private static Command WhoAmI(CommandTree tree) => tree.MakeQuery(
        "whoami",
        "who the daemon takes you for\nexample: gatehouse whoami",
        static _ => "/v1/whoami",
        Json.WhoAmIResponse,
        static (screen, me) => new Facts()
            .Add("name", $"{me.Realm}/{me.Name}")
            .Add("roles", string.Join(", ", me.Roles))
            .Add("from", me.Source ?? "this host, Unix socket")
            .Write(screen));

    private static Command Version(CommandTree tree) => tree.Make(
        "version",
        "print the version of this executable\nexample: gatehouse version",
        (context, _) =>
        {
            if (context.IsJson)
            {
                context.PrintJson(Encoding.UTF8.GetBytes($"{{\"version\":\"{JsonEncodedText.Encode(ProductVersion)}\"}}"));
            }
            else
            {
                context.Screen.Line($"gatehouse {ProductVersion}");
            }

            return Task.FromResult(ExitCodes.Fine);
        });

    private static Command Completion(CommandTree tree, ShellCompletion shell) => tree.Make(
        shell.Name,
        $"print a completion script for {shell.Name}\nexample: {shell.Example}",
        async (context, cancellation) =>
        {
            await context.Screen.Output.WriteAsync(shell.Script.AsMemory(), cancellation);
            return ExitCodes.Fine;
        });

    private static void Write(Screen screen, StatusResponse status)
    {
        string ends = status.CertificateExpires?.ToUniversalTime().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? "-";
        new Facts()
            .Add("node", $"{status.Node}, version {status.Version}, up since {status.Started.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture)}")
            .Add("state", status.State, status.State == "ok" ? Style.Green : Style.Red)
            .Add("cluster", $"generation {status.Generation} in {status.Store}: {Count(status.Users, "user")}, {Count(status.Roles, "own role")}, {Count(status.Networks, "address rule")}")
            .Add("audit", status.Audit, status.Audit == "failed" ? Style.Red : Style.None)
            .Add("connections", status.Connections.ToString(CultureInfo.InvariantCulture))
            .Add("data", status.DataFolder)
            .Add("configuration", status.ConfigurationFile)
            .Add("CA", $"{status.CaFile}, SHA-256 {status.CaFingerprint}")
            .Add("certificate", $"until {ends}")
            .Add("first password", status.InitialPasswordFile is null ? null : $"still in {status.InitialPasswordFile}; gatehouse user passwd admin removes it", Style.Yellow)
            .Write(screen);
        screen.Output.WriteLine();
        GateCommands.Write(screen, [.. status.Gates.Select(static gate => gate with { Problem = null })]);
        foreach (ErrorBody problem in status.Problems)
        {
            screen.Output.WriteLine(screen.Styled(CommandTree.LineOf(problem), Style.Red));
        }
    }

    private static string Count(int count, string thing) => $"{count.ToString(CultureInfo.InvariantCulture)} {thing}{(count == 1 ? "" : "s")}";
}
