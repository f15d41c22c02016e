using System.CommandLine;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Administration.Cluster;
using Gatehouse.App.Client;
using Gatehouse.App.Terminal;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;
using Gatehouse.Trust.Certificates;

namespace Gatehouse.App.Commands.Certificates;

/// <summary><c>gatehouse cert revoke</c> and <c>gatehouse cert crl</c>.</summary>
internal static class RevokeCommands
{
    public static Command Revoke(CommandTree tree)
    {
        Argument<string?> target = new("SERIAL|FILE") { Description = "a serial number of `cert list`, or a certificate's file", Arity = ArgumentArity.ZeroOrOne, DefaultValueFactory = static _ => null };
        Option<string?> user = new("--user") { Description = "all client certificates of this user", HelpName = "NAME" };
        Option<string> reason = new("--reason")
        {
            Description = "one of " + string.Join(", ", RevocationReasons.All),
            HelpName = "REASON",
            DefaultValueFactory = static _ => RevocationReasons.Unspecified,
        };
        Option<string?> password = new("--password-file") { Description = "FILE is a PKCS#12 store: file with its password", HelpName = "FILE" };
        return tree.Make(
            "revoke",
            "refuse a certificate's key from now on and cut its connections\nexample: gatehouse cert revoke --user alice --reason keyCompromise",
            async (context, cancellation) =>
            {
                string? named = context.Value(target);
                if ((named is null) == (context.Value(user) is null))
                {
                    throw CommandFailure.CannotRun(AdministrationProblems.CommandLine, "say which: a serial number or file, or --user NAME", "gatehouse cert list");
                }

                RevocationRequest request = named is null ? new RevocationRequest { User = context.Value(user) }
                    : RenewCommand.IsFile(named) ? OfFile(context, named, context.Value(password)) : new RevocationRequest { Serial = named };
                request.Reason = context.Value(reason)!;
                Answer<RevocationResponse> answer = await CertificateCalls.RevokeAsync(context, request, cancellation);
                context.Print(answer, done =>
                {
                    foreach (RevocationView one in done.Revoked)
                    {
                        context.Screen.Line($"revoked: {one.Subject}, {(one.Serial is null ? "" : $"certificate {one.Serial}, ")}key {one.KeyHash[..16]}...");
                    }

                    if (done.Revoked.Count == 0)
                    {
                        context.Screen.Line("it was revoked already");
                    }
                });
                return ExitCodes.Fine;
            },
            target, user, reason, password);
    }

    public static Command Lists(CommandTree tree)
    {
        Argument<string> which = new("ISSUER") { Description = "users or nodes", DefaultValueFactory = static _ => "users" };
        Option<string?> target = new("--out") { Description = "write it there; else to the output", HelpName = "FILE" };
        return tree.Make(
            "crl",
            "print the revocation list of an intermediate, PEM\nexample: gatehouse cert crl users --out users.pem",
            async (context, cancellation) =>
            {
                string issuer = context.Value(which);
                if (issuer is not ("users" or "nodes"))
                {
                    throw CommandFailure.CannotRun(AdministrationProblems.CommandLine, $"there is no revocation list `{issuer}`", "users or nodes");
                }

                string text = await ReadAsync(context, issuer, cancellation);
                if (context.Value(target) is { } path)
                {
                    await File.WriteAllTextAsync(path, text, cancellation);
                }
                else
                {
                    await context.Screen.Output.WriteAsync(text);
                }

                return ExitCodes.Fine;
            },
            which, target);
    }

    // The folder has what the daemon gives out, also while it is down.
    private static async Task<string> ReadAsync(CommandContext context, string issuer, CancellationToken cancellation)
    {
        string file = Path.Combine(context.DataFolder, "crl", issuer + ".pem");
        if (!context.IsRemote && File.Exists(file))
        {
            return await File.ReadAllTextAsync(file, cancellation);
        }

        System.Text.StringBuilder text = new();
        try
        {
            await foreach (string line in context.Client.LinesAsync($"/v1/crl/{issuer}.pem", cancellation))
            {
                text.Append(line).Append('\n');
            }
        }
        catch (CommandFailure failure) when (failure.Error.Id == AdministrationProblems.NoSuchEndpoint.Id)
        {
            throw CommandFailure.Refused(CertificateProblems.ListMissing, "there is no revocation list yet", "it is made within seconds of the first start of an issuer");
        }

        return text.ToString();
    }

    private static RevocationRequest OfFile(CommandContext context, string file, string? password)
    {
        X509Certificate2 leaf = InspectCommand.Read(context, file, password is null ? null : PasswordInput.FromFile(password)).Certificates[0];
        CertificateFacts facts = CertificateFacts.Of(leaf, DateTimeOffset.UnixEpoch);
        return new RevocationRequest { KeyHash = facts.KeyHash, Subject = facts.Subject, NotAfter = facts.NotAfter };
    }
}
