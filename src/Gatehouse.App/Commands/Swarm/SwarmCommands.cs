using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Gatehouse.App.Client;
using Gatehouse.App.Terminal;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Configuration.Reading;
using Gatehouse.Problems;
using Gatehouse.Protocols.Libp2p;
using Gatehouse.Trust.Files;

namespace Gatehouse.App.Commands.Swarm;

/// <summary><c>gatehouse swarm</c>: runs on the gate's host, without the daemon.</summary>
internal static class SwarmCommands
{
    public static Command Create(CommandTree tree) => CommandTree.Group(
        "swarm",
        "private swarms of IPFS Cluster and Kubo: look at a port, make a key, change a gate's",
        Probe(tree),
        CommandTree.Group("key", "swarm keys", NewKey(tree)),
        RotateCommands.Create(tree));

    private static Command Probe(CommandTree tree)
    {
        Argument<string> target = new("HOST:PORT") { Description = "the swarm port" };
        Option<string?> file = new("--key-file") { Description = "file with a swarm.key, or with the 64 digits of IPFS Cluster's secret", HelpName = "FILE" };
        Option<string?> secret = new("--secret") { Description = "place of the key: file:PATH, env:NAME or credential:NAME", HelpName = "PLACE" };
        return tree.Make(
            "probe",
            "say whether a swarm port is open, or protected by this key; exit code 0 when it is protected\nexample: gatehouse swarm probe 127.0.0.1:9096 --key-file swarm.key",
            async (context, cancellation) =>
            {
                (string host, int port) = Target(context.Value(target));
                using SwarmKey? key = KeyOf(context.Value(file), context.Value(secret));
                SwarmVerdict verdict = await SwarmProbe.RunAsync(host, port, key, cancellation);
                string word = SwarmVerdicts.Word(verdict);
                if (context.IsJson)
                {
                    context.PrintJson(Json(writer =>
                    {
                        writer.WriteString("target", context.Value(target));
                        writer.WriteString("verdict", word);
                    }));
                }
                else
                {
                    context.Screen.Line($"{word}: {Meaning(verdict, key is not null)}");
                }

                return verdict is SwarmVerdict.ProtectedMatch or SwarmVerdict.ProtectedLikely ? ExitCodes.Fine : ExitCodes.Findings;
            },
            target, file, secret);
    }

    private static Command NewKey(CommandTree tree)
    {
        Argument<string> file = new("FILE") { Description = "where to write it; there must be no such file" };
        return tree.Make(
            "new",
            "make a random swarm key in a file that nobody else can read\nexample: gatehouse swarm key new swarm.key",
            (context, _) =>
            {
                string path = Path.GetFullPath(context.Value(file));
                WriteNewKey(path);
                if (context.IsJson)
                {
                    context.PrintJson(Json(writer => writer.WriteString("file", path)));
                }
                else
                {
                    context.Screen.Line($"a new swarm key is in {path}; its last line is also the `secret` of IPFS Cluster");
                }

                return Task.FromResult(ExitCodes.Fine);
            },
            file);
    }

    /// <summary>A random key in a new file.</summary>
    public static void WriteNewKey(string path)
    {
        if (File.Exists(path))
        {
            throw CommandFailure.CannotRun(SwarmProblems.KeyUnusable, $"`{path}` is there already", "a key is never overwritten: give another name");
        }

        using var key = SwarmKey.Generate();
        byte[] text = key.ToKeyFile();
        try
        {
            SecretFile.Write(path, text);
        }
        finally
        {
            System.Security.Cryptography.CryptographicOperations.ZeroMemory(text);
        }
    }

    /// <summary>One JSON object.</summary>
    public static ReadOnlyMemory<byte> Json(Action<Utf8JsonWriter> write)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    private static SwarmKey? KeyOf(string? file, string? secret)
    {
        if (file is not null && secret is not null)
        {
            throw CommandFailure.CannotRun(AdministrationProblems.CommandLine, "--key-file and --secret exclude each other");
        }

        SecretReference? place = file is not null ? new SecretReference(file, null)
            : secret is null ? null
            : SecretReference.Parse(secret) ?? throw CommandFailure.CannotRun(
                AdministrationProblems.CommandLine, "--secret is no place of a secret", "file:PATH, env:NAME or credential:NAME; never the secret itself");
        if (place is null)
        {
            return null;
        }

        return SwarmKeyFile.Read(place, Environment.CurrentDirectory, out string why) ?? throw CommandFailure.CannotRun(SwarmProblems.KeyUnusable, why);
    }

    private static (string Host, int Port) Target(string text)
    {
        int colon = text.LastIndexOf(':');
        string host = colon > 0 ? text[..colon] : "";
        bool isBracketed = host is ['[', .., ']'];
        bool isAddress = colon > 0 && int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port is > 0 and < 65_536
            && (isBracketed || !host.Contains(':', StringComparison.Ordinal));
        return isAddress
            ? (isBracketed ? host[1..^1] : host, int.Parse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture))
            : throw CommandFailure.CannotRun(SwarmProblems.ProbeTarget, $"`{text}` is no HOST:PORT", "such as 10.0.0.5:9096 or [fd00::5]:9096");
    }

    private static string Meaning(SwarmVerdict verdict, bool hasKey) => verdict switch
    {
        SwarmVerdict.Open => "libp2p without a private network; anybody may join",
        SwarmVerdict.ProtectedMatch => "it holds this key",
        SwarmVerdict.ProtectedOther => "a private network with another key",
        SwarmVerdict.ProtectedLikely => hasKey ? "it behaves as a private network does, and did not answer this key" : "it behaves as a private network does; give a key to be sure",
        SwarmVerdict.NotLibp2p => "something else answers",
        SwarmVerdict.Closed => "nothing listens there",
        _ => "it says nothing that could be told",
    };
}
