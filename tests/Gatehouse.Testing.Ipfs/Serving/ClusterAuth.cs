using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Gatehouse.Testing.Ipfs.Serving;

/// <summary>
/// Authentication of ipfs-cluster's APIs with its weaknesses: every user may do everything, a token is signed with the user's
/// password and never ends, and a user with an empty password can be forged with the empty key.
/// </summary>
internal sealed class ClusterAuth(StandInOptions options)
{
    private const string Realm = " realm=\"Restricted IPFS Cluster API\"";

    /// <summary>The refusal, or null where the request may go on.</summary>
    public string? Refuse(Call call)
    {
        if (options.Credentials is not { } credentials || call.Method == "OPTIONS" || (call.Method == "GET" && call.Path == "/health"))
        {
            return null;
        }

        string header = call.Http.Request.Headers.Authorization.ToString();
        if (Basic(header) is var (user, password))
        {
            bool isRight = user.Length > 0 && password.Length > 0 && credentials.TryGetValue(user, out string? right) && right == password;
            return isRight ? null : Challenge(call, "unauthorized: access denied", "Basic" + Realm);
        }

        if (Bearer(header) is { } token)
        {
            return Issuer(token) is not null ? null : Challenge(call, "unauthorized: invalid token", $"Bearer{Realm}, error=\"invalid_token\"");
        }

        return Challenge(call, "unauthorized: no auth provided", new StringValues(["Bearer" + Realm, "Basic" + Realm]));
    }

    /// <summary>A token of the caller without an end, an id or a way back; null where authentication is off.</summary>
    public string? Issue(Call call)
    {
        string header = call.Http.Request.Headers.Authorization.ToString();
        string? user = Basic(header)?.User ?? (Bearer(header) is { } token ? Issuer(token) : null);
        return options.Credentials is { } credentials && user is not null && credentials.TryGetValue(user, out string? password)
            ? Sign(user, password)
            : null;
    }

    /// <summary>A token as POST /token makes it.</summary>
    public static string Sign(string user, string password)
    {
        string signed = Encode("""{"alg":"HS256","typ":"JWT"}"""u8) + "." + Encode(Encoding.UTF8.GetBytes(new JsonObject { ["iss"] = user }.ToJsonString()));
        return signed + "." + Encode(HMACSHA256.HashData(Encoding.UTF8.GetBytes(password), Encoding.ASCII.GetBytes(signed)));
    }

    private static string Challenge(Call call, string error, StringValues challenges)
    {
        call.Http.Response.Headers.WWWAuthenticate = challenges;
        return error;
    }

    private static (string User, string Password)? Basic(string header)
    {
        if (!header.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        byte[] bytes = new byte[header.Length];
        if (!Convert.TryFromBase64String(header[6..], bytes, out int length))
        {
            return null;
        }

        string text = Encoding.UTF8.GetString(bytes, 0, length);
        int colon = text.IndexOf(':');
        return colon < 0 ? null : (text[..colon], text[(colon + 1)..]);
    }

    private static string? Bearer(string header) => header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? header[7..] : null;

    private static string Encode(ReadOnlySpan<byte> bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);

    /// <summary>Who a token is of, or null where it does not hold. The time claims count only where they are there.</summary>
    private string? Issuer(string token)
    {
        try
        {
            if (token.Split('.') is not [var head, var body, var signature]
                || JsonNode.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(head)) is not JsonObject header
                || JsonNode.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(body)) is not JsonObject claims
                || claims["iss"]?.GetValue<string>() is not { } user
                || options.Credentials?.TryGetValue(user, out string? password) is not true)
            {
                return null;
            }

            byte[] key = Encoding.UTF8.GetBytes(password!);
            byte[] signed = Encoding.ASCII.GetBytes(head + "." + body);
            byte[]? right = header["alg"]?.GetValue<string>() switch
            {
                "HS256" => HMACSHA256.HashData(key, signed),
                "HS384" => HMACSHA384.HashData(key, signed),
                "HS512" => HMACSHA512.HashData(key, signed),
                _ => null,
            };
            double now = options.Time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0;
            bool isInTime = (claims["exp"] is not { } exp || now < exp.GetValue<double>())
                && (claims["nbf"] is not { } nbf || now >= nbf.GetValue<double>())
                && (claims["iat"] is not { } iat || now >= iat.GetValue<double>());
            return right is not null && isInTime && right.AsSpan().SequenceEqual(System.Buffers.Text.Base64Url.DecodeFromChars(signature)) ? user : null;
        }
        catch (Exception e) when (e is FormatException or JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
