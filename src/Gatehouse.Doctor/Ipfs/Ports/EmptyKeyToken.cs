using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Gatehouse.Doctor.Ipfs.Ports;

/// <summary>A token (RFC 7519) that anybody can make for a user without a password: its key (HS256, RFC 7518, section 3.2) is empty.</summary>
internal static class EmptyKeyToken
{
    /// <summary>The token.</summary>
    public static string For(string user)
    {
        string head = Base64Url.EncodeToString("""{"alg":"HS256","typ":"JWT"}"""u8);
        string body = Base64Url.EncodeToString(Encoding.UTF8.GetBytes($$"""{"iss":"{{JsonEncodedText.Encode(user)}}"}"""));
        byte[] signature = HMACSHA256.HashData(Array.Empty<byte>(), Encoding.ASCII.GetBytes($"{head}.{body}"));
        return $"{head}.{body}.{Base64Url.EncodeToString(signature)}";
    }

    /// <summary>A user whom nobody has.</summary>
    public static string Nobody() => $"nobody-{RandomNumberGenerator.GetHexString(16, lowercase: true)}";
}
