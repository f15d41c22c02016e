using System.Collections.Immutable;
using Gatehouse.Doctor.Emqx.Reading;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Emqx.Checks;

/// <summary>Who may connect, and as whom.</summary>
internal static class AuthenticationChecks
{
    private const int LeastSecret = 32;
    private static readonly string[] Slow = ["bcrypt", "pbkdf2"];
    private static readonly string[] Broken = ["plain", "md5", "sha"];
    private static readonly string[] DefaultPasswords = ["public", "root", "postgres", "password", "admin", "emqx", "mysql", "redis", "secret", "123456", ""];

    /// <summary>Its rules.</summary>
    public static ImmutableArray<Rule<EmqxSubject>> All { get; } =
    [
        new("AUN-001", Anonymous),
        new("AUN-002", WeakHash),
        new("AUN-003", WeakTokens),
        new("AUN-004", BackendInClear),
        new("AUN-005", WeakerLastStep),
        new("AUN-006", FreeClientIds),
    ];

    /// <summary>Whether a listener has a chain that asks for something; null where that cannot be told.</summary>
    public static bool? Authenticates(EmqxSubject emqx, EmqxListener listener)
    {
        Setting own = emqx[$"{listener.Path}.authentication"];
        if (EmqxAuthenticator.Chain(own.IsSet ? own : emqx["authentication"]) is not { } chain)
        {
            return null;
        }

        return chain.Any(static a => a.IsOn == true) ? true : chain.Any(static a => a.IsOn is null) ? null : false;
    }

    private static IEnumerable<Observation> Anonymous(EmqxSubject emqx)
    {
        foreach (EmqxListener listener in ListenerChecks.On(emqx).Where(l => !ListenerTlsChecks.AsksCertificate(emqx, l)))
        {
            string path = emqx[$"{listener.Path}.authentication"].IsSet ? $"{listener.Path}.authentication" : "authentication";
            bool? isAsked = Authenticates(emqx, listener);
            if (isAsked == true || emqx.IsHardened == true)
            {
                continue;
            }

            if (isAsked is null)
            {
                yield return emqx.Undecided(path, $"whether {listener.Title} authenticates");
            }
            else if (emqx.IsHardened is null)
            {
                yield return new Observation($"{listener.Title} has no authenticator; whether the security profile keeps everybody out cannot be told, as the environment of the process may not be seen", [emqx.Place(emqx[path])]) { IsUnknown = true };
            }
            else
            {
                bool isExposed = ListenerChecks.IsExposed(emqx, listener);
                yield return emqx.Fault(isExposed ? Severity.Critical : Severity.Medium, $"{listener.Title} has no authenticator that is on: everybody {(isExposed ? "" : "on this host ")}is let in", path);
            }
        }
    }

    private static IEnumerable<Observation> WeakHash(EmqxSubject emqx)
    {
        foreach (EmqxAuthenticator step in EmqxAuthenticator.All(emqx).Where(static a => a.Mechanism == "password_based"))
        {
            Setting hash = step.Get("password_hash_algorithm");
            string? name = hash.Child("name")?.Text;
            if (name is not null && Broken.Contains(name))
            {
                yield return Observation.At($"{step.Title} keeps passwords as `{name}`", hash.Child("name")!); // its text was just read
            }
            else if (hash.Child("salt_position") is { Text: "disable" } salt && name is not null && !Slow.Contains(name))
            {
                yield return Observation.At($"{step.Title} keeps passwords without salt", salt);
            }
            else if (hash.IsUnknown || hash.Child("name") is { IsUnknown: true })
            {
                yield return Observation.Unknown($"how {step.Title} keeps passwords cannot be told", hash);
            }
        }
    }

    private static IEnumerable<Observation> WeakTokens(EmqxSubject emqx)
    {
        foreach (EmqxAuthenticator step in EmqxAuthenticator.All(emqx).Where(static a => a.Mechanism == "jwt"))
        {
            if (step.Get("use_jwks").AsBoolean() == true)
            {
                Setting endpoint = step.Get("endpoint"), verify = step.Node.Child("ssl")?.Child("verify") ?? step.Get("ssl");
                if (endpoint.Text is { } url && !url.StartsWith("https://", StringComparison.OrdinalIgnoreCase))
                {
                    yield return Observation.At($"{step.Title} fetches its keys in clear", endpoint);
                }
                else if (verify.Text != "verify_peer" && emqx.IsHardened != true)
                {
                    yield return new Observation($"{step.Title} fetches its keys from whoever answers: the server's certificate is not verified", [verify.Kind == SettingKind.Text ? Shown.Of(verify) : Shown.Of(endpoint.IsSet ? endpoint : step.Node)]);
                }

                continue;
            }

            Setting secret = step.Get("secret");
            bool isHmac = step.Get("algorithm").Text is null or "hmac-based" && !step.Get("public_key").IsSet;
            if (isHmac && secret.IsUnknown)
            {
                yield return Observation.Unknown($"the secret of {step.Title} cannot be told", secret);
            }
            else if (isHmac && (secret.Text is null || (secret.Text.Length < LeastSecret && !secret.Text.StartsWith("file://", StringComparison.Ordinal))))
            {
                yield return new Observation($"the secret of {step.Title} is {(secret.Text is null ? "not set" : $"shorter than {LeastSecret} characters")}: it can be guessed from one token", [secret.Origin is null ? Shown.Of(step.Node) : Shown.Of(secret)]);
            }
        }
    }

