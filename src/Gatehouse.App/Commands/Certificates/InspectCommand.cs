using System.CommandLine;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Gatehouse.Administration.Cluster;
using Gatehouse.App.Client;
using Gatehouse.App.Terminal;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;
using Gatehouse.Trust.Certificates;

namespace Gatehouse.App.Commands.Certificates;

/// <summary><c>gatehouse cert inspect</c>: what is in a file, without the daemon.</summary>
internal static class InspectCommand
{
    public static Command Create(CommandTree tree)
    {
        Argument<string> file = new("FILE") { Description = "certificate, key store or signing request: PEM, DER, PKCS#12; - for stdin" };
        Option<string?> password = new("--password-file") { Description = "file with the store's password, - for stdin; else it is asked for", HelpName = "FILE" };
        return tree.Make(
            "inspect",
            "say what a certificate file holds and what is wrong with it; exit code 1 when something is\nexample: gatehouse cert inspect web.crt",
            (context, _) =>
            {
                InspectedFile found = Inspect(context, context.Value(file), context.Value(password) is { } from ? PasswordInput.FromFile(from) : null);
                context.Print(
                    new Answer<InspectedFile>(JsonSerializer.SerializeToUtf8Bytes(found, CertificateJson.Default.InspectedFile), found),
                    shown => Show(context.Screen, shown));
                return Task.FromResult(found.Certificates.Any(static one => one.Problems.Count > 0) ? ExitCodes.Findings : ExitCodes.Fine);
            },
            file, password);
    }

    /// <summary>Reads a file; asks for the password of a store where none was given.</summary>
    internal static CertificateFile Read(CommandContext context, string file, string? password)
    {
        byte[] content = InputFile.Read(file).Content;
        try
        {
            return CertificateReader.Read(content, password);
        }
        catch (ProblemException locked) when (locked.Problem.Definition == CertificateProblems.PasswordWrong && password is null && !Console.IsInputRedirected)
        {
            return CertificateReader.Read(content, PasswordInput.Ask(context.Screen, $"Password of {file}"));
        }
    }

    private static InspectedFile Inspect(CommandContext context, string file, string? password)
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        CertificateFile read;
        try
        {
            read = Read(context, file, password);
        }
        catch (ProblemException none) when (none.Problem.Definition == CertificateProblems.CertificateUnreadable && file != "-" && Request(file) is { } request)
        {
            return request;
        }

        X509Certificate2Collection bundle = [];
        if (File.Exists(context.AuthorityFile))
        {
            bundle.ImportFromPemFile(context.AuthorityFile);
        }

        return new InspectedFile
        {
            Form = read.Form,
            PrivateKey = read.HasPrivateKey,
            Certificates = [.. read.Certificates.Select(one => View(one, bundle.Count == 0 ? null : LeadsTo(one, read, bundle), now))],
        };
    }

    private static InspectedFile? Request(string file)
    {
        try
        {
            SigningRequest request = SigningRequest.Read(InputFile.Read(file).Content);
            return new InspectedFile
            {
                Form = "PKCS#10",
                Certificates =
                [
                    new InspectedCertificate
                    {
                        Subject = request.Subject, Issuer = "", Serial = "", Fingerprint = "", Names = request.Names, Key = request.Facts.Description, KeyHash = request.Facts.Hash,
                    },
                ],
            };
        }
        catch (ProblemException)
        {
            // Neither: what was wrong with it as a certificate is what is told.
            return null;
        }
    }

    private static bool LeadsTo(X509Certificate2 certificate, CertificateFile read, X509Certificate2Collection bundle)
    {
        using X509Chain chain = new();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.IgnoreNotTimeValid;
        chain.ChainPolicy.CustomTrustStore.AddRange(bundle);
        chain.ChainPolicy.ExtraStore.AddRange(read.Certificates.ToArray());
        return chain.Build(certificate);
    }

    private static InspectedCertificate View(X509Certificate2 certificate, bool? isOurs, DateTimeOffset now)
    {
        CertificateFacts facts = CertificateFacts.Of(certificate, now);
        return new InspectedCertificate
        {
            Subject = facts.Subject,
            Issuer = facts.Issuer,
            Serial = facts.Serial,
            Names = facts.Names,
            Usages = facts.Usages,
            Key = facts.Key,
            KeyHash = facts.KeyHash,
            Fingerprint = facts.Fingerprint,
            NotBefore = facts.NotBefore,
            NotAfter = facts.NotAfter,
            Authority = facts.IsAuthority,
            OfThisCluster = isOurs,
            Problems = facts.Problems,
        };
    }

    private static void Show(Screen screen, InspectedFile found)
    {
        screen.Line($"{found.Form}, {found.Certificates.Count} {(found.Form == "PKCS#10" ? "request" : "certificates")}{(found.PrivateKey ? ", with a private key" : "")}");
        foreach (InspectedCertificate one in found.Certificates)
        {
            screen.Line("");
            Facts facts = new Facts().Add("subject", one.Subject).Add("names", string.Join(", ", one.Names)).Add("key", one.Key).Add("key SHA-256", one.KeyHash);
            if (found.Form != "PKCS#10")
            {
                int days = CertificateWatch.DaysLeft(one.NotAfter, TimeProvider.System.GetUtcNow());
                facts.Add("issuer", one.Issuer)
                    .Add("serial", one.Serial)
                    .Add("for", one.Authority ? "an authority" : string.Join(", ", one.Usages))
                    .Add("until", $"{one.NotAfter.UtcDateTime:yyyy-MM-dd HH:mm}Z, {days} days")
                    .Add("SHA-256", one.Fingerprint)
                    .Add("this cluster's", one.OfThisCluster switch { true => "yes", false => "no", _ => "not known here" });
            }

            foreach (string problem in one.Problems)
            {
                facts.Add("problem", problem, Style.Red);
            }

            facts.Write(screen);
        }
    }
}
