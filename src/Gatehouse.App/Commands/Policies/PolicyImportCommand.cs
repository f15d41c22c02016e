using System.CommandLine;
using System.Runtime.CompilerServices;
using Gatehouse.Administration;
using Gatehouse.App.Client;
using Gatehouse.App.Terminal;
using Gatehouse.Engine.Administration.Imports;
using Gatehouse.Engine.Administration.Policies;
using Gatehouse.Problems;

namespace Gatehouse.App.Commands.Policies;

/// <summary><c>gatehouse policy import</c>: our own files, and role files of Elasticsearch and OpenSearch, rules of EMQX and mosquitto.</summary>
internal static class PolicyImportCommand
{
    private const string Own = "gatehouse";

    private static AdminJson Json => CommandContext.Json;

    public static Command Create(CommandTree tree)
    {
        Option<string[]> files = new("-f", "--file") { Description = "a file, YAML or JSON, several times for several; - for stdin", HelpName = "FILE", Required = true };
        Option<string> format = new("--format")
        {
            Description = "whose files they are: gatehouse, elasticsearch (roles.yml, role_mapping.yml, GET /_security/role), opensearch (roles.yml, roles_mapping.yml, internal_users.yml, action_groups.yml), emqx-acl (acl.conf, users as CSV or JSON), emqx-rules (rules and users of its built-in database, JSON) or mosquitto (ACL and password file)",
            HelpName = "SYSTEM",
            DefaultValueFactory = static _ => Own,
        };
        format.AcceptOnlyFromAmong(Own, "elasticsearch", "opensearch", "emqx-acl", "emqx-rules", "mosquitto");
        Option<bool> skip = new("--skip-unsupported") { Description = "go on without what cannot be kept; nobody gets more by that" };
        Option<bool> dry = new("--dry-run") { Description = "say what would change, and change nothing; exit code 1 where anything would" };
        Option<long?> revision = PolicyInput.RevisionOption();
        return tree.Make(
            "import",
            "add and change what a policy file names, and remove nothing\nexample: gatehouse policy import --format opensearch -f roles.yml -f roles_mapping.yml --dry-run",
            async (context, cancellation) =>
            {
                string[] paths = context.Value(files)!; // required
                if (context.Value(format) != Own)
                {
                    return await ImportAsync(
                        context, context.Value(format)!, paths, new Choices(context.Value(skip), context.Value(dry), context.Value(revision)), cancellation); // has a default
                }

                if (paths.Length > 1)
                {
                    throw CommandFailure.CannotRun(AdministrationProblems.UnreadableInput, "a policy is one file");
                }

                if (!context.Value(dry))
                {
                    return await PolicyCommands.ChangeAsync(context, paths[0], context.Value(revision), isAdding: true, cancellation);
                }

                Answer<PolicyDiffResponse> answer = await PolicyInput.SendAsync(
                    context, "diff", paths[0], context.Value(revision), isAdding: true, Json.PolicyDiffResponse, cancellation);
                context.Print(answer, diff => PolicyDiffCommand.Show(context.Screen, diff));
                return answer.Value.Differs ? ExitCodes.Findings : ExitCodes.Fine;
            },
            files, format, skip, dry, revision);
    }

    private static async Task<int> ImportAsync(CommandContext context, string system, string[] paths, Choices choices, CancellationToken cancellation)
    {
        InputFile[] inputs = [.. paths.Select(PolicyInput.Open)];
        Answer<PolicyExportResponse> present = await context.Client.GetAsync("/v1/policy", Json.PolicyExportResponse, cancellation);
        PolicyView policy = Translate(context, system, inputs, present.Value.Policy, choices);
        var request = new PolicyChangeRequest { Policy = policy, Add = true, Revision = choices.Revision ?? present.Value.Generation };
        if (choices.IsDry)
        {
            Answer<PolicyDiffResponse> diff = await context.Client.SendAsync(
                HttpMethod.Post, "/v1/policy/diff", request with { Revision = null }, AdminJson.Default.PolicyChangeRequest, Json.PolicyDiffResponse, cancellation);
            context.Print(diff, answer => PolicyDiffCommand.Show(context.Screen, answer));
            return diff.Value.Differs ? ExitCodes.Findings : ExitCodes.Fine;
        }

        Answer<PolicyChangeResponse> change = await context.Client.SendAsync(
            HttpMethod.Post, "/v1/policy/apply", request, AdminJson.Default.PolicyChangeRequest, Json.PolicyChangeResponse, cancellation);
        context.Print(change, answer => PolicyCommands.Show(context, answer));
        return ExitCodes.Fine;
    }

    // Apart, so that no other command loads the engine.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static PolicyView Translate(CommandContext context, string system, InputFile[] inputs, PolicyView present, Choices choices)
    {
        ImportReport report = ForeignImport.Read(
            system,
            [.. inputs.Select(static input => (input.Name, (ReadOnlyMemory<byte>)input.Content))],
            (present.Users?.Keys ?? []).ToHashSet(StringComparer.Ordinal),
            (present.Roles?.Keys ?? []).ToHashSet(StringComparer.Ordinal));
        if (!context.IsJson)
        {
            var table = new Table("KIND", "NAME", "TAKEN", "LEFT OUT", "WHY");
            foreach (ImportRow row in report.Rows)
            {
                table.Add(row.Kind, row.Name, $"{row.Taken}", $"{row.LeftOut}", row.Why);
            }

            table.Write(context.Screen, "no role, user or mapping in it");
        }

        if (report.Faults.Count > 0)
        {
            throw PolicyInput.Failure(report.Faults, ExitCodes.Findings);
        }

        if (report.LeftOut.Count > 0 && !choices.SkipsUnsupported)
        {
            Problem first = report.LeftOut[0];
            throw PolicyInput.Failure(
                [first with { Hint = "--skip-unsupported goes on without it, and nobody gets more by that" }, .. report.LeftOut.Skip(1)], ExitCodes.Findings);
        }

        return report.Policy;
    }

    private sealed record Choices(bool SkipsUnsupported, bool IsDry, long? Revision);
}
