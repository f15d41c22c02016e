using System.Collections.Immutable;
using System.CommandLine;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Gatehouse.Administration.Cluster;
using Gatehouse.App.Client;
using Gatehouse.App.Terminal;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;
using Gatehouse.Trust.Certificates;
using Gatehouse.Trust.Files;

namespace Gatehouse.App.Commands.Certificates;

/// <summary><c>gatehouse ca csr</c> and <c>gatehouse ca import</c>: an authority of the operator's own.</summary>
internal static class AuthorityCommands
{
    private static readonly string[] Intermediates = ["nodes", "users"];

    /// <summary>Adds them to the group <c>ca</c>, which is made where it is not there.</summary>
    public static void AddTo(Command root, CommandTree tree)
    {
        Command? group = root.Subcommands.FirstOrDefault(static command => command.Name == "ca");
        if (group is null)
        {
            root.Add(CommandTree.Group("ca", "the cluster's certification authority", Requests(tree), Import(tree)));
            return;
        }

        group.Add(Requests(tree));
        group.Add(Import(tree));
    }

    private static Command Requests(CommandTree tree)
    {
        Option<string> folder = new("--out") { Description = "folder for two keys and two requests", HelpName = "DIR", Required = true };
        return tree.Make(
            "csr",
            "make keys and signing requests of both intermediates, for your CA\nexample: gatehouse ca csr --out ./ca",
            async (context, cancellation) =>
            {
                Answer<AuthorityListResponse> known = await CertificateCalls.AuthoritiesAsync(context, cancellation);
                string path = Path.GetFullPath(context.Value(folder)!);
                PrivateFolder.EnsureGuarded(path);
                foreach (string name in Intermediates)
                {
                    string keyFile = Path.Combine(path, name + ".key");
                    if (File.Exists(keyFile))
                    {
                        throw CommandFailure.Refused(CertificateProblems.PropertiesInvalid, $"`{keyFile}` is there already, and its key would be lost", "another --out DIR");
                    }

                    using LeafKey key = LeafKey.Make(KeyKind.EcdsaP256);
                    SecretFile.Write(keyFile, Encoding.ASCII.GetBytes(key.ExportPem()));
                    string request = Path.Combine(path, name + ".csr");
                    await File.WriteAllTextAsync(request, AuthorityImport.MakeRequest(key, name == "users", known.Value.Cluster), cancellation);
                    context.Screen.Line(request);
                }

                context.Screen.Line($"have your CA sign both as CAs (CA:TRUE, keyCertSign, cRLSign), then: gatehouse ca import --nodes NODES.crt --users USERS.crt --chain CHAIN.crt --keys {path}");
                return ExitCodes.Fine;
            },
            folder);
    }

    private static Command Import(CommandTree tree)
    {
        ImportOptions options = new();
        return tree.Make(
            "import",
            "bring an authority of your own; gatehouse ca rotate puts it into force\nexample: gatehouse ca import --root root.crt --intermediate sub.crt --key sub.key",
            async (context, cancellation) =>
            {
                Answer<AuthorityListResponse> known = await CertificateCalls.AuthoritiesAsync(context, cancellation);
                DateTimeOffset now = TimeProvider.System.GetUtcNow();
                using AuthorityMaterial material = context.Value(options.Nodes) is null && context.Value(options.Users) is null
                    ? FromKey(context, options, known.Value, now)
                    : FromSigned(context, options, known.Value, now);

                // Wrapped here: no key of a CA crosses the API in clear.
                Membership.AuthorityDocument document = material.ToDocument(
                    known.Value.Cluster, known.Value.Issuers.Select(static one => (one.Id, one.WrapKey)), now);
                var request = new AuthorityImportRequest
                {
                    Root = document.Root,
                    Nodes = document.Nodes,
                    Users = document.Users,
                    Chain = document.Chain,
                    Keys = document.Keys.ToDictionary(StringComparer.Ordinal),
                };
                Answer<AuthorityListResponse> answer = await CertificateCalls.ImportAsync(context, request, cancellation);
                context.Print(answer, _ =>
                {
                    context.Screen.Line($"authority {document.Id} is known to the cluster and not in use yet");
                    context.Screen.Line("next: gatehouse ca rotate --plan");
                });
                return ExitCodes.Fine;
            },
            [.. options.All]);
    }

