using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Findings;
using Gatehouse.Problems;
using Gatehouse.Trust.Certificates;

namespace Gatehouse.Doctor.Emqx.Reading;

/// <summary>A file of certificates that something in force names.</summary>
/// <param name="Path">The file on this host.</param>
/// <param name="Evidence">What names it.</param>
/// <param name="Certificates">What it holds; empty where it could not be read.</param>
/// <param name="Problem">Why it could not be read, or null.</param>
/// <param name="IsMissing">Whether there is no such file.</param>
internal sealed record EmqxCertificate(string Path, Evidence Evidence, ImmutableArray<X509Certificate2> Certificates, string? Problem, bool IsMissing)
{
    /// <summary>Whether nothing names it, so that it is the one that EMQX ships until somebody replaces it.</summary>
    public bool IsDefault => Evidence.Shown.EndsWith("(not set)", StringComparison.Ordinal);

    /// <summary>Reads a file.</summary>
    public static EmqxCertificate Read(IHost host, string path, Evidence evidence)
    {
        FileContent content = host.Read(path);
        if (content.Bytes is not { } bytes)
        {
            return new EmqxCertificate(path, evidence, [], content.Why ?? "it cannot be read", content.IsMissing);
        }

        try
        {
            return new EmqxCertificate(path, evidence, CertificateReader.Read(bytes, password: null).Certificates, null, IsMissing: false);
        }
        catch (ProblemException)
        {
            return new EmqxCertificate(path, evidence, [], "it is no certificate", IsMissing: false);
        }
    }
}
