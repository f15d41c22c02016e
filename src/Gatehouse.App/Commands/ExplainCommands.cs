using System.CommandLine;
using System.Globalization;
using System.Text.RegularExpressions;
using Gatehouse.Administration;
using Gatehouse.App.Client;
using Gatehouse.App.Commands.Doctor;
using Gatehouse.App.Terminal;
using Gatehouse.Policy;
using Gatehouse.Problems;

namespace Gatehouse.App.Commands;

/// <summary><c>gatehouse explain</c> and <c>gatehouse can-i</c>.</summary>
internal static partial class ExplainCommands
{
    private const int NearestRules = 12;

    private static AdminJson Json => CommandContext.Json;

    public static void AddTo(Command root, CommandTree tree)
    {
        root.Add(Explain(tree));
        root.Add(CanI(tree));
    }

    private static Command Explain(CommandTree tree)
    {
        Argument<string> receipt = new("RECEIPT|CHECK") { Description = "the code in the answer that refused, GH-XXXX-XXXX-XXXX-XXXX-XXXX; or a check of doctor, ES-001" };
        Option<bool> all = All();
        return tree.Make(
            "explain",
            "why a request was refused and which grant would allow it; or what a check of doctor means\nexample: gatehouse explain GH-04JZ-0004-0000-1H5R-N8QK",
            async (context, cancellation) =>
            {
                if (DoctorCommand.Explains(context, context.Value(receipt)))
                {
                    return ExitCodes.Fine;
                }

                EnsureReceipt(context.Value(receipt));
                string path = $"/v1/explain/{AdminClient.Segment(context.Value(receipt))}";
                context.Print(await context.Client.GetAsync(path, Json.ExplainResponse, cancellation), found => Write(context.Screen, found, context.Value(all)));
                return ExitCodes.Fine;
            },
            receipt, all);
    }

    // No daemon is asked about what is no receipt, running or not.
    private static void EnsureReceipt(string text)
    {
        if (ProblemId().IsMatch(text))
        {
            throw CommandFailure.CannotRun(
                AdministrationProblems.NotFound, $"`{text}` is the id of a problem, no receipt and no check", $"docs/errors/{text.ToUpperInvariant()}.md of the sources is its page");
        }

        if (CheckId().IsMatch(text))
        {
            throw CommandFailure.CannotRun(AdministrationProblems.NotFound, $"there is no such check, `{text}`", "gatehouse doctor names its checks; a receipt begins with GH-");
        }
    }

