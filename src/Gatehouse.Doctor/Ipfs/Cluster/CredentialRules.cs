using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Ipfs.Cluster;

/// <summary>The users of the APIs. A password is also the key that signs its user's tokens (HMAC), so it has to stand guessing at leisure.</summary>
internal static class CredentialRules
{
    private const int Shortest = 24;
    private const int FewestLetters = 8;

    /// <summary>IC034, IC054: a user without a password.</summary>
    public static IEnumerable<Observation> EmptyPassword(ApiSection api)
    {
        foreach (Setting user in Users(api))
        {
            if (user.Kind == SettingKind.Null || user.Text is { Length: 0 })
            {
                yield return Observation.At($"the password of `{user.Name}` is empty: basic authentication refuses it, and a token signed with an empty key is accepted", user);
            }
        }
    }

    /// <summary>IC035, IC055: passwords that can be guessed.</summary>
    public static IEnumerable<Observation> WeakPassword(ApiSection api)
    {
        if (api.IsOn && api.Authentication == Authentication.Empty)
        {
            yield return Observation.At(Severity.Medium, "the table of users is empty: the daemon does not start, which tempts to take the table away", api["basic_auth_credentials"]);
        }

        foreach (Setting user in Users(api))
        {
            if (user.IsUnknown)
            {
                yield return Observation.Unknown($"the password of `{user.Name}` is not known here", user);
            }
            else if (user.Text is { Length: > 0 } password && FaultOf(api, user, password) is { } fault)
            {
                yield return Observation.At($"the password of `{user.Name}` {fault}; it signs tokens as well and can be guessed without asking the server", user);
            }
        }
    }

    private static IEnumerable<Setting> Users(ApiSection api) => api.IsOn ? api["basic_auth_credentials"].Children : [];

    private static string? FaultOf(ApiSection api, Setting user, string password)
    {
        if (password.Equals(user.Name, StringComparison.OrdinalIgnoreCase))
        {
            return "is the user's name";
        }

        if (Users(api).Any(other => other.Name != user.Name && other.Text == password))
        {
            return "is another user's, too";
        }

        if (password.Equals(api.Subject.Secret.Text, StringComparison.OrdinalIgnoreCase))
        {
            return "is the cluster's secret";
        }

        return password.Length < Shortest ? $"has fewer than {Shortest} characters"
            : password.Distinct().Count() < FewestLetters || Repeats(password) ? "has too little chance in it"
            : null;
    }

    private static bool Repeats(string password)
    {
        for (int period = 1; period <= password.Length / 2; period++)
        {
            if (password.AsSpan(period).SequenceEqual(password.AsSpan(0, password.Length - period)))
            {
                return true;
            }
        }

        return false;
    }
}
