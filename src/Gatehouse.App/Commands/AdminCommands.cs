using System.CommandLine;
using Gatehouse.Administration;
using Gatehouse.App.Client;
using Gatehouse.App.Terminal;
using Gatehouse.Problems;

namespace Gatehouse.App.Commands;

/// <summary><c>gatehouse admin</c>: the way back in for the one on the host.</summary>
internal static class AdminCommands
{
    private static AdminJson Json => CommandContext.Json;

    public static Command Create(CommandTree tree) => CommandTree.Group("admin", "the way back in, on the node's own host", Reset(tree));

    private static Command Reset(CommandTree tree)
    {
        Argument<string> name = new("NAME") { Description = "the administrator; made where it is not there", DefaultValueFactory = static _ => "admin" };
        Option<string?> file = new("--password-file") { Description = "the new password; - for the standard input; default: one is made and shown once", HelpName = "FILE" };
        return tree.Make(
            "reset",
            "make a user an administrator again: new password, nothing that denies; as root\nexample: gatehouse admin reset",
            async (context, cancellation) =>
            {
                if (context.IsRemote)
                {
                    throw CommandFailure.CannotRun(AdministrationProblems.OnlyOnHost, "an administrator is reset on the node's own host", "leave --url out");
                }

                string user = context.Value(name);
                string? path = context.Value(file);
                string password = path is null ? PasswordInput.Generate() : PasswordInput.FromFile(path);
                Answer<ChangeResponse> answer = await context.Client.SendAsync(
                    HttpMethod.Post,
                    $"/v1/users/{AdminClient.Segment(user)}/reset",
                    new PasswordRequest { Password = password },
                    Json.PasswordRequest,
                    Json.ChangeResponse,
                    cancellation);
                return UserCommands.Done(context, answer, $"user {user} is an administrator; logins with older passwords have fallen", path is null ? password : null);
            },
            name, file);
    }
}
