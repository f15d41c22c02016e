using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Gatehouse.Engine.Realms;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Protocols.Mqtt;

namespace Gatehouse.Engine.Mqtt;

/// <summary>
/// Step 4: the credentials of a CONNECT as the realms read them. A password may be an API key or a token instead; what comes
/// without a password is who its certificate says, or nobody.
/// </summary>
internal static class ConnectLogin
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Asks the realms.</summary>
    public static async ValueTask<AuthenticationResult> RunAsync(
        IAuthenticator authenticator,
        MqttConnect connect,
        (string Gate, ImmutableArray<string> Realms) gate,
        IPAddress source,
        X509Certificate2? certificate,
        SecuritySnapshot snapshot)
    {
        if (!TryWrite(connect, certificate is not null, out string? authorization))
        {
            return new AuthenticationResult(AuthenticationStatus.Malformed, PresentedName: Shown(connect.Username));
        }

        var request = new AuthenticationRequest(authorization, source, gate.Realms, certificate) { Gate = gate.Gate };
        AuthenticationResult result = await authenticator.AuthenticateAsync(request, snapshot, CancellationToken.None);
        return result.PresentedName is null && connect.Username is not null ? result with { PresentedName = Shown(connect.Username) } : result;
    }

    /// <summary>Whether a login that was accepted proves the user name of CONNECT: by a password of its own, not by a key, token or certificate.</summary>
    public static bool ProvesName(MqttConnect connect) =>
        connect.Username is { Length: > 0 } && connect.Password is { Length: > 0 } password && Encoding.UTF8.GetString(password) is var text
        && !ApiKeys.IsKey(text) && !IsToken(text);

    // HTTP's form, which the realms read: one reader for what may be in a name and a password.
    private static bool TryWrite(MqttConnect connect, bool hasCertificate, out string? authorization)
    {
        authorization = null;
        if (connect.Password is not { Length: > 0 } password)
        {
            // A name without a password proves nothing; beside a certificate it is not looked at.
            if (connect.Username is null || hasCertificate)
            {
                return true;
            }

            password = [];
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

        if (connect.Username is not { Length: > 0 } name || name.Contains(':', StringComparison.Ordinal))
        {
            return false;
        }

        authorization = "Basic " + Convert.ToBase64String(Strict.GetBytes($"{name}:{text}"));
        return true;
    }

    // RFC 7515 section 3.1: three parts, the first of which is JSON, so that it begins so in base64url.
    private static bool IsToken(string text) => text.StartsWith("eyJ", StringComparison.Ordinal) && text.AsSpan().Count('.') == 2;

    private static string? Shown(string? name) => name is null ? null : SessionStart.Shown(name);
}
