using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Gatehouse.Administration;
using Gatehouse.App.Client;
using Gatehouse.App.Terminal;
using Gatehouse.Problems;

namespace Gatehouse.App.Commands;

/// <summary><c>gatehouse audit</c>.</summary>
internal static class AuditCommands
{
    private static AdminJson Json => CommandContext.Json;

    public static Command Create(CommandTree tree) => CommandTree.Group(
        "audit", "the audit trail, and which events are recorded", Tail(tree), Search(tree), Verify(tree), Reindex(tree), AuditPolicyCommands.Create(tree));

    private static Command Tail(CommandTree tree)
    {
        var filter = new AuditFilter();
        return tree.Make(
            "tail",
            "print records as they are written, until Ctrl-C\nexample: gatehouse audit tail --outcome failure",
            async (context, cancellation) =>
            {
                await foreach (string line in context.Client.LinesAsync("/v1/audit/tail" + filter.Query(context), cancellation))
                {
                    if (context.IsJson)
                    {
                        context.Screen.Line(line);
                    }
                    else
                    {
                        using var parsed = JsonDocument.Parse(line);
                        AuditLine.Write(context.Screen, parsed.RootElement);
                    }
                }

                return ExitCodes.Fine;
            },
            filter.Options);
    }

    private static Command Search(CommandTree tree)
    {
        var filter = new AuditFilter();
        Option<int> limit = new("--limit") { Description = "at most so many, the newest", HelpName = "N", DefaultValueFactory = static _ => 100 };
        Option<long?> before = new("--before") { Description = "only records before this number: the page behind the last one", HelpName = "NUMBER" };
        return tree.Make(
            "search",
            "print records, oldest first\nexample: gatehouse audit search --user anna --action access_denied --since 2026-01-31",
            async (context, cancellation) =>
            {
                string path = "/v1/audit" + filter.Query(
                    context,
                    ("limit", context.Value(limit).ToString(CultureInfo.InvariantCulture)),
                    ("before", context.Value(before)?.ToString(CultureInfo.InvariantCulture)));
                context.Print(await context.Client.GetAsync(path, Json.AuditSearchResponse, cancellation), found =>
                {
                    foreach (JsonElement record in found.Records)
                    {
                        AuditLine.Write(context.Screen, record);
                    }

                    if (found.Truncated || found.Records.Count == 0)
                    {
                        context.Screen.Problem(found.Truncated ? $"there are older ones: --before {found.Next}" : "no such records");
                    }
                });
                return ExitCodes.Fine;
            },
            [.. filter.Options, limit, before]);
    }

    private static Command Reindex(CommandTree tree) => tree.Make(
        "reindex",
        "build the index for searching anew; the trail itself is only read\nexample: gatehouse audit reindex",
        async (context, cancellation) =>
        {
            Answer<AuditReindexResponse> answer =
                await context.Client.SendAsync(HttpMethod.Post, "/v1/audit/reindex", Json.AuditReindexResponse, cancellation);
            context.Print(answer, done => context.Screen.Line(
                string.Create(CultureInfo.InvariantCulture, $"{done.Segments} segments indexed, {done.Bytes} bytes, {done.Milliseconds} ms")));
            return ExitCodes.Fine;
        });

    private static Command Verify(CommandTree tree)
    {
        Option<string?> key = new("--key") { Description = "with the daemon down: file of the node's own key, as given to `up`", HelpName = "FILE" };
        return tree.Make(
            "verify",
            "look for an edit, a gap or a cut; works with the daemon down too\nexample: gatehouse audit verify",
            (context, cancellation) => VerifyAsync(context, key, cancellation),
            key);
    }

    private static async Task<int> VerifyAsync(CommandContext context, Option<string?> key, CancellationToken cancellation)
    {
        Answer<AuditVerifyResponse> answer;
        try
        {
            answer = await context.Client.SendAsync(HttpMethod.Post, "/v1/audit/verify", Json.AuditVerifyResponse, cancellation);
        }
        catch (CommandFailure failure) when (failure.Error.Id == AdministrationProblems.NotRunning.Id && !context.IsRemote)
        {
            answer = await OfflineVerify.RunAsync(context, context.Value(key), cancellation);
        }

        context.Print(answer, found =>
        {
            context.Screen.Output.WriteLine($"{context.Screen.Styled(found.Passed ? "whole" : "BROKEN", found.Passed ? Style.Green : Style.Red)}  {Screen.Plain(found.Summary)}");
            foreach (string note in found.Notes)
            {
                context.Screen.Line("note   " + note);
            }
        });
        return answer.Value.Passed ? ExitCodes.Fine : ExitCodes.Findings;
    }
}

/// <summary>Filters of tail and search.</summary>
internal sealed class AuditFilter
{
    private readonly Option<string?> _user = Text("--user", "NAME", "of this user");
    private readonly Option<string?> _action = Text("--action", "ACTION", "access_granted, access_denied, authentication_failed, security_config_change, ...");
    private readonly Option<string?> _outcome = Text("--outcome", "OUTCOME", "success or failure");
    private readonly Option<string?> _gate = Text("--gate", "NAME", "of this gate, or `admin`");
    private readonly Option<string?> _source = Text("--source", "CIDR", "from this address or network");
    private readonly Option<string?> _since = Text("--since", "TIME", "not before: 2026-01-31, 2026-01-31T08:00:00Z, or 15m, 2h, 7d ago");
    private readonly Option<string?> _until = Text("--until", "TIME", "before");
    private readonly Option<string?> _text = Text("--text", "TEXT", "with this text anywhere, any case");
    private readonly Option<string?> _receipt = Text("--receipt", "CODE", "the record of a denial");

    /// <summary>All of them.</summary>
    public Symbol[] Options => [_user, _action, _outcome, _gate, _source, _since, _until, _text, _receipt];

    /// <summary>The query.</summary>
    public string Query(CommandContext context, params ReadOnlySpan<(string Name, string? Value)> more) => AdminClient.Query(
    [
        ("user", context.Value(_user)), ("action", context.Value(_action)), ("outcome", context.Value(_outcome)), ("gate", context.Value(_gate)),
        ("source", context.Value(_source)), ("since", Time(context.Value(_since))), ("until", Time(context.Value(_until))),
        ("text", context.Value(_text)), ("receipt", context.Value(_receipt)), .. more,
    ]);

    internal static string? Time(string? text)
    {
        if (text is null)
        {
            return null;
        }

        if (text.Length is > 1 and < 8 && int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out int count)
            && text[^1] is 's' or 'm' or 'h' or 'd')
        {
            TimeSpan ago = text[^1] switch
            {
                's' => TimeSpan.FromSeconds(count),
                'm' => TimeSpan.FromMinutes(count),
                'h' => TimeSpan.FromHours(count),
                _ => TimeSpan.FromDays(count),
            };
            return (TimeProvider.System.GetUtcNow() - ago).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        }

        return DateTimeOffset.TryParseExact(
            text,
            ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"],
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out DateTimeOffset time)
            ? time.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture)
            : throw CommandFailure.CannotRun(AdministrationProblems.CommandLine, $"`{text}` is no time", "2026-01-31, 2026-01-31T08:00:00Z, or 15m, 2h, 7d");
    }

    private static Option<string?> Text(string name, string help, string description) => new(name) { Description = description, HelpName = help };
}
