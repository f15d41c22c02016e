using System.Security.Cryptography.X509Certificates;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;
using Gatehouse.Trust.Nodes;

namespace Gatehouse.Engine.Hosting.Cluster;

/// <summary>Whether this node's certificates hold at the moment; an answer of no is as often a wrong clock as an old certificate.</summary>
internal static class CertificateHealth
{
    /// <summary>What a person should know.</summary>
    public static IEnumerable<Problem> Problems(NodeTrust trust, DateTimeOffset now)
    {
        (string Name, X509Certificate2 Certificate)[] all =
        [
            ("the root of the CA", trust.Root),
            ("the CA's intermediate for nodes", trust.NodesCa),
            ("the CA's intermediate for users", trust.UsersCa),
            ("the certificate for gates and admin API", trust.Server.Certificate),
            ("the certificate for the mesh", trust.Mesh.Certificate),
        ];
        foreach ((string name, X509Certificate2 certificate) in all)
        {
            if (WhyNot(certificate, now) is { } why)
            {
                yield return RotationProblems.NotValidNow.Because(
                    $"{name} {why}; this host's clock says {now.ToUniversalTime():yyyy-MM-dd HH:mm:ss'Z'}",
                    hint: "compare the clock with another host's first; then gatehouse ca rotate --all, or gatehouse recover --certificates with the daemon stopped");
            }
        }
    }

    /// <summary>Why a certificate does not hold; null: it does.</summary>
    public static string? WhyNot(X509Certificate2 certificate, DateTimeOffset now)
    {
        DateTime from = certificate.NotBefore.ToUniversalTime();
        DateTime end = certificate.NotAfter.ToUniversalTime();
        return now.UtcDateTime < from ? $"is not valid before {from:yyyy-MM-dd HH:mm:ss'Z'}"
            : now.UtcDateTime > end ? $"has expired at {end:yyyy-MM-dd HH:mm:ss'Z'}"
            : null;
    }
}
