using System.CommandLine;
using System.Text;
using Gatehouse.Administration.Cluster;
using Gatehouse.App.Client;
using Gatehouse.App.Terminal;
using Gatehouse.Problems.Cluster;
using Gatehouse.Trust.Certificates;

namespace Gatehouse.App.Commands.Certificates;

/// <summary><c>gatehouse cert</c>: certificates by the cluster's CA. Keys are made here and stay here.</summary>
internal static class CertificateCommands
{
    public static Command Create(CommandTree tree) => CommandTree.Group(
        "cert",
        "certificates by the cluster's CA: issue, sign, list, inspect, renew, revoke",
        Issue(tree), Sign(tree), List(tree), InspectCommand.Create(tree), RenewCommand.Create(tree), RevokeCommands.Revoke(tree), RevokeCommands.Lists(tree));

    private static Command Issue(CommandTree tree)
    {
        IssueOptions options = new();
        Option<string?> keyType = new("--key-type") { Description = "one of " + KeyKinds.All + "; else the profile's", HelpName = "TYPE" };
        StoreOptions store = new();
        return tree.Make(
            "issue",
            "make a key and a certificate into files\nexample: gatehouse cert issue --profile client --user alice --out ./alice",
            async (context, cancellation) =>
            {
                CertificateProfile profile = options.ProfileOf(context);
                KeyKind kind = KindOf(context.Value(keyType), profile);
                string subject = context.Value(options.User) ?? context.Value(options.Names)?.FirstOrDefault() ?? profile.Name;
                CertificateOutput output = store.OutputOf(context, subject, profile);
                string? password = output.IsPkcs12 ? store.PasswordOf(context) : null;
                output.Prepare(mayReplace: false);
                using LeafKey key = LeafKey.Make(kind);
                Answer<CertificateIssued> answer = await CertificateCalls.IssueAsync(context, options.BodyOf(context, profile, key.MakeRequest(""), []), isSigning: false, cancellation);
                IReadOnlyList<string> files = output.Write(answer.Value, key, password);
                context.Print(answer, issued => CertificateOutput.Tell(context.Screen, issued, files));
                return ExitCodes.Fine;
            },
            [.. options.All, keyType, .. store.All]);
    }

    private static Command Sign(CommandTree tree)
    {
        Argument<string> file = new("FILE") { Description = "a signing request (PKCS#10), PEM or DER; - for stdin" };
        IssueOptions options = new();
        Option<string?> target = new("--out") { Description = "write certificate and chain there; else to the output", HelpName = "FILE" };
        return tree.Make(
            "sign",
            "sign a request made elsewhere; its names are shown and not taken\nexample: gatehouse cert sign web.csr --profile server --name web.example.org --out web.crt",
            async (context, cancellation) =>
            {
                InputFile input = InputFile.Read(context.Value(file));
                SigningRequest request = SigningRequest.Read(input.Content);
                CertificateProfile profile = options.ProfileOf(context);
                context.Screen.Problem($"the request has a key of type {request.Facts.Description} and asks for `{request.Subject}`"
                    + (request.Names.IsEmpty ? "" : $", {string.Join(", ", request.Names)}") + "; only what --user and --name say is taken");
                string pem = System.Security.Cryptography.PemEncoding.WriteString("CERTIFICATE REQUEST", Der(input.Content));
                Answer<CertificateIssued> answer = await CertificateCalls.IssueAsync(context, options.BodyOf(context, profile, pem, request.Names), isSigning: true, cancellation);
                string? path = context.Value(target);
                if (path is not null)
                {
                    await File.WriteAllTextAsync(path, answer.Value.Pem + answer.Value.Chain, cancellation);
                }

                context.Print(answer, issued =>
                {
                    if (path is null)
                    {
                        context.Screen.Output.Write(issued.Pem + issued.Chain);
                    }
                    else
                    {
                        CertificateOutput.Tell(context.Screen, issued, [$"{Path.GetFullPath(path)}  the certificate and what is above it"]);
                    }
                });
                return ExitCodes.Fine;
            },
            [file, .. options.All, target]);
    }

    private static Command List(CommandTree tree)
    {
        Option<bool> revoked = new("--revoked") { Description = "the keys that are revoked instead" };
        return tree.Make(
            "list",
            "list the certificates that the cluster issued, those that end first on top\nexample: gatehouse cert list",
            async (context, cancellation) =>
            {
                Answer<CertificateListResponse> answer = await CertificateCalls.ListAsync(context, cancellation);
                context.Print(answer, list =>
                {
                    if (context.Value(revoked))
                    {
                        Revocations(list).Write(context.Screen, "nothing is revoked");
                    }
                    else
                    {
                        Certificates(list).Write(context.Screen, "no certificates; gatehouse cert issue makes one");
                    }
                });
                return ExitCodes.Fine;
            },
            revoked);
    }

