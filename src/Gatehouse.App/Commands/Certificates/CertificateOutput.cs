using System.Security.Cryptography.X509Certificates;
using System.Text;
using Gatehouse.Administration.Cluster;
using Gatehouse.App.Client;
using Gatehouse.App.Terminal;
using Gatehouse.Problems.Cluster;
using Gatehouse.Trust.Certificates;
using Gatehouse.Trust.Files;

namespace Gatehouse.App.Commands.Certificates;

/// <summary>Where a certificate and its key go.</summary>
/// <param name="Folder">Absolute.</param>
/// <param name="Name">The files' name without an extension.</param>
/// <param name="IsPkcs12">PKCS#12 stores, else PEM.</param>
/// <param name="Alias">The entry's alias in a store.</param>
internal sealed record CertificateOutput(string Folder, string Name, bool IsPkcs12, string Alias)
{
    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private string Key => Path.Combine(Folder, Name + ".key");

    private string Store => Path.Combine(Folder, Name + ".p12");

    /// <summary>A file name for somebody's certificate.</summary>
    public static string NameFor(string subject) => string.Concat(
        subject.Replace("*", "wildcard", StringComparison.Ordinal).Select(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or '@' ? c : '_')).TrimStart('.');

    /// <summary>Makes the folder and refuses to replace another key.</summary>
    public void Prepare(bool mayReplace)
    {
        PrivateFolder.EnsureGuarded(Folder);
        string kept = IsPkcs12 ? Store : Key;
        if (!mayReplace && File.Exists(kept))
        {
            throw CommandFailure.Refused(
                CertificateProblems.PropertiesInvalid, $"`{kept}` is there already, and its key would be lost", "gatehouse cert renew FILE, or another --out DIR");
        }
    }

    /// <summary>Writes everything; private keys and passwords 0600. Gives the lines that say what is where.</summary>
    public IReadOnlyList<string> Write(CertificateIssued issued, LeafKey key, string? password)
    {
        List<string> told = [];
        Write(told, Path.Combine(Folder, "ca.crt"), issued.Root, "the CA, for those who trust it");
        if (!IsPkcs12)
        {
            SecretFile.Write(Key, Encoding.ASCII.GetBytes(key.ExportPem()));
            told.Add($"{Key}  the private key");
            Write(told, Path.Combine(Folder, Name + ".crt"), issued.Pem + issued.Chain, "the certificate and what is above it");
            return told;
        }

        if (password is null)
        {
            password = Pkcs12Store.NewPassword();
            string file = Path.Combine(Folder, Name + ".password");
            SecretFile.Write(file, Encoding.ASCII.GetBytes(password + "\n"));
            told.Add($"{file}  the password of both stores");
        }

        using X509Certificate2 leaf = X509Certificate2.CreateFromPem(issued.Pem);
        using X509Certificate2 root = X509Certificate2.CreateFromPem(issued.Root);
        X509Certificate2Collection chain = [];
        chain.ImportFromPem(issued.Chain);
        SecretFile.Write(Store, Pkcs12Store.MakeKeyStore(key, leaf, chain, Alias, password));
        told.Add($"{Store}  private key and certificate, alias {Alias}");
        string trust = Path.Combine(Folder, Name + "-trust.p12");
        SecretFile.Write(trust, Pkcs12Store.MakeTrustStore([root], "gatehouse", password));
        told.Add($"{trust}  the CA as a trust store");
        return told;
    }

    /// <summary>What to tell after it.</summary>
    public static void Tell(Screen screen, CertificateIssued issued, IReadOnlyList<string> files)
    {
        screen.Line($"certificate {issued.Certificate.Serial}, until {issued.Certificate.NotAfter:yyyy-MM-dd}");
        foreach (string file in files)
        {
            screen.Line("  " + file);
        }

        if (issued.LoadedOnce)
        {
            screen.Line($"its program reads it once, at its start: renew it with gatehouse cert renew {issued.Certificate.Serial} and restart it before then");
        }
    }

    private static void Write(List<string> told, string path, string text, string what)
    {
        SecretFile.Write(path, Encoding.ASCII.GetBytes(text), Readable);
        told.Add($"{path}  {what}");
    }
}
