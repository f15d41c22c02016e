using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Gatehouse.Doctor.Rules;

/// <summary>Certificates that EMQX ships: their private keys are in its public repository.</summary>
internal static class ShippedCertificates
{
    // SHA-256 of the certificate, and of its public key (SubjectPublicKeyInfo).
    private static readonly FrozenDictionary<string, string> Known = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["7b7e10af742130d3705bd6ce9aa9a9d7ef1e4302aae2d8936f28ed1188f9315d"] = "the root of 4.x to 6.1",
        ["8328da4b78fade21d5b12430e661b1a8558b289df1f6c89fca8604329cc85aac"] = "the root of 4.x to 6.1",
        ["8526f2e2a250cd963319f62d122a976bc3063c11ea01b4b7252ab74f0a8f4540"] = "the server certificate of 4.x to 6.1",
        ["cfdb1efe28e30f2c9c050454c0980b05776798a885040dec7945a1b80b952fda"] = "the server certificate of 4.x to 6.1",
        ["94c34930138f679a8f81965662d72550c8940d2f28a3323bc5831ff294131c61"] = "the client certificate of 4.x to 6.1",
        ["8f7c4873021d221297d475f13b3361bfdc19d91c256f8de4a2ed5308bcde74e9"] = "the client certificate of 4.x to 6.1",
        ["eb434b4b4666fb52a230dc9e144ab3bb1cb59c81e90acb8685f66e3b3b8de403"] = "the root of 6.2 and later",
        ["500c5bac49dac8845a7240cd48aae8117989d29db6d118fb3ae658f6a15bd361"] = "the root of 6.2 and later",
        ["7278a19160a61371568c80c5374ccb546681a011538815d2655ae83030b48932"] = "the server certificate of 6.2 and later",
        ["912c548620a21d9ecc7bc87a3addb9550d30214dd9ed947b3a8e2449e203eecf"] = "the server certificate of 6.2 and later",
        ["17f9a3fcf606b3881cca3e685b0d86417a77d0bdf100d8a2e544c165a1b7bdd5"] = "the client certificate of 6.2 and later",
        ["3a55cd763c88512f4654eff130516a1ab3872c846b58b7df60000abbab83b1df"] = "the client certificate of 6.2 and later",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Which of them it is, by itself or by its key, or null.</summary>
    public static string? Find(X509Certificate2 certificate) =>
        Known.GetValueOrDefault(Hash(certificate.RawData)) ?? Known.GetValueOrDefault(Hash(certificate.PublicKey.ExportSubjectPublicKeyInfo()));

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