    [GeneratedRegex("^GH[0-9]{4}$", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex ProblemId();

    [GeneratedRegex("^[A-Z]+(-[A-Z]+)*-?[0-9]{1,4}$", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex CheckId();

    private static Command CanI(CommandTree tree)
    {
        Argument<string> system = new("SYSTEM") { Description = "system, such as etcd" };
        Argument<string> action = new("ACTION") { Description = "action in that system's words, such as kv.put" };
        Argument<string?> resource = new("RESOURCE") { Description = "name; none: the system as a whole", Arity = ArgumentArity.ZeroOrOne };
        Option<string?> user = new("--user") { Description = "about another user (right `can-i`)", HelpName = "NAME" };
        Option<string?> source = new("--source") { Description = "as if from this address", HelpName = "ADDRESS" };
        Option<string?> gate = new("--gate") { Description = "as if through this gate", HelpName = "NAME" };
        Option<bool> certificate = new("--client-certificate") { Description = "as if with a verified client certificate" };
        Option<byte?> qos = new("--qos") { Description = "as if at this MQTT QoS, 0 to 2", HelpName = "QOS" };
        Option<bool?> retain = new("--retain") { Description = "as if the MQTT message is to be retained, or is not", HelpName = "BOOL" };
        Option<bool?> own = new("--own") { Description = "as if the pin is one's own (true) or another's (false)", HelpName = "BOOL" };
        Option<bool> all = All();
        return tree.Make(
            "can-i",
            "whether something is allowed now; exit code 1 if not\nexample: gatehouse can-i --user anna etcd kv.put app/x",
            async (context, cancellation) =>
            {
                var request = new CanIRequest
                {
                    User = context.Value(user),
                    System = context.Value(system),
                    Action = context.Value(action),
                    Resource = context.Parsed.GetValue(resource),
                    Source = context.Value(source),
                    Gate = context.Value(gate),
                    ClientCertificate = context.Value(certificate),
                    Qos = context.Value(qos),
                    Retain = context.Value(retain),
                    Own = context.Value(own),
                };
                Answer<ExplainResponse> answer = await context.Client.SendAsync(
                    HttpMethod.Post, "/v1/can-i", request, Json.CanIRequest, Json.ExplainResponse, cancellation);
                context.Print(answer, found => Write(context.Screen, found, context.Value(all)));
                return answer.Value.Allowed ? ExitCodes.Fine : ExitCodes.Findings;
            },
            system, action, resource, user, source, gate, certificate, qos, retain, own, all);
    }

    private static void Write(Screen screen, ExplainResponse found, bool all)
    {
        screen.Output.WriteLine($"{screen.Styled(found.Allowed ? "yes" : "no", found.Allowed ? Style.Green : Style.Red)}  {Screen.Plain(found.Summary)}");
        new Facts()
            .Add("who", found.User)
            .Add("acted by", found.RunBy)
            .Add("API key", found.ApiKey)
            .Add("roles", found.Roles.Count > 0 ? string.Join(", ", found.Roles) : found.Generation == 0 ? null : "none")
            .Add("from", found.Source)
            .Add("gate", found.Gate)
            .Add("when", found.Time?.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture))
            .Add("asked for", string.Join("; ", found.Operations.Take(8)) + (found.Operations.Count > 8 ? $" and {found.Operations.Count - 8} more" : ""))
            .Add("reason", found.Allowed ? null : found.Reason)
            .Add("generation", found.Generation == 0 ? null : found.Generation.ToString(CultureInfo.InvariantCulture))
            .Write(screen);
        WriteRules(screen, found, all);
        if (found.Allowed)
        {
            return;
        }

        foreach (GrantView grant in found.SmallestGrants)
        {
            screen.Output.WriteLine();
            screen.Output.WriteLine($"{screen.Styled("smallest grant", Style.Bold)}  {Screen.Plain(GrantText.Format(grant))}");
        }

        if (found.SmallestGrants.Count == 0 && found.Reason == "explicit_deny")
        {
            screen.Output.WriteLine();
            screen.Line("no grant helps: the deny has to go, or the user out of its role");
        }
    }

    private static void WriteRules(Screen screen, ExplainResponse found, bool all)
    {
        // Rules of other systems say nothing; they are there with --all and in --json.
        ExplainedRule[] rules = [.. found.Rules.Where(rule => all || rule.Failed is not "system")];
        if (rules.Length == 0)
        {
            return;
        }

        screen.Output.WriteLine();
        Table table = new Table("ROLE", "RULE", "", "GRANT", "RESULT").WithStyle(static (column, text) => (column, text) switch
        {
            (4, "applies") => Style.Green,
            (2, "deny") => Style.Red,
            _ => Style.None,
        });
        foreach (ExplainedRule rule in rules.Take(all ? int.MaxValue : NearestRules))
        {
            table.Add(
                rule.Role,
                "#" + rule.Index.ToString(CultureInfo.InvariantCulture),
                rule.Effect == GrantEffect.Deny ? "deny" : "allow",
                rule.Grant,
                rule.Failed is null ? "applies" : $"{rule.Failed.Replace('_', ' ')} does not match");
        }

        table.Write(screen, "");
        if (!all && rules.Length > NearestRules)
        {
            screen.Line($"and {rules.Length - NearestRules} more; --all shows them");
        }
    }

    private static Option<bool> All() => new("--all") { Description = "every rule, not only the nearest" };
}
