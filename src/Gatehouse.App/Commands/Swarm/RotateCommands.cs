using System.Collections.Immutable;
using System.CommandLine;
using System.Text;
using Gatehouse.App.Client;
using Gatehouse.App.Terminal;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Configuration.Reading;
using Gatehouse.Problems;
using Gatehouse.Protocols.Libp2p;

namespace Gatehouse.App.Commands.Swarm;

/// <summary>
/// <c>gatehouse swarm rotate</c>: each step is one change of the gate's keys in gatehouse.yaml, which the daemon takes over by itself,
/// without dropping a connection. Where the rotation stands can be seen from the keys alone.
/// </summary>
internal static class RotateCommands
{
    public static Command Create(CommandTree tree) => CommandTree.Group(
        "rotate", "change a swarm key step by step, without stopping the cluster", Status(tree), Prepare(tree), Step(tree, Activate), Step(tree, Retire), Step(tree, Cancel));

    private static readonly RotationStep Activate = new(
        "activate",
        "speak the new key to the peer behind the gate, which has been given it; both are still accepted",
        "prepared",
        static swarm => swarm with { UpstreamKey = swarm.Keys[^1] });

    private static readonly RotationStep Retire = new(
        "retire",
        "accept the new key only; who came with the old one is cut",
        "activated",
        static swarm => swarm with { Keys = [swarm.UpstreamKey!] });

    private static readonly RotationStep Cancel = new(
        "cancel",
        "take a prepared key back; who came with it is cut",
        "prepared",
        static swarm => swarm with { Keys = [swarm.UpstreamKey!] });

    private sealed record RotationStep(string Name, string Description, string From, Func<SwarmConfiguration, SwarmConfiguration> Change);

    private static Command Status(CommandTree tree)
    {
        Argument<string> gate = Gate();
        return tree.Make(
            "status",
            "say where the rotation of a gate's key stands\nexample: gatehouse swarm rotate status ipfs-swarm",
            (context, _) =>
            {
                (SwarmConfiguration swarm, string _) = Open(context, context.Value(gate));
                Print(context, context.Value(gate), swarm);
                return Task.FromResult(ExitCodes.Fine);
            },
            gate);
    }

    private static Command Prepare(CommandTree tree)
    {
        Argument<string> gate = Gate();
        Option<string?> file = new("--new-key-file") { Description = "file with the new key; without it a random key is made beside gatehouse.yaml", HelpName = "FILE" };
        return tree.Make(
            "prepare",
            "accept a new key besides the old one\nexample: gatehouse swarm rotate prepare ipfs-swarm",
            (context, _) =>
            {
                string name = context.Value(gate);
                (SwarmConfiguration swarm, string text) = Open(context, name);
                Require(name, swarm, "steady", "prepare");
                string folder = Path.GetDirectoryName(context.ConfigurationFile)!; // the file's path is absolute
                string path = context.Value(file) is { } given ? Path.GetFullPath(given) : FreeName(folder, name);
                if (context.Value(file) is null)
                {
                    SwarmCommands.WriteNewKey(path);
                }

                var place = new SecretReference(path, null);
                CheckNew(place, swarm, folder);
                swarm = swarm with { Keys = swarm.Keys.Add(place) };
                Write(context, name, text, swarm);
                Print(context, name, swarm);
                return Task.FromResult(ExitCodes.Fine);
            },
            gate, file);
    }

    private static Command Step(CommandTree tree, RotationStep step)
    {
        Argument<string> gate = Gate();
        return tree.Make(
            step.Name,
            $"{step.Description}\nexample: gatehouse swarm rotate {step.Name} ipfs-swarm",
            (context, _) =>
            {
                string name = context.Value(gate);
                (SwarmConfiguration swarm, string text) = Open(context, name);
                Require(name, swarm, step.From, step.Name);
                swarm = step.Change(swarm);
                Write(context, name, text, swarm);
                Print(context, name, swarm);
                return Task.FromResult(ExitCodes.Fine);
            },
            gate);
    }

    private static Argument<string> Gate() => new("GATE") { Description = "the gate's name" };

