using System.Net;
using Gatehouse.Identity;

namespace Gatehouse.Engine.Configuration.Validators;

/// <summary>Settings of an MQTT gate that contradict each other.</summary>
internal static class MqttRules
{
    private const string Claims = "claim./";

    // What principals of some realm have: certificates, directories, API keys.
    private static readonly string[] Placeholders =
        ["username", "cert.cn", "cert.subject", "cert.issuer", "cert.serial", "cert.sha256", "cert.spki_sha256", "dn", "mail", "api_key.id"];

    /// <summary>Each key that is wrong, and why.</summary>
    public static IEnumerable<(string Key, string Why)> Conflicts(GateConfiguration gate)
    {
        MqttConfiguration mqtt = gate.Mqtt ?? new MqttConfiguration();
        bool isWebSocket = mqtt.Transport == Words.MqttOverWebSocket;
        if (gate.Realms.Contains(RealmNames.Network))
        {
            yield return ("realms", "realm `network` is for tcp gates");
        }

        (string Key, bool Set)[] webOnly = [("hosts", !gate.Hosts.IsEmpty), ("cors", gate.Cors is not null)];
        foreach ((string key, bool _) in webOnly.Where(h => h.Set && !isWebSocket))
        {
            yield return (key, $"`{key}` needs `mqtt: {{ transport: websocket }}`");
        }

        if (gate.Cors is { HasOnlyOrigins: false })
        {
            yield return ("cors", "pages open a WebSocket or do not: a gate of protocol `mqtt` has only `origins` in `cors`");
        }

        (string Key, bool Set)[] httpOnly =
        [
            ("audit_body", gate.AuditBody > 0), ("audit_body_mask", !gate.AuditBodyMask.IsEmpty),
            ("upgrade", !gate.Upgrade.IsEmpty), ("upstream_api_key", gate.UpstreamApiKey is not null),
        ];
        foreach ((string key, bool _) in httpOnly.Where(static h => h.Set))
        {
            yield return (key, $"`{key}` is for http gates");
        }

        if (mqtt.Path != "/mqtt" && !isWebSocket)
        {
            yield return ("mqtt.path", "`path` needs `transport: websocket`");
        }

        if (!Reading.Sections.IsName(mqtt.Broker))
        {
            yield return ("mqtt.broker", "the name of a broker has lower-case letters, digits and -, and begins with a letter");
        }

        if (gate.UpstreamUser is not null && mqtt.Credentials != Words.NoCredentials)
        {
            yield return ("mqtt.credentials", "the broker learns either `upstream_user` or the user's own name, not both");
        }

        if (mqtt.Credentials == Words.ClientCredentials && UpstreamAddress.TryParse(gate.Upstream, out UpstreamAddress? upstream, out _)
            && upstream.IsClear && !(upstream.Address is { } address && IPAddress.IsLoopback(address)))
        {
            yield return ("mqtt.credentials", "passwords of clients go in clear text to loopback addresses only; use an upstream with TLS");
        }

        foreach (string why in ClientIds(mqtt))
        {
            yield return ("mqtt.client_ids", why);
        }
    }

    private static IEnumerable<string> ClientIds(MqttConfiguration mqtt) =>
    [
        .. mqtt.ClientIds.Where(static t => t.Length is 0 or > 1024).Select(static t => $"a client id of {t.Length} characters: 1 to 1,024 are taken"),
        .. mqtt.ClientIds.SelectMany(UnknownPlaceholders).Select(static u =>
            $"nothing stands for `{u}`: known are {string.Join(", ", Placeholders.Select(static n => $"${{{n}}}"))} and ${{claim./NAME}} of a token"),
    ];

    // A name that nobody has would let nobody in, and `${clientid}` everybody.
    private static IEnumerable<string> UnknownPlaceholders(string template)
    {
        for (int at = template.IndexOf("${", StringComparison.Ordinal); at >= 0; at = template.IndexOf("${", at + 2, StringComparison.Ordinal))
        {
            int close = template.IndexOf('}', at);
            string name = close < 0 ? "" : template[(at + 2)..close];
            if (!Placeholders.Contains(name, StringComparer.Ordinal) && !(name.StartsWith(Claims, StringComparison.Ordinal) && name.Length > Claims.Length))
            {
                yield return close < 0 ? template[at..] : template[at..(close + 1)];
            }
        }
    }
}
