namespace Gatehouse.EndToEnd.Tests.Mqtt.Conformance;

/// <summary>
/// Where a gate answers otherwise than mosquitto 2.0, and why. What is not here must be the same, byte for byte; what is here must
/// be exactly what stands here, and only with packets that no client may send.
/// </summary>
internal static class Differences
{
    private const string Silent = "mosquitto closes; the gate says why, as section 4.13.1 of MQTT 5.0 asks for";
    private const string Taken = "mosquitto takes what the specification forbids";
    private const string OtherCode = "both refuse; the gate's code is the one that the specification names";

    // Level 0 is every level. The end is what the last packet says before the connection ends; none: it just ends.
    private static readonly (string Case, int Level, string? End, string Why)[] Table =
    [
        ("SUBSCRIBE to a shared filter without filter", 3, null, Taken),
        ("SUBSCRIBE to a shared filter without filter", 4, null, Taken),
        ("SUBSCRIBE to a shared filter without filter", 5, "DISCONNECT 81", Taken),
        ("a SUBACK", 3, null, Taken),
        ("a SUBACK", 4, null, Taken),
        ("a SUBACK", 5, "DISCONNECT 82", Silent),
        ("a PINGRESP", 3, null, Taken),
        ("a PINGRESP", 4, null, Taken),
        ("a PINGRESP", 5, "DISCONNECT 82", Taken),
        ("will flags without a will", 3, null, "mosquitto lets it in and closes then; the gate does not let it in"),
        ("SUBSCRIBE with identifier 0", 5, "DISCONNECT 82", OtherCode),
        ("UNSUBSCRIBE with identifier 0", 5, "DISCONNECT 82", OtherCode),
        ("subscription identifier 0", 5, "DISCONNECT 82", OtherCode),
        ("topic alias 0", 5, "DISCONNECT 94", OtherCode),
        ("PUBREL with wrong flags", 5, "DISCONNECT 81", Silent),
        ("PUBACK without identifier", 5, "DISCONNECT 81", Silent),
        ("PUBREL with identifier 0", 5, "DISCONNECT 82", Silent),
        ("a second CONNECT", 5, "DISCONNECT 82", Silent),
        ("a CONNACK", 5, "DISCONNECT 82", Silent),
        ("type 15", 5, "DISCONNECT 82", Silent),
        ("AUTH without a method", 5, "DISCONNECT 82", Silent),
        ("a length of five bytes", 5, "DISCONNECT 81", Silent),
        ("a property twice", 5, "DISCONNECT 82", Silent),
        ("DISCONNECT with wrong flags", 5, "DISCONNECT 81", Silent),
        ("a response topic with a wildcard", 5, "DISCONNECT 82", Taken),
        ("a subscription identifier in a PUBLISH", 5, "DISCONNECT 82", Taken),
        ("will flags without a will", 5, "CONNACK present=0 code=81", Silent),
        ("a will to a filter", 5, "CONNACK present=0 code=90", Silent),
        ("connect flag 0", 5, "CONNACK present=0 code=81", Silent),
        ("a will of QoS 3", 5, "CONNACK present=0 code=81", Silent),
    ];

    /// <summary>Whether two transcripts say the same, or the gate's says what stands here.</summary>
    public static bool Agree(ConformanceCase play, int level, string[] direct, string[] gate)
    {
        foreach ((string name, int at, string? end, _) in Table)
        {
            if (play.Name == "malformed: " + name && at == level)
            {
                string[] said = [.. gate.Where(static l => !l.StartsWith("1: CONNACK present=0 code=00", StringComparison.Ordinal)).Select(static l => l.Split(" | ")[0])];
                return said.SequenceEqual(end is null ? ["1: end"] : [$"1: {end}", "1: end"]);
            }
        }

        return direct.SequenceEqual(gate);
    }
}