    private static (SwarmConfiguration Swarm, string Text) Open(CommandContext context, string gate)
    {
        if (context.IsRemote)
        {
            throw CommandFailure.CannotRun(AdministrationProblems.CommandLine, "a key is rotated on the gate's own host, where its files are", "leave --url out");
        }

        string text;
        try
        {
            text = File.ReadAllText(context.ConfigurationFile, Encoding.UTF8);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw CommandFailure.CannotRun(ConfigurationProblems.Edit, $"`{context.ConfigurationFile}` cannot be read: {fault.Message}");
        }

        ConfigurationResult read = ConfigurationReader.Read(text, context.ConfigurationFile);
        GateConfiguration found = (read.Value ?? throw new ProblemException(read.Problems[0])).Gates.FirstOrDefault(g => g.Name == gate)
            ?? throw CommandFailure.CannotRun(AdministrationProblems.NotFound, $"there is no gate `{gate}`", "see them with gatehouse gate list");
        return found.Swarm is { Mode: Words.Relay, UpstreamKey: not null } swarm
            ? (swarm, text)
            : throw CommandFailure.Refused(
                SwarmProblems.RotationStep, $"gate `{gate}` is none of protocol `libp2p-psk` in `mode: relay`", "set `mode: relay` and `upstream_key` first: docs/operate/swarm.md");
    }

    /// <summary><c>steady</c>, <c>prepared</c>, <c>activated</c>, or <c>unclear</c> for keys that no step leaves behind.</summary>
    private static string StateOf(SwarmConfiguration swarm) => swarm switch
    {
        { Keys: [var only] } when only == swarm.UpstreamKey => "steady",
        { Keys: [var old, _] } when old == swarm.UpstreamKey => "prepared",
        { Keys: [_, var next] } when next == swarm.UpstreamKey => "activated",
        _ => "unclear",
    };

    private static void Require(string gate, SwarmConfiguration swarm, string state, string step)
    {
        string now = StateOf(swarm);
        if (now != state)
        {
            throw CommandFailure.Refused(SwarmProblems.RotationStep, $"gate `{gate}` is {now}; `{step}` follows on {state}", Next(gate, now));
        }
    }

    private static void CheckNew(SecretReference place, SwarmConfiguration swarm, string folder)
    {
        using SwarmKey key = SwarmKeyFile.Read(place, folder, out string why) ?? throw CommandFailure.CannotRun(SwarmProblems.KeyUnusable, why);
        if (key.FindWeakness() is not null)
        {
            throw CommandFailure.Refused(SwarmProblems.KeyIsNoSecret, $"`{place}` could be guessed", "gatehouse swarm key new FILE makes a random key");
        }

        using SwarmKey? old = SwarmKeyFile.Read(swarm.UpstreamKey!, folder, out _); // Open looked
        if (key.Equals(old))
        {
            throw CommandFailure.Refused(SwarmProblems.RotationStep, $"`{place}` holds the key that is in use already");
        }
    }

    private static string FreeName(string folder, string gate)
    {
        for (int number = 1; ; number++)
        {
            string path = Path.Combine(folder, $"{gate}-{number}.key");
            if (!File.Exists(path))
            {
                return path;
            }
        }
    }

    private static void Write(CommandContext context, string gate, string text, SwarmConfiguration swarm)
    {
        string edited = ConfigurationWriter.SetSwarmKeys(text, gate, swarm.Keys, swarm.UpstreamKey!); // Open looked
        ConfigurationWriter.Replace(context.ConfigurationFile, edited);
    }

    private static void Print(CommandContext context, string gate, SwarmConfiguration swarm)
    {
        string state = StateOf(swarm);
        if (context.IsJson)
        {
            context.PrintJson(SwarmCommands.Json(writer =>
            {
                writer.WriteString("gate", gate);
                writer.WriteString("state", state);
                writer.WriteStartArray("accepted");
                foreach (SecretReference key in swarm.Keys)
                {
                    writer.WriteStringValue(key.ToString());
                }

                writer.WriteEndArray();
                writer.WriteString("upstream", swarm.UpstreamKey!.ToString()); // Open looked
            }));
            return;
        }

        new Facts()
            .Add("gate", gate)
            .Add("state", state)
            .Add("accepted", string.Join(", ", swarm.Keys))
            .Add("spoken upstream", swarm.UpstreamKey!.ToString()) // Open looked
            .Add("next", Next(gate, state))
            .Write(context.Screen);
    }

    private static string Next(string gate, string state) => state switch
    {
        "steady" => $"gatehouse swarm rotate prepare {gate}",
        "prepared" => $"on every host prepare; then give the peer the new key, gatehouse swarm rotate activate {gate}, restart the peer",
        "activated" => $"when every host is activated: gatehouse swarm rotate retire {gate}; then delete the old key's file",
        _ => "no step leaves these keys behind: put `keys` and `upstream_key` right by hand",
    };
}