    private static IEnumerable<Observation> BackendInClear(EmqxSubject emqx)
    {
        foreach ((string title, Setting node) in Backends(emqx))
        {
            Setting? server = node.Child("url") ?? node.Child("server") ?? node.Child("servers");
            string[] servers = [.. server?.AsCommaTexts() ?? []];
            bool isHttp = node.Child("url") is not null;
            bool isClear = isHttp ? Array.Exists(servers, static s => !s.StartsWith("https://", StringComparison.OrdinalIgnoreCase)) : node.Child("ssl")?.Child("enable")?.AsBoolean() != true;
            if (server is { IsUnknown: true })
            {
                yield return Observation.Unknown($"whether {title} is asked in clear cannot be told", server);
            }
            else if (isClear && server is not null && !Array.TrueForAll(servers, EmqxAuthenticator.IsLocal))
            {
                yield return Observation.At($"{title} is asked over the network in clear", server);
            }

            if (node.Child("password") is { Text: { } password, Origin: not null } given && DefaultPasswords.Contains(password, StringComparer.OrdinalIgnoreCase))
            {
                yield return Observation.At($"{title} is asked with a password that everybody tries first", given);
            }
        }
    }

    private static IEnumerable<(string Title, Setting Node)> Backends(EmqxSubject emqx)
    {
        foreach (EmqxAuthenticator step in EmqxAuthenticator.All(emqx).Where(static a => a.Backend is not (null or "built_in_database")))
        {
            yield return (step.Title, step.Node);
        }

        foreach (Setting source in emqx["authorization.sources"].Children.Where(static s => s.Child("enable")?.AsBoolean() != false))
        {
            if (source.Child("type")?.Text is { } type and not ("file" or "built_in_database"))
            {
                yield return ($"authorization source `{type}`", source);
            }
        }
    }

    private static IEnumerable<Observation> WeakerLastStep(EmqxSubject emqx)
    {
        foreach (Setting chain in emqx.Listeners.Where(static l => l.IsOn != false).Select(l => emqx[$"{l.Path}.authentication"]).Prepend(emqx["authentication"]))
        {
            EmqxAuthenticator[] steps = [.. (EmqxAuthenticator.Chain(chain) ?? []).Where(static a => a.IsOn == true)];
            if (steps.Length < 2 || !Array.Exists(steps[..^1], static a => a.IsRemote) || emqx.IsHardened == true)
            {
                continue;
            }

            string text = $"when {Array.Find(steps, static a => a.IsRemote)!.Title} does not answer, {steps[^1].Title} alone decides"; // one was just found
            yield return emqx.IsHardened is null ? Observation.Unknown($"{text}, unless the security profile is hardened, which cannot be told", steps[^1].Node) : Observation.At(text, steps[^1].Node);
        }
    }

    private static IEnumerable<Observation> FreeClientIds(EmqxSubject emqx)
    {
        EmqxListener? open = ListenerChecks.Exposed(emqx).FirstOrDefault(l => (Authenticates(emqx, l) == true || ListenerTlsChecks.AsksCertificate(emqx, l)) && !BindsIds(emqx, l));
        if (open is not null && !EmqxAuthenticator.All(emqx).Any(Binds))
        {
            string name = emqx.PathFor(open, "mqtt.use_username_as_clientid"), certificate = emqx.PathFor(open, "mqtt.peer_cert_as_clientid");
            yield return emqx[name].IsUnknown || emqx[certificate].IsUnknown
                ? emqx.Undecided(name, "whether client ids are bound to who uses them")
                : emqx.Fault("whoever may connect may take any client id, and with it another client's session and subscriptions", name, certificate);
        }
    }

    private static bool BindsIds(EmqxSubject emqx, EmqxListener listener) =>
        emqx.Flag(emqx.PathFor(listener, "mqtt.use_username_as_clientid"), usual: false) == true
        || emqx.Word(emqx.PathFor(listener, "mqtt.peer_cert_as_clientid"), "disabled") is not ("disabled" or null)
        || emqx.Word(emqx.PathFor(listener, "mqtt.clientid_override"), "disabled") is not ("disabled" or "" or null);

    // A step that is told the client id may refuse a foreign one.
    private static bool Binds(EmqxAuthenticator step)
    {
        var open = new Stack<Setting>([step.Node]);
        while (open.TryPop(out Setting? next))
        {
            if (next.Text?.Contains("${clientid}", StringComparison.Ordinal) == true || next.Text?.Contains("clientid", StringComparison.Ordinal) == true)
            {
                return true;
            }

            foreach (Setting child in next.Children)
            {
                open.Push(child);
            }
        }

        return step.Mechanism == "cinfo";
    }
}
