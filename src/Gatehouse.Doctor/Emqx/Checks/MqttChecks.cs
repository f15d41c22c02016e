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
        emqx.Must("mqtt.strict_mode", good: true, usual: emqx.IsBefore(6, 3) is { } isOld ? !isOld : null, "packets with control characters and other faults are let through");

    private static IEnumerable<Observation> LargePackets(EmqxSubject emqx)
    {
        Setting size = emqx["mqtt.max_packet_size"];
        if (size.IsSet && size.Text != "infinity" && size.AsBytes() is null)
        {
            yield return emqx.Undecided("mqtt.max_packet_size", "how large packets may be");
        }
        else if (size.Text == "infinity" || size.AsBytes() > LargestPacket)
        {
            yield return emqx.Fault("packets may be larger than 1 MiB, each held in memory", "mqtt.max_packet_size");
        }
    }

    private static IEnumerable<Observation> PiledSessions(EmqxSubject emqx)
    {
        Setting subscriptions = emqx["mqtt.max_subscriptions"], queue = emqx["mqtt.max_mqueue_len"], expiry = emqx["mqtt.session_expiry_interval"];
        var open = new List<string>();
        if (subscriptions.Text is null or "infinity" && !subscriptions.IsUnknown)
        {
            open.Add("mqtt.max_subscriptions");
        }

        if (queue.Text is "infinity" or "0")
        {
            open.Add("mqtt.max_mqueue_len");
        }

        if (expiry.IsSet && expiry.AsDuration(TimeSpan.FromMilliseconds(1)) > LongestSession)
        {
            open.Add("mqtt.session_expiry_interval");
        }

        if (open.Count > 0)
        {
            yield return emqx.Fault($"clients may pile up without limit: {string.Join(", ", open)}", [.. open]);
        }

        if (Array.Find([subscriptions, queue, expiry], static s => s.IsUnknown) is { } unknown)
        {
            yield return emqx.Undecided(unknown.Path.ToString(), "limits of sessions");
        }
    }

    private static IEnumerable<Observation> RetainedWithoutEnd(EmqxSubject emqx)
    {
        if (emqx.Flag("mqtt.retain_available", usual: true) == false || emqx.Flag("retainer.enable", usual: true) == false)
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
        ListenerChecks.Exposed(emqx).Any() ? emqx.Must("flapping_detect.enable", good: true, usual: false, "clients may connect and leave as often as they like") : [];

    private static IEnumerable<Observation> Extras(EmqxSubject emqx)
    {
        bool isUsed = emqx.Acl?.Rules.Any(static r => r.Topics.Any(static t => t.Filter.StartsWith("$exclusive/", StringComparison.Ordinal))) == true;
        return isUsed ? [] : emqx.Must("mqtt.exclusive_subscription", good: false, usual: false, "exclusive subscriptions are on, and no rule speaks of them");
    }
}
