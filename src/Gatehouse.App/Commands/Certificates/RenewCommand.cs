using System.CommandLine;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Administration.Cluster;
using Gatehouse.App.Client;
using Gatehouse.App.Terminal;
using Gatehouse.Problems.Cluster;
using Gatehouse.Trust.Certificates;
using Gatehouse.Trust.Files;

namespace Gatehouse.App.Commands.Certificates;

/// <summary><c>gatehouse cert renew</c>: the same names again, over the same key or a new one.</summary>
internal static class RenewCommand
{
    public static Command Create(CommandTree tree)
    {
        Argument<string> target = new("SERIAL|FILE") { Description = "a serial number of `cert list`, or a certificate's file" };
        Option<bool> newKey = new("--new-key") { Description = "make a new key; else the one that is there is kept" };
        Option<string?> keyFile = new("--key-file") { Description = "the private key; else FILE with the ending .key", HelpName = "FILE" };
        Option<string?> keyType = new("--key-type") { Description = "with --new-key: one of " + KeyKinds.All, HelpName = "TYPE" };
        Option<int?> days = new("--days") { Description = "how long it is good", HelpName = "DAYS" };
        StoreOptions store = new();
        return tree.Make(
            "renew",
            "make a certificate anew, with the names of the old one\nexample: gatehouse cert renew ./alice/alice.crt",
            async (context, cancellation) =>
            {
                string named = context.Value(target);
                string? file = IsFile(named) ? named : null;
                string serial = file is null ? named : CertificateFacts.SerialOf(InspectCommand.Read(context, file, store.PasswordOf(context)).Certificates[0]);
                CertificateEntry before = await FindAsync(context, serial, cancellation);
                CertificateProfile profile = CertificateProfile.Find(before.Profile)
                    ?? throw CommandFailure.CannotRun(CertificateProblems.PropertiesInvalid, $"this program does not know profile `{before.Profile}`");
                using LeafKey key = context.Value(newKey) ? LeafKey.Make(CertificateCommands.KindOf(context.Value(keyType), profile)) : Load(context.Value(keyFile), file);
                CertificateOutput output = OutputOf(context, store, before, profile, file);
                string? password = output.IsPkcs12 ? store.PasswordOf(context) : null;
                output.Prepare(mayReplace: true);
                Answer<CertificateIssued> answer = await CertificateCalls.RenewAsync(
                    context, before.Serial, new CertificateRenewBody { Request = key.MakeRequest(""), Days = context.Value(days) }, cancellation);
                IReadOnlyList<string> files = output.Write(answer.Value, key, password);
                context.Print(answer, issued => CertificateOutput.Tell(context.Screen, issued, files));
                return ExitCodes.Fine;
            },
            [target, newKey, keyFile, keyType, days, .. store.All]);
    }

    /// <summary>Whether a word names a file rather than a serial number.</summary>
    internal static bool IsFile(string text) => text.Contains('/', StringComparison.Ordinal) || text.Contains('.', StringComparison.Ordinal) || File.Exists(text);

    // A renewal of a file goes where the file is.
    private static CertificateOutput OutputOf(CommandContext context, StoreOptions store, CertificateEntry before, CertificateProfile profile, string? file)
    {
        string subject = before.Subject.Length > 0 ? before.Subject : before.Names.Count > 0 ? before.Names[0] : profile.Name;
        CertificateOutput output = store.OutputOf(context, subject, profile);
        return file is null || context.Parsed.GetResult(store.Out) is { Implicit: false }
            ? output
            : output with { Folder = Path.GetDirectoryName(Path.GetFullPath(file)) ?? "/", Name = Path.GetFileNameWithoutExtension(file) };
    }

    private static async Task<CertificateEntry> FindAsync(CommandContext context, string serial, CancellationToken cancellation)
    {
        Answer<CertificateListResponse> list = await CertificateCalls.ListAsync(context, cancellation);
        string plain = serial.Replace(":", "", StringComparison.Ordinal);
        return list.Value.Certificates.FirstOrDefault(one => one.Serial.Equals(plain, StringComparison.OrdinalIgnoreCase))
            ?? throw CommandFailure.Refused(CertificateProblems.NoSuchCertificate, $"the cluster has issued no certificate `{serial}`", "gatehouse cert list");
    }

    private static LeafKey Load(string? keyFile, string? file)
    {
        string path = keyFile ?? (file is null ? null : Path.ChangeExtension(file, ".key"))
            ?? throw CommandFailure.CannotRun(CertificateProblems.PropertiesInvalid, "its key is not known here", "--key-file FILE, or --new-key");
        if (!File.Exists(path))
        {
            throw CommandFailure.CannotRun(CertificateProblems.PropertiesInvalid, $"its key is not at `{path}`", "--key-file FILE, or --new-key");
        }

        byte[] content = SecretFile.Read(path);
        try
        {
            return LeafKey.Read(content, "");
        }
        finally
        {
            System.Security.Cryptography.CryptographicOperations.ZeroMemory(content);
        }
    }
}
