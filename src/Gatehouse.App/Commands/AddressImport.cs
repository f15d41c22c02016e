using System.Collections.Immutable;
using System.CommandLine;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Gatehouse.Administration;
using Gatehouse.App.Client;
using Gatehouse.Engine.Configuration.Files;
using Gatehouse.Network;
using Gatehouse.Problems;

namespace Gatehouse.App.Commands;

/// <summary><c>gatehouse ip import</c>: Elasticsearch's IP filter with its exact meaning, or not at all.</summary>
internal static class AddressImport
{
    private static AdminJson Json => CommandContext.Json;

    public static Command Create(CommandTree tree)
    {
        Option<string> file = new("-f", "--file") { Description = "an elasticsearch.yml, - for stdin", HelpName = "FILE", Required = true };
        Option<string?> gate = AddressCommands.Gate();
        Option<string?> profile = new("--profile") { Description = "transport profile whose filter is meant, `default` for the transport's own; default the HTTP filter", HelpName = "NAME" };
        Option<string[]> own = new("--own") { Description = "an address of Elasticsearch's host, more than once: what it listens on where the file does not say so, and what `localhost` stands for", HelpName = "ADDRESS" };
        Option<bool> forward = new("--forward-hosts") { Description = "let a host name stand for the addresses that it has, not for sources whose reverse name it is" };
        Option<bool> replace = new("--replace") { Description = "put the rules in the place of those that are there" };
        Option<bool> dryRun = new("--dry-run") { Description = "print the rules and change nothing" };
        return tree.Make(
            "import",
            "take Elasticsearch's IP filter over, with its meaning: rules that decide every source as it does\nexample: gatehouse ip import -f /etc/elasticsearch/elasticsearch.yml --gate elasticsearch --dry-run",
            async (context, cancellation) =>
            {
                string? name = context.Value(gate);
                var wanted = new ImportWish(name, context.Value(profile), context.Value(own), context.Value(forward));
                NetworkReplaceRequest request = Read(context, InputFile.Read(context.Value(file)!), wanted); // required
                request.Replace = context.Value(replace);
                if (context.Value(dryRun))
                {
                    Print(context, request);
                    return ExitCodes.Fine;
                }

                Answer<ChangeResponse> answer = await context.Client.SendAsync(
                    HttpMethod.Put, "/v1/networks", request, Json.NetworkReplaceRequest, Json.ChangeResponse, cancellation);
                context.Print(answer, _ =>
                {
                    Print(context, request);
                    context.Screen.Line($"in force{(name is null ? " on every listener" : $" on gate {name}")}");
                });
                return ExitCodes.Fine;
            },
            file, gate, profile, own, forward, replace, dryRun);
    }

    // Apart, so that no other command loads the engine.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static NetworkReplaceRequest Read(CommandContext context, InputFile file, ImportWish wish)
    {
        List<Problem> problems = [];
        ElasticsearchFilterSettings? settings = ElasticsearchFilterFile.Read(
            file.Content, file.Name, wish.Profile ?? ElasticsearchFilterFile.HttpProfile, wish.Own is { Length: > 0 } own ? [.. own] : default, wish.ForwardHosts, problems);
        ImmutableArray<AddressRule>? rules = settings is null ? null : settings.IsOn ? settings.Filter.Translate(wish.Gate, problems) : [];
        if (rules is not { } found)
        {
            foreach (Problem problem in problems.Skip(1))
            {
                context.Screen.Problem(problem.ToString());
            }

            throw new ProblemException(problems[0]);
        }

        foreach (string note in Notes(settings!, found))
        {
            context.Screen.Problem($"note: {note}");
        }

        return new NetworkReplaceRequest
        {
            Gate = wish.Gate,
            Networks = [.. found.Select(static rule => new NetworkRuleView { Effect = rule.Effect, Address = rule.Address, Gate = rule.Gate })],
        };
    }

    private static IEnumerable<string> Notes(ElasticsearchFilterSettings settings, ImmutableArray<AddressRule> rules)
    {
        if (!settings.IsOn)
        {
            yield return "the filter is switched off in this file";
        }
        else if (rules.IsEmpty && !settings.Filter.Allow.IsEmpty)
        {
            yield return "its allow list does nothing: Elasticsearch lets in whatever no rule denies, and none is left that denies";
        }

        if (rules.Any(static rule => AddressFilter.TryNormalize(rule.Address, out _, out AddressRuleKind kind) && kind == AddressRuleKind.Subdomains))
        {
            yield return "Elasticsearch waits for a name server; here a source whose name matters is refused until its name is known";
        }
    }

    private static void Print(CommandContext context, NetworkReplaceRequest request)
    {
        if (context.IsJson)
        {
            context.PrintJson(JsonSerializer.SerializeToUtf8Bytes(request, Json.NetworkReplaceRequest));
            return;
        }

        foreach (NetworkRuleView rule in request.Networks)
        {
            context.Screen.Line($"{(rule.Effect == AddressRuleEffect.Allow ? "allow" : "deny")} {rule.Address}{(rule.Gate is null ? "" : $" on gate {rule.Gate}")}");
        }

        if (request.Networks.Count == 0)
        {
            context.Screen.Line("no rule is needed: everybody may connect");
        }
    }

    private sealed record ImportWish(string? Gate, string? Profile, string[]? Own, bool ForwardHosts);
}
