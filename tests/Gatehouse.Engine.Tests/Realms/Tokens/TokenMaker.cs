using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Gatehouse.Engine.Tests.Realms.Tokens;

/// <summary>Makes tokens by hand, good ones and any other.</summary>
internal sealed class TokenMaker : IDisposable
{
    public const string Issuer = "https://issuer.example";
    public const string Audience = "gatehouse";

    public RSA Rsa { get; } = RSA.Create(2048);

    public ECDsa Ec { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public static string Base64(string text) => Base64(Encoding.UTF8.GetBytes(text));

    public static string Base64(byte[] bytes) => Base64Url.EncodeToString(bytes);

    public static string Claims(DateTimeOffset now, string extra = "", string? replace = null, string with = "")
    {
        string text = $$"""{"iss":"{{Issuer}}","aud":"{{Audience}}","sub":"alice","exp":{{(now + TimeSpan.FromMinutes(10)).ToUnixTimeSeconds()}},"iat":{{now.ToUnixTimeSeconds()}}{{extra}}}""";
        return replace is null ? text : text.Replace(replace, with, StringComparison.Ordinal);
    }

    public static string Header(string algorithm, string kid = "", string extra = "") =>
        $$"""{"alg":"{{algorithm}}","typ":"JWT"{{(kid.Length == 0 ? "" : $",\"kid\":{JsonSerializer.Serialize(kid)}")}}{{extra}}}""";

    public string RsaJwk(string kid, string extra = "")
    {
        RSAParameters p = Rsa.ExportParameters(false);
        return $$"""{"kty":"RSA","kid":"{{kid}}","use":"sig","n":"{{Base64(p.Modulus!)}}","e":"{{Base64(p.Exponent!)}}"{{extra}}}""";
    }

    public string EcJwk(string kid)
    {
        ECParameters p = Ec.ExportParameters(false);
        return $$"""{"kty":"EC","crv":"P-256","kid":"{{kid}}","x":"{{Base64(p.Q.X!)}}","y":"{{Base64(p.Q.Y!)}}"}""";
    }

    public string Keys() => $$"""{"keys":[{{RsaJwk("r1")}},{{EcJwk("e1")}}]}""";

    public static string Join(string header, string claims, byte[] signature) => $"{Base64(header)}.{Base64(claims)}.{Base64(signature)}";

    public byte[] SignEc(string header, string claims, DSASignatureFormat format = DSASignatureFormat.IeeeP1363FixedFieldConcatenation) =>
        Ec.SignData(Encoding.ASCII.GetBytes($"{Base64(header)}.{Base64(claims)}"), HashAlgorithmName.SHA256, format);

    /// <summary>A token with a signature that fits its header's algorithm.</summary>
    public string Sign(string header, string claims)
    {
        byte[] data = Encoding.ASCII.GetBytes($"{Base64(header)}.{Base64(claims)}");
        string algorithm = header.Split('"')[3]; // the first member
        HashAlgorithmName hash = int.Parse(algorithm[2..], CultureInfo.InvariantCulture) switch
        {
            256 => HashAlgorithmName.SHA256,
            384 => HashAlgorithmName.SHA384,
            _ => HashAlgorithmName.SHA512,
        };
        byte[] signature = algorithm[..2] switch
        {
            "RS" => Rsa.SignData(data, hash, RSASignaturePadding.Pkcs1),
            "PS" => Rsa.SignData(data, hash, RSASignaturePadding.Pss),
            _ => Ec.SignData(data, hash),
        };
        return Join(header, claims, signature);
    }

    public void Dispose()
    {
        Rsa.Dispose();
        Ec.Dispose();
    }
}