    private static Table Certificates(CertificateListResponse list)
    {
        Table table = new Table("SERIAL", "PROFILE", "SUBJECT", "NAMES", "UNTIL", "STATE", "BY").WithStyle(static (column, text) =>
            column != 5 || text == "good" ? Style.None : text == "renew" ? Style.Yellow : Style.Red);
        foreach (CertificateEntry one in list.Certificates)
        {
            table.Add(one.Serial, one.Profile, one.Subject, string.Join(",", one.Names), $"{one.NotAfter:yyyy-MM-dd}", one.State, one.IssuedBy);
        }

        return table;
    }

    private static Table Revocations(CertificateListResponse list)
    {
        var table = new Table("KEY (SHA-256)", "SERIAL", "SUBJECT", "REASON", "SINCE", "BY");
        foreach (RevocationView one in list.Revocations)
        {
            table.Add(one.KeyHash, one.Serial, one.Subject, one.Reason, $"{one.Time.UtcDateTime:yyyy-MM-dd HH:mm}Z", one.By);
        }

        return table;
    }

    /// <summary>The kind of key that is wanted, else the profile's usual one.</summary>
    internal static KeyKind KindOf(string? word, CertificateProfile profile) =>
        word is null ? profile.Keys[0]
        : KeyKinds.TryParse(word, out KeyKind kind) ? kind
        : throw CommandFailure.CannotRun(
            CertificateProblems.PropertiesInvalid,
            word == "ed25519" ? "the platform has no Ed25519 keys for certificates" : $"`{word}` is no type of key",
            "one of " + KeyKinds.All);

    // What was read once as PEM or DER goes on as PEM.
    private static byte[] Der(byte[] content)
    {
        if (content.AsSpan().IndexOf("-----BEGIN "u8) < 0)
        {
            return content;
        }

        string text = Encoding.UTF8.GetString(content);
        System.Security.Cryptography.PemFields fields = System.Security.Cryptography.PemEncoding.Find(text);
        return Convert.FromBase64String(text[fields.Base64Data]);
    }
}

/// <summary>Options that say what a certificate shall say.</summary>
internal sealed class IssueOptions
{
    public Option<string> Profile { get; } = new("--profile") { Description = "one of " + CertificateProfile.Words, HelpName = "PROFILE", Required = true };

    public Option<string?> User { get; } = new("--user") { Description = "profile client: who logs in with it", HelpName = "NAME" };

    public Option<string[]> Names { get; } = new("--name") { Description = "DNS name or address that it carries; more than once", HelpName = "NAME" };

    public Option<int?> Days { get; } = new("--days") { Description = "how long it is good; ends with the CA at the latest", HelpName = "DAYS" };

    public IEnumerable<Symbol> All => [Profile, User, Names, Days];

    public CertificateProfile ProfileOf(CommandContext context) => CertificateProfile.Find(context.Value(Profile)!)
        ?? throw CommandFailure.CannotRun(
            CertificateProblems.PropertiesInvalid, $"there is no certificate profile `{context.Value(Profile)}`", "one of " + CertificateProfile.Words);

    public CertificateRequestBody BodyOf(CommandContext context, CertificateProfile profile, string request, IReadOnlyList<string> suggested)
    {
        string[] names = context.Value(Names) ?? [];
        if (profile.IsServer && profile.Name != CertificateProfile.Node && names.Length == 0)
        {
            throw CommandFailure.CannotRun(
                CertificateProblems.PropertiesInvalid,
                $"a certificate of profile `{profile.Name}` needs a name that clients call it by",
                string.Join(' ', suggested.DefaultIfEmpty("gate.example.org").Select(static name => "--name " + name)));
        }

        return new CertificateRequestBody { Profile = profile.Name, Request = request, User = context.Value(User), Names = names, Days = context.Value(Days) };
    }
}

/// <summary>Options that say where files go.</summary>
internal sealed class StoreOptions
{
    public Option<string> Out { get; } = new("--out") { Description = "folder for the files, made where it is missing", HelpName = "DIR", DefaultValueFactory = static _ => "." };

    public Option<string?> Format { get; } = new("--format") { Description = "pem or pkcs12; else the profile's", HelpName = "FORMAT" };

    public Option<string?> Alias { get; } = new("--alias") { Description = "pkcs12: the entry's alias; else the profile's name", HelpName = "ALIAS" };

    public Option<string?> Password { get; } = new("--password-file") { Description = "pkcs12: file with the password, - for stdin; else one is made into a file", HelpName = "FILE" };

    public IEnumerable<Symbol> All => [Out, Format, Alias, Password];

    public CertificateOutput OutputOf(CommandContext context, string subject, CertificateProfile profile)
    {
        string format = context.Value(Format) ?? (profile.IsPkcs12 ? "pkcs12" : "pem");
        return format is "pem" or "pkcs12"
            ? new CertificateOutput(Path.GetFullPath(context.Value(Out)!), CertificateOutput.NameFor(subject), format == "pkcs12", context.Value(Alias) ?? profile.Name)
            : throw CommandFailure.CannotRun(CertificateProblems.PropertiesInvalid, $"`{format}` is no format", "pem or pkcs12");
    }

    public string? PasswordOf(CommandContext context) => context.Value(Password) is { } file ? PasswordInput.FromFile(file) : null;
}
