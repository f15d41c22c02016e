using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Gatehouse.Engine.Tokens;

namespace Gatehouse.Engine.Emqx;

/// <summary>Reads what the dashboard's login page sends: <c>{"username":...,"password":...}</c>, possibly more.</summary>
internal static class LoginBody
{
    /// <summary>Longest body, in bytes.</summary>
    public const int MaxLength = 8192;

    /// <summary>The name and password that EMQX is shipped with.</summary>
    public const string DefaultName = "admin";

    /// <summary>The password beside it.</summary>
    public const string DefaultPassword = "public";

    /// <summary>Reads one; false where name or password is missing, no text, or none that Basic (RFC 7617) can carry.</summary>
    public static bool TryRead(ReadOnlySpan<byte> body, [NotNullWhen(true)] out string? name, [NotNullWhen(true)] out string? password)
    {
        name = password = null;
        byte[] copy = body.ToArray();
        try
        {
            if (!StrictObject.TryRead(copy, out JsonElement value, out _))
            {
                return false;
            }

            name = TextOf(value, "username");
            password = TextOf(value, "password");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(copy);
        }

        return !string.IsNullOrEmpty(name) && password is not null && !name.Contains(':', StringComparison.Ordinal);
    }

    /// <summary>Whether a body of this type may be one: a form of another origin's page cannot be.</summary>
    public static bool IsJson(string? contentType) =>
        contentType is not null && contentType.AsSpan().TrimEnd(' ').Equals("application/json", StringComparison.OrdinalIgnoreCase)
        || (contentType?.StartsWith("application/json;", StringComparison.OrdinalIgnoreCase) ?? false);

    /// <summary>The same as a header would have it.</summary>
    public static string AsHeader(string name, string password) => "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{name}:{password}"));

    private static string? TextOf(JsonElement value, string name) =>
        value.TryGetProperty(name, out JsonElement found) && found.ValueKind == JsonValueKind.String ? found.GetString() : null;
}
