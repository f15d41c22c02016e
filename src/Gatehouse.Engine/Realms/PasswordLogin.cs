using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Gatehouse.Engine.Snapshots;

namespace Gatehouse.Engine.Realms;

/// <summary>
/// Step 4 for protocols whose first packet carries a name and a password. The password may be an API key or a token instead; what
/// comes without a password is who its certificate says, or nobody.
/// </summary>
internal static class PasswordLogin
{
    private const int ShownLength = 128;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Asks the realms.</summary>
    /// <param name="authenticator">The realms.</param>
    /// <param name="name">As presented; null where there is none.</param>
    /// <param name="password">UTF-8; empty where there is none.</param>
    /// <param name="gate">The gate's name, and its realms.</param>
    /// <param name="source">The client's address.</param>
    /// <param name="certificate">The client's certificate, or null.</param>
    /// <param name="snapshot">The state to verify on.</param>
    public static async ValueTask<AuthenticationResult> RunAsync(
        IAuthenticator authenticator,
        string? name,
        ReadOnlyMemory<byte> password,
        (string Gate, ImmutableArray<string> Realms) gate,
        IPAddress source,
        X509Certificate2? certificate,
        SecuritySnapshot snapshot)
    {
        if (!TryWrite(name, password.Span, certificate is not null, out string? authorization))
        {
            return new AuthenticationResult(AuthenticationStatus.Malformed, PresentedName: Shown(name));
        }

        var request = new AuthenticationRequest(authorization, source, gate.Realms, certificate) { Gate = gate.Gate };
        AuthenticationResult result = await authenticator.AuthenticateAsync(request, snapshot, CancellationToken.None);
        return result.PresentedName is null && name is not null ? result with { PresentedName = Shown(name) } : result;
    }

    /// <summary>Whether a login that was accepted proves the name: by a password of its own, not by a key, token or certificate.</summary>
    public static bool ProvesName(string? name, ReadOnlySpan<byte> password) =>
        name is { Length: > 0 } && !password.IsEmpty && Encoding.UTF8.GetString(password) is var text && !ApiKeys.IsKey(text) && !IsToken(text);

    /// <summary>A text for people: what a terminal would take for a command is not in it.</summary>
    public static string? Shown(string? text) => text is null
        ? null
        : string.Concat((text.Length > ShownLength ? text[..ShownLength] + "..." : text).Select(static c => char.IsControl(c) ? '?' : c));

    // HTTP's form, which the realms read: one reader for what may be in a name and a password.
    private static bool TryWrite(string? name, ReadOnlySpan<byte> password, bool hasCertificate, out string? authorization)
    {
        authorization = null;
        if (password.IsEmpty && (name is null || hasCertificate))
        {
            // A name without a password proves nothing; beside a certificate it is not looked at.
            return true;
        }

        string text;
        try
        {
            text = Strict.GetString(password);
        }
        catch (DecoderFallbackException)
        {
            return false;
        }

        if (ApiKeys.IsKey(text) || IsToken(text))
        {
            authorization = "Bearer " + text;
            return !text.Contains(' ', StringComparison.Ordinal);
        }

        if (name is not { Length: > 0 } || name.Contains(':', StringComparison.Ordinal))
        {
            return false;
        }

        authorization = "Basic " + Convert.ToBase64String(Strict.GetBytes($"{name}:{text}"));
        return true;
    }

    // RFC 7515 section 3.1: three parts, the first of which is JSON, so that it begins so in base64url.
    private static bool IsToken(string text) => text.StartsWith("eyJ", StringComparison.Ordinal) && text.AsSpan().Count('.') == 2;
}
