using System.CommandLine;
using System.Globalization;
using System.Text;
using Gatehouse.Administration;
using Gatehouse.App.Client;
using Gatehouse.App.Terminal;
using Gatehouse.Problems;

namespace Gatehouse.App.Commands.Identities;

/// <summary><c>gatehouse realm test</c>.</summary>
internal static class RealmTestCommand
{
    private static AdminJson Json => CommandContext.Json;

    public static Command Create(CommandTree tree)
    {
        Argument<string> name = new("NAME") { Description = "the realm's name" };
        Option<string?> user = new("--user") { Description = "try this name; the password is asked for", HelpName = "USER" };
        Option<string?> password = new("--password-file") { Description = "with --user: read the password from a file, - for stdin", HelpName = "FILE" };
        Option<string?> token = new("--token-file") { Description = "try the token in this file, - for stdin", HelpName = "FILE" };
        Option<string?> certificate = new("--certificate-file") { Description = "try this certificate (PEM), as if its key had been proved", HelpName = "FILE" };
        Option<string?> source = new("--source") { Description = "as if the client came from this address", HelpName = "ADDRESS" };
        return tree.Make(
            "test",
            "try a login and show each step; nobody is logged in; exit code 1 if it fails\nexample: gatehouse realm test corp --user anna",
            async (context, cancellation) =>
            {
                string? who = context.Value(user);
                int ways = (who is null ? 0 : 1) + (context.Value(token) is null ? 0 : 1) + (context.Value(certificate) is null ? 0 : 1);
                if (ways != 1 || (who is null && context.Value(password) is not null))
                {
                    throw CommandFailure.CannotRun(AdministrationProblems.CommandLine, "a test takes a user, or a token, or a certificate", "gatehouse realm test NAME --user USER");
                }

                var request = new RealmTestRequest
                {
                    User = who,
                    Password = who is null ? null : context.Value(password) is { } file ? PasswordInput.FromFile(file) : PasswordInput.Ask(context.Screen, $"Password of {who}"),
                    Token = context.Value(token) is { } tokenFile ? Text(tokenFile).Trim() : null,
                    Certificate = context.Value(certificate) is { } pem ? Text(pem) : null,
                    Source = context.Value(source),
                };
                Answer<RealmTestResponse> answer = await context.Client.SendAsync(
                    HttpMethod.Post, RealmCommands.PathOf(context.Value(name)) + "/test", request, Json.RealmTestRequest, Json.RealmTestResponse, cancellation);
                context.Print(answer, result => Write(context.Screen, result));
                return answer.Value.Accepted ? ExitCodes.Fine : ExitCodes.Findings;
            },
            name, user, password, token, certificate, source);
    }

    private static void Write(Screen screen, RealmTestResponse result)
    {
        foreach (RealmStepView step in result.Steps)
        {
            string mark = screen.Styled(step.Fine ? "ok  " : "fail", step.Fine ? Style.Green : Style.Red);
            screen.Output.WriteLine($"  {mark}  {Screen.Plain(step.Step)}{(step.Detail is null ? "" : $": {Screen.Plain(step.Detail)}")}");
        }

        new Facts()
            .Add("result", result.Reason is null ? result.Verdict : $"{result.Verdict} ({result.Reason})", result.Accepted ? Style.Green : Style.Red)
            .Add("user", result.User is null ? null : $"{result.Realm}/{result.User}")
            .Add("groups", string.Join(" | ", result.Groups ?? []))
            .Add("attributes", string.Join(", ", (result.Attributes ?? new Dictionary<string, string>()).Select(static pair => $"{pair.Key}={pair.Value}")))
            .Add("roles", !result.Accepted ? null : result.Roles is { Count: > 0 } roles ? string.Join(", ", roles) : "none: no mapping holds", result.Roles is { Count: > 0 } ? Style.None : Style.Yellow)
            .Add("until", result.Until?.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture))
            .Write(screen);
    }

    private static string Text(string path) => Encoding.UTF8.GetString(InputFile.Read(path).Content);
}
