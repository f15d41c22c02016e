using System.Text;
using Gatehouse.Administration.Cluster;
using Gatehouse.App.Client;
using Gatehouse.App.Commands.Certificates;
using Gatehouse.Doctor.Hardening.Certificates;
using Gatehouse.Problems;
using Gatehouse.Problems.Doctor;
using Gatehouse.Trust.Certificates;
using Gatehouse.Trust.Files;

namespace Gatehouse.App.Commands.Doctor;

/// <summary>Certificates by the cluster's CA, as <c>gatehouse cert issue</c> gets them: the key is made here, the daemon signs.</summary>
internal sealed class IssuedCertificates(CommandContext context) : ICertificateSource
{
    public async Task<CertificateMaterial> IssueAsync(CertificateWish wish, CancellationToken cancellation)
    {
        CertificateProfile profile = CertificateProfile.Find(wish.Profile) ?? throw new InvalidOperationException($"there is no profile {wish.Profile}");
        var key = LeafKey.Make(profile.Keys[0]);
        try
        {
            var body = new CertificateRequestBody { Profile = profile.Name, Request = key.MakeRequest(""), Names = wish.Names };
            CertificateIssued issued = (await CertificateCalls.IssueAsync(context, body, isSigning: false, cancellation)).Value;
            return new CertificateMaterial(key, issued.Pem, issued.Chain, issued.Root);
        }
        catch (CommandFailure failure) when (failure.Error.Id == AdministrationProblems.NotRunning.Id)
        {
            key.Dispose();
            throw CommandFailure.CannotRun(
                HardenProblems.Certificates,
                $"a certificate is needed for {wish.Purpose}, and no daemon answers that could issue it",
                $"start it: {context.CalledAs} up (--data DIR says which one); or bring your own: --cert FILE --key FILE --ca FILE",
                failure);
        }
        catch (CommandFailure)
        {
            key.Dispose();
            throw;
        }
    }
}

/// <summary>The administrator's own certificate.</summary>
internal sealed class OwnCertificate(string certificate, string key, string authority) : ICertificateSource
{
    public Task<CertificateMaterial> IssueAsync(CertificateWish wish, CancellationToken cancellation)
    {
        string chain = Encoding.ASCII.GetString(InputFile.Read(certificate).Content);
        string root = Encoding.ASCII.GetString(InputFile.Read(authority).Content);
        if (chain.Contains("PRIVATE KEY", StringComparison.Ordinal) || root.Contains("PRIVATE KEY", StringComparison.Ordinal))
        {
            throw CommandFailure.Refused(HardenProblems.Certificates, "a private key stands among the certificates that everybody may read", "--cert FILE and --ca FILE with certificates only, --key FILE with the key");
        }

        int end = chain.IndexOf(End, StringComparison.Ordinal);
        end = end < 0 ? throw CommandFailure.CannotRun(HardenProblems.Certificates, $"there is no certificate in `{certificate}`", "PEM, as most programs write it") : end + End.Length;
        var own = LeafKey.Read(SecretFile.Read(key), []);
        return Task.FromResult(new CertificateMaterial(own, chain[..end] + "\n", chain[end..].TrimStart('\r', '\n'), root));
    }

    private const string End = "-----END CERTIFICATE-----";
}
