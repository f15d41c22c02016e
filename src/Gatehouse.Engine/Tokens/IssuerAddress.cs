namespace Gatehouse.Engine.Tokens;

/// <summary>Addresses that an issuer may be asked at.</summary>
internal static class IssuerAddress
{
    /// <summary>Where discovery looks for an issuer (OpenID Connect Discovery 1.0 section 4).</summary>
    public static string Discovery(string issuer) => issuer.TrimEnd('/') + "/.well-known/openid-configuration";

    /// <summary>Whether it may be asked: absolute, https, without user and fragment.</summary>
    public static bool IsFit(string text, out Uri? url) =>
        Uri.TryCreate(text, UriKind.Absolute, out url) && url.Scheme == Uri.UriSchemeHttps && url.Host.Length > 0
        && url.UserInfo.Length == 0 && url.Fragment.Length == 0;
}
