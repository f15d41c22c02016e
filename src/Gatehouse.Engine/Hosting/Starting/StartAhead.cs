using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Engine.Store;

namespace Gatehouse.Engine.Hosting.Starting;

/// <summary>
/// What a start needs later and nothing before it decides: made on another processor while the first stages run. The runtime reads
/// the host's authorities, over a hundred of them, before the first certificate chain, whatever chain that is.
/// </summary>
internal static class StartAhead
{
    /// <summary>Begins; a failure shows where the same is needed.</summary>
    public static void Begin(string dataDirectory)
    {
        if (Environment.ProcessorCount > 1)
        {
            _ = Task.Run(() => ReadAuthorities(dataDirectory));
            _ = Task.Run(MakeShapes);
        }
    }

    private static void ReadAuthorities(string dataDirectory)
    {
        try
        {
            using X509Certificate2 any = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(dataDirectory, "ca.crt"));
            using var chain = new X509Chain();
            chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
            chain.ChainPolicy.DisableCertificateDownloads = true;
            _ = chain.Build(any);
        }
        catch (Exception fault) when (fault is CryptographicException or IOException or UnauthorizedAccessException)
        {
            // A first start has none; whatever else is wrong is said by the stage that reads it to use it.
        }
    }

    private static void MakeShapes()
    {
        _ = StoreJson.Default.Manifest;
        _ = StoreJson.Default.Bucket;
    }
}
