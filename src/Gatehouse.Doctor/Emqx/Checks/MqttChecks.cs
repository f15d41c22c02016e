using System.Collections.Immutable;
using Gatehouse.Doctor.Emqx.Reading;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Emqx.Checks;

/// <summary>Limits of MQTT.</summary>
internal static class MqttChecks
{
    private const long LargestPacket = 1024 * 1024;
    private static readonly TimeSpan LongestSession = TimeSpan.FromDays(30);

    /// <summary>Its rules.</summary>
    public static ImmutableArray<Rule<EmqxSubject>> All { get; } =
    [
        new("MQT-001", Lenient),
        new("MQT-002", LargePackets),
        new("MQT-003", PiledSessions),
        new("MQT-004", RetainedWithoutEnd),
        new("MQT-005", Flapping),
        new("MQT-006", Extras),
    ];

    private static IEnumerable<Observation> Lenient(EmqxSubject emqx) =>
        emqx.PathsInForce("mqtt.strict_mode").SelectMany(path => emqx.Must(path, good: true, usual: emqx.IsBefore(6, 3) is { } isOld ? !isOld : null, "packets with control characters and other faults are let through"));

    private static IEnumerable<Observation> LargePackets(EmqxSubject emqx)
    {
        foreach (string path in emqx.PathsInForce("mqtt.max_packet_size"))
        {
            Setting size = emqx[path];
            if (size.IsSet && size.Text != "infinity" && size.AsBytes() is null)
            {
                yield return emqx.Undecided(path, "how large packets may be");
            }
            else if (size.Text == "infinity" || size.AsBytes() > LargestPacket)
            {
                yield return emqx.Fault("packets may be larger than 1 MiB, each held in memory", path);
            }
        }
    }

    private static IEnumerable<Observation> PiledSessions(EmqxSubject emqx)
    {
        Setting[] InForce(string path) => [.. emqx.PathsInForce(path).Select(p => emqx[p])];
        Setting[] subscriptions = InForce("mqtt.max_subscriptions"), queues = InForce("mqtt.max_mqueue_len"), expiries = InForce("mqtt.session_expiry_interval");
        string[] open =
        [
            .. subscriptions.Where(static s => s.Text is null or "infinity" && !s.IsUnknown)
                .Concat(queues.Where(static q => q.Text is "infinity" or "0"))
                .Concat(expiries.Where(static e => e.IsSet && e.AsDuration(TimeSpan.FromMilliseconds(1)) > LongestSession))
                .Select(static s => s.Path.ToString()),
        ];
        if (open.Length > 0)
        {
            yield return emqx.Fault($"clients may pile up without limit: {string.Join(", ", open)}", open);
        }

        if (Array.Find([.. subscriptions, .. queues, .. expiries], static s => s.IsUnknown) is { } unknown)
        {
            yield return emqx.Undecided(unknown.Path.ToString(), "limits of sessions");
        }
    }

    private static IEnumerable<Observation> RetainedWithoutEnd(EmqxSubject emqx)
    {
        if (emqx.PathsInForce("mqtt.retain_available").All(path => emqx.Flag(path, usual: true) == false) || emqx.Flag("retainer.enable", usual: true) == false)
        {
            yield break;
        }

        Setting most = emqx["retainer.backend.max_retained_messages"];
        if (most.IsUnknown)
        {
            yield return emqx.Undecided("retainer.backend.max_retained_messages", "how many messages are kept");
        }
        else if (most.Text is null or "0" or "infinity")
        {
            yield return emqx.Fault("any number of retained messages is kept", "retainer.backend.max_retained_messages");
        }
    }

    private static IEnumerable<Observation> Flapping(EmqxSubject emqx) =>
        ListenerChecks.Exposed(emqx).Select(l => emqx.PathFor(l, "flapping_detect.enable")).Distinct(StringComparer.Ordinal)
            .SelectMany(path => emqx.Must(path, good: true, usual: false, "clients may connect and leave as often as they like"));

    private static IEnumerable<Observation> Extras(EmqxSubject emqx)
    {
        bool isUsed = emqx.Acl?.Rules.Any(static r => r.Topics.Any(static t => t.Filter.StartsWith("$exclusive/", StringComparison.Ordinal))) == true;
        return isUsed ? [] : emqx.PathsInForce("mqtt.exclusive_subscription").SelectMany(path => emqx.Must(path, good: false, usual: false, "exclusive subscriptions are on, and no rule speaks of them"));
    }
}
