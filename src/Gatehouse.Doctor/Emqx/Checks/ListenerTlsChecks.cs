using System.Collections.Immutable;
using Gatehouse.Doctor.Emqx.Reading;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Emqx.Checks;

/// <summary>TLS of listeners and of the dashboard.</summary>
internal static class ListenerTlsChecks
{
    private static readonly string[] Claims = ["mqtt.peer_cert_as_username", "mqtt.peer_cert_as_clientid"];

    /// <summary>Its rules.</summary>
    public static ImmutableArray<Rule<EmqxSubject>> All { get; } =
    [
        new("LIS-002", NameWithoutProof),
        new("LIS-003", OptionalCertificate),
        new("LIS-004", OldVersions),
    ];

    /// <summary>Whether a listener lets in only who has a certificate.</summary>
    public static bool AsksCertificate(EmqxSubject emqx, EmqxListener listener) => listener.IsTls
        && Option(emqx, listener, "verify").Text == "verify_peer" && Option(emqx, listener, "fail_if_no_peer_cert").AsBoolean() == true;

    private static IEnumerable<Observation> NameWithoutProof(EmqxSubject emqx)
    {
        foreach (EmqxListener listener in ListenerChecks.On(emqx).Where(static l => l.IsTls))
        {
            string[] claims = [.. Claims.Select(path => emqx.PathFor(listener, path)).Where(path => emqx.Word(path, "disabled") is not "disabled")];
            if (claims.Length == 0)
            {
                continue;
            }

            Setting verify = Option(emqx, listener, "verify");
            if (verify.IsUnknown || claims.Any(path => emqx[path].IsUnknown))
            {
                yield return emqx.Undecided(verify.IsUnknown ? verify.Path.ToString() : claims[0], $"whether {listener.Title} proves the names that it takes from certificates");
            }
            else if (verify.Text != "verify_peer")
            {
                yield return emqx.Fault($"{listener.Title} takes names from certificates and does not verify these", [verify.Path.ToString(), .. claims]);
            }
        }
    }

    private static IEnumerable<Observation> OptionalCertificate(EmqxSubject emqx)
    {
        foreach (EmqxListener listener in ListenerChecks.On(emqx).Where(l => Option(emqx, l, "verify").Text == "verify_peer"))
        {
            Setting fail = Option(emqx, listener, "fail_if_no_peer_cert");
            foreach (Observation seen in emqx.Must(fail.Path.ToString(), good: true, usual: false, $"{listener.Title} verifies certificates and lets in who has none"))
            {
                yield return seen;
            }
        }
    }

    private static IEnumerable<Observation> OldVersions(EmqxSubject emqx)
    {
        IEnumerable<(string Title, Setting Versions, Setting Ciphers)> places = ListenerChecks.On(emqx).Where(static l => l.IsTls && l.Kind != "quic")
            .Select(l => (l.Title, Option(emqx, l, "versions"), Option(emqx, l, "ciphers")));
        if (EmqxBind.Parse(emqx["dashboard.listeners.https.bind"].Text) is { Port: > 0 })
        {
            places = places.Append(("the dashboard's HTTPS", emqx["dashboard.listeners.https.ssl_options.versions"], emqx["dashboard.listeners.https.ssl_options.ciphers"]));
        }

        foreach ((string title, Setting versions, Setting ciphers) in places)
        {
            if (versions.AsCommaTexts() is not { } named || ciphers.AsCommaTexts() is not { } suites)
            {
                yield return emqx.Undecided((versions.AsCommaTexts() is null ? versions : ciphers).Path.ToString(), $"which TLS {title} speaks");
                continue;
            }

            if (TlsWords.Old(named) is { Length: > 0 } old)
            {
                yield return emqx.Fault($"{title} speaks {old}", versions.Path.ToString());
            }

            if (TlsWords.Weak(suites) is { Length: > 0 } weak)
            {
                yield return emqx.Fault($"{title} takes broken ciphers: {weak}", ciphers.Path.ToString());
            }
        }
    }

    // Options of QUIC stand in `ssl_options` since 5.0.13, beside the bind before.
    private static Setting Option(EmqxSubject emqx, EmqxListener listener, string name)
    {
        Setting setting = emqx[$"{listener.Path}.ssl_options.{name}"];
        return setting.IsSet || listener.Kind != "quic" ? setting : emqx[$"{listener.Path}.{name}"] is { IsSet: true } beside ? beside : setting;
    }
}
