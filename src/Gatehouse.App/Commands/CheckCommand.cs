using System.Collections.Immutable;
using System.CommandLine;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Gatehouse.Administration;
using Gatehouse.App.Client;
using Gatehouse.App.Terminal;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Hosting;
using Gatehouse.Problems;
using Gatehouse.Trust.Tls;

namespace Gatehouse.App.Commands;

/// <summary><c>gatehouse check</c>: the daemon's own validators on gatehouse.yaml, with the daemon up or down.</summary>
internal static class CheckCommand
{
    public static Command Create(CommandTree tree) => tree.Make(
        "check",
        "check gatehouse.yaml as the daemon would; exit code 1 when something is wrong\nexample: gatehouse check --config gatehouse.yaml",
        RunAsync);

    // Apart, so that no other command loads the engine.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<int> RunAsync(CommandContext context, CancellationToken cancellation)
    {
        // As the daemon would: with the providers that the file asks for.
        OpenSslConfiguration.ActivateFor(context.ConfigurationFile);
        ConfigurationResult result = ConfigurationCheck.File(context.ConfigurationFile, context.DataFolder);
        ErrorBody[] problems = [.. result.Problems.Select(static p => new ErrorBody { Id = p.Id, Text = p.Text, Hint = p.Hint, Location = p.Location?.ToString() })];
        ErrorBody[] notes = result.Value is { } read ? await NotesAsync(context, read, cancellation) : [];
        if (context.IsJson)
        {
            var answer = new CheckResponse { File = context.ConfigurationFile, Passed = problems.Length == 0, Problems = problems, Notes = notes };
            context.PrintJson(JsonSerializer.SerializeToUtf8Bytes(answer, AdminJson.Default.CheckResponse));
        }
        else if (problems.Length == 0)
        {
            context.Screen.Line($"{context.ConfigurationFile} is fine");
            foreach (ErrorBody note in notes)
            {
                context.Screen.Problem($"note: {CommandTree.LineOf(note)}");
            }
        }
        else
        {
            foreach (ErrorBody problem in problems)
            {
                context.Screen.Problem(CommandTree.LineOf(problem));
            }
        }

        return problems.Length == 0 ? ExitCodes.Fine : ExitCodes.Findings;
    }

    // Which realms there are, only the daemon knows; without it the file is checked by itself.
    private static async Task<ErrorBody[]> NotesAsync(CommandContext context, NodeConfiguration read, CancellationToken cancellation)
    {
        if (read.Gates.All(static gate => gate.Realms.IsDefaultOrEmpty))
        {
            return [];
        }

        try
        {
            Answer<RealmListResponse> list = await context.Client.GetAsync("/v1/realms", AdminJson.Default.RealmListResponse, cancellation);
            var document = new ClusterDocument
            {
                Realms = list.Value.Realms.Where(static realm => realm.Name is not null)
                    .ToImmutableSortedDictionary(static realm => realm.Name!, static realm => realm.ToDocument(realm.Name!), StringComparer.Ordinal), // looked at above
            };
            return
            [
                .. read.Gates.Select(gate => GateRealmCheck.Look(gate, document)).OfType<Problem>()
                    .Select(static p => new ErrorBody { Id = p.Id, Text = p.Text, Hint = p.Hint }),
            ];
        }
        catch (CommandFailure)
        {
            return [];
        }
    }
}
