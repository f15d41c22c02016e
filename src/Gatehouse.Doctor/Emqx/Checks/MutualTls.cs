using System.Security.Cryptography.X509Certificates;
using Gatehouse.Doctor.Emqx.Reading;
using Gatehouse.Doctor.Rules;

namespace Gatehouse.Doctor.Emqx.Checks;

/// <summary>
/// Whether a port between nodes asks both ends for a certificate of a CA of its own, behind a cookie that nobody guesses. What is not seen is not
/// believed.
/// </summary>
internal static class MutualTls
{
    private static readonly string[] Sides = ["server", "client"];
    private static readonly string[] OfSides = ["certfile", "cacertfile"];
    private static readonly string[] OfRpcFiles = ["rpc.certfile", "rpc.cacertfile"];

    /// <summary>The Erlang distribution: <c>ssl_dist.conf</c> verifies both ends, and whoever calls needs a certificate.</summary>
    public static bool OfDistribution(EmqxSubject emqx)
    {
        if (!emqx.Cluster.IsTls || !CookieChecks.IsStrong(emqx))
        {
            return false;
        }

        DistributionTls tls = DistributionTls.Of(emqx);
        return Sides.All(side => tls.Find(side, "verify")?.Value.IsAtom("verify_peer") == true)
            && tls.Find("server", "fail_if_no_peer_cert")?.Value.IsAtom("true") == true
            && Sides.All(side => OfSides.All(name => tls.Find(side, name) is { Value.Text: { Length: > 0 } path } option && IsOwn(emqx, EmqxCertificate.Read(emqx.Host, emqx.Places.OnHost(path), option.Evidence))));
    }

    /// <summary>gen_rpc: over TLS it always verifies both ends.</summary>
    public static bool OfRpc(EmqxSubject emqx) => RpcChecks.Protocol(emqx) == "ssl" && CookieChecks.IsStrong(emqx)
        && OfRpcFiles.All(path => emqx[path] is { IsUnknown: false, Text: { Length: > 0 } file } setting && IsOwn(emqx, EmqxCertificate.Read(emqx.Host, emqx.Places.OnHost(file), emqx.Place(setting))));

    private static bool IsOwn(EmqxSubject emqx, EmqxCertificate file) => !file.Certificates.IsEmpty
        && file.Certificates.All(certificate => ShippedCertificates.Find(certificate) is null && IsGood(emqx, certificate));

    private static bool IsGood(EmqxSubject emqx, X509Certificate2 certificate) => certificate.NotAfter.ToUniversalTime() > emqx.Host.Now.UtcDateTime;
}