    private static AuthorityMaterial FromKey(CommandContext context, ImportOptions options, AuthorityListResponse known, DateTimeOffset now)
    {
        if (context.Value(options.Root) is not { } root || context.Value(options.Key) is not { } keyFile)
        {
            throw CommandFailure.CannotRun(
                AdministrationProblems.CommandLine, "either --root and --key, or --nodes, --users and --chain", "gatehouse ca import --help");
        }

        ImmutableArray<X509Certificate2> path = context.Value(options.Intermediate) is { } intermediate
            ? [.. Certificates(intermediate), .. Certificates(root)]
            : Certificates(root);
        using LeafKey key = ReadKey(context, keyFile, options);
        return AuthorityImport.FromKey(path, key, known.Cluster, [.. known.Names], now);
    }

    private static AuthorityMaterial FromSigned(CommandContext context, ImportOptions options, AuthorityListResponse known, DateTimeOffset now)
    {
        if (context.Value(options.Nodes) is not { } nodes || context.Value(options.Users) is not { } users || context.Value(options.Chain) is not { } chain
            || context.Value(options.Keys) is not { } folder)
        {
            throw CommandFailure.CannotRun(
                AdministrationProblems.CommandLine, "what your CA has signed needs --nodes, --users, --chain and --keys", "gatehouse ca import --help");
        }

        using LeafKey nodesKey = ReadKey(context, Path.Combine(folder, "nodes.key"), options);
        using LeafKey usersKey = ReadKey(context, Path.Combine(folder, "users.key"), options);
        ImmutableArray<X509Certificate2> nodesFile = Certificates(nodes);
        ImmutableArray<X509Certificate2> usersFile = Certificates(users);
        return AuthorityImport.FromSigned(
            nodesFile[0], nodesKey, usersFile[0], usersKey, [.. Certificates(chain), .. nodesFile.Skip(1)], known.Cluster, [.. known.Names], now);
    }

    private static ImmutableArray<X509Certificate2> Certificates(string file) => CertificateReader.Read(InputFile.Read(file).Content, null).Certificates;

    private static LeafKey ReadKey(CommandContext context, string file, ImportOptions options)
    {
        byte[] content = SecretFile.Read(Path.GetFullPath(file));
        try
        {
            string password = content.AsSpan().IndexOf("ENCRYPTED"u8) < 0 ? ""
                : context.Value(options.Password) is { } from ? PasswordInput.FromFile(from)
                : PasswordInput.Ask(context.Screen, $"Password of {file}");
            return LeafKey.Read(content, password);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
        }
    }

    private sealed class ImportOptions
    {
        public Option<string?> Root { get; } = new("--root") { Description = "your root certificate", HelpName = "FILE" };

        public Option<string?> Intermediate { get; } = new("--intermediate") { Description = "the CA certificate whose key is given, where it is not the root", HelpName = "FILE" };

        public Option<string?> Key { get; } = new("--key") { Description = "its private key (PKCS#8 PEM, mode 0600); used once, not kept", HelpName = "FILE" };

        public Option<string?> Password { get; } = new("--password-file") { Description = "file with the key's password, - for stdin; else it is asked for", HelpName = "FILE" };

        public Option<string?> Nodes { get; } = new("--nodes") { Description = "what your CA made of nodes.csr", HelpName = "FILE" };

        public Option<string?> Users { get; } = new("--users") { Description = "what your CA made of users.csr", HelpName = "FILE" };

        public Option<string?> Chain { get; } = new("--chain") { Description = "everything above these two, the root included", HelpName = "FILE" };

        public Option<string?> Keys { get; } = new("--keys") { Description = "the folder of `ca csr`", HelpName = "DIR" };

        public IEnumerable<Symbol> All => [Root, Intermediate, Key, Password, Nodes, Users, Chain, Keys];
    }
}
