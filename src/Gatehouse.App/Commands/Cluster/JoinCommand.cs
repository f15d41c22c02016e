using System.CommandLine;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Gatehouse.App.Client;
using Gatehouse.App.Terminal;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Hosting;
using Gatehouse.Engine.Hosting.Joining;
using Gatehouse.Engine.Store.Etcd;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;
using Gatehouse.Trust.Enrolment;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gatehouse.App.Commands.Cluster;

/// <summary><c>gatehouse join</c>: makes this host a node of the cluster that a token is of.</summary>
internal static class JoinCommand
{
    private const int MostInput = 16 * 1024;

    public static Command Create(CommandTree tree)
    {
        Argument<string?> token = new("TOKEN") { Description = "the token; - or nothing: from the standard input, or asked for", Arity = ArgumentArity.ZeroOrOne };
        Option<string?> file = new("--file") { Description = "file with the token", HelpName = "FILE" };
        Option<string?> key = new("--key") { Description = "file of the node's own key; default ~/.config/gatehouse/NODE-ID.key", HelpName = "FILE" };
        return tree.Make(
            "join",
            "make this host a node of a cluster; the daemon must not run\nexample: gatehouse join gh1_...",
            async (context, cancellation) =>
            {
                if (context.IsRemote)
                {
                    throw CommandFailure.CannotRun(AdministrationProblems.CommandLine, "a node joins on its own host");
                }

                using JoinToken parsed = Parse(Text(context.Screen, context.Parsed.GetValue(token), context.Value(file)));
                return await RunAsync(context, parsed, context.Value(key), cancellation);
            },
            token, file, key);
    }

    // Apart, so that no other command loads the engine.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<int> RunAsync(CommandContext context, JoinToken token, string? key, CancellationToken cancellation)
    {
        var node = new NodeOptions { DataDirectory = context.DataFolder, ConfigurationFile = context.ConfigurationFile, NodeName = token.Node };
        var options = new JoinOptions
        {
            DataDirectory = context.DataFolder,
            ConfigurationFile = context.ConfigurationFile,
            KeyPath = key is null ? null : Path.GetFullPath(key),
            OpenStore = static (settings, cluster, sealer, _) =>
                new(EtcdStateStore.Open(EtcdSettings.Load(settings, "/"), cluster, sealer, TimeProvider.System, NullLogger.Instance)),
            FirstStart = async stop => FirstStart.Decide(node, await SystemDiscovery.FindAsync(stop), static port => SocketOwners.FindListener(port)?.UserName),
        };
        JoinReport report = await JoinRun.RunAsync(token, options, cancellation);
        if (context.IsJson)
        {
            context.PrintJson(JsonSerializer.SerializeToUtf8Bytes(
                new JoinAnswer(report.Node, report.ClusterId, report.Number, report.PeerAddress, [.. report.Members], [.. report.Warnings]), JoinJson.Default.JoinAnswer));
            return ExitCodes.Fine;
        }

        foreach (string warning in report.Warnings)
        {
            context.Screen.Problem(warning);
        }

        new Facts()
            .Add("node", $"{report.Node}, number {report.Number} of cluster {report.ClusterId}")
            .Add("address", report.PeerAddress)
            .Add("members", string.Join(", ", report.Members))
            .Add("configuration", context.ConfigurationFile)
            .Write(context.Screen);
        context.Screen.Line($"joined; start the daemon with: {context.CalledAs} up{(key is null ? "" : $" --key {key}")}");
        return ExitCodes.Fine;
    }

    private static string Text(Screen screen, string? argument, string? file)
    {
        if (argument is not null and not "-" && file is not null)
        {
            throw CommandFailure.CannotRun(AdministrationProblems.CommandLine, "give either the token or a file with it");
        }

        if (file is not null || argument == "-" || (argument is null && Console.IsInputRedirected))
        {
            return Read(file ?? "-");
        }

        return argument ?? PasswordInput.Ask(screen, "Token");
    }

    private static string Read(string path)
    {
        try
        {
            using Stream stream = path == "-" ? Console.OpenStandardInput() : File.OpenRead(path);
            byte[] buffer = new byte[MostInput];
            int length = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            return Encoding.Latin1.GetString(buffer, 0, length);
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException)
        {
            throw CommandFailure.CannotRun(AdministrationProblems.UnreadableInput, $"`{path}` cannot be read: {wrong.Message}", inner: wrong);
        }
    }

    private static JoinToken Parse(string text)
    {
        // Terminals and letters break long lines; nothing of a token is white space.
        string bare = string.Concat(text.Where(static c => !char.IsWhiteSpace(c)));
        JoinToken? token = JoinToken.TryParse(bare, out TokenFault fault);
        return token ?? throw CommandFailure.CannotRun(
            EnrolmentProblems.TokenUnreadable,
            fault switch
            {
                TokenFault.NotAToken => $"this is no enrolment token: those begin with {JoinToken.Prefix}",
                TokenFault.OtherVersion => "this token is of another version of Gatehouse",
                TokenFault.WrongLength => "a part of the token is missing, or there is something behind it",
                TokenFault.WrongCharacter => "the token has a character in it that no token has",
                TokenFault.Damaged => "the token was damaged on its way: its checksum does not fit",
                _ => "the token cannot be understood",
            },
            "copy the whole line again, or hand it over in a file: gatehouse join --file FILE");
    }
}
