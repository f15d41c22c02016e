using System.Buffers;
using System.Text;

namespace Gatehouse.Protocols.Mqtt;

/// <summary>Texts, topic names and topic filters, sections 1.5.4 and 4.7.</summary>
public static class MqttTopics
{
    // What most texts consist of altogether: printable ASCII; and of a topic name without the two wildcards.
    private static readonly SearchValues<byte> Plain = SearchValues.Create([.. Enumerable.Range(0x20, 0x5f).Select(static i => (byte)i)]);
    private static readonly SearchValues<byte> PlainName =
        SearchValues.Create([.. Enumerable.Range(0x20, 0x5f).Select(static i => (byte)i).Where(static b => b is not ((byte)'+' or (byte)'#'))]);

    /// <summary>
    /// Whether bytes are a text: well-formed UTF-8 without U+0000. From a client also without other control characters
    /// (U+0001 to U+001F, U+007F to U+009F) and non-characters, which may be refused (section 1.5.4) and which mosquitto
    /// refuses; from a server they are let through, lest somebody else's topic closes a subscriber's connection.
    /// U+FEFF is a character as any other.
    /// </summary>
    public static bool IsText(ReadOnlySpan<byte> text, MqttSide sender = MqttSide.Client)
    {
        int at = text.IndexOfAnyExcept(Plain);
        return at < 0 || IsOddText(text[at..], sender);
    }

    /// <summary>Whether bytes are a topic name: a text that is not empty and has no wildcard.</summary>
    public static bool IsName(ReadOnlySpan<byte> topic) => CheckName(topic, MqttSide.Client) == MqttError.None;

    /// <summary>Whether bytes are a topic filter: not empty; <c>#</c> only as the last level and <c>+</c> only as a whole one.</summary>
    public static bool IsFilter(ReadOnlySpan<byte> filter) => IsText(filter) && IsFilterForm(filter);

    /// <summary>Number of levels of a name or filter: one more than its slashes.</summary>
    public static int Levels(ReadOnlySpan<byte> topic) => topic.Count((byte)'/') + 1;

    /// <summary>What is wrong with a topic name: a bad text is malformed, an empty one or a wildcard a protocol error.</summary>
    internal static MqttError CheckName(ReadOnlySpan<byte> topic, MqttSide sender)
    {
        int at = topic.IndexOfAnyExcept(PlainName);
        if (at < 0)
        {
            return topic.IsEmpty ? MqttError.ProtocolError : MqttError.None;
        }

        if (!IsText(topic[at..], sender))
        {
            return MqttError.Malformed;
        }

        return topic[at..].IndexOfAny((byte)'+', (byte)'#') < 0 ? MqttError.None : MqttError.ProtocolError;
    }

    private static bool IsFilterForm(ReadOnlySpan<byte> filter)
    {
        if (filter.IsEmpty)
        {
            return false;
        }

        int from = 0;
        while (true)
        {
            int next = filter[from..].IndexOfAny((byte)'+', (byte)'#');
            if (next < 0)
            {
                return true;
            }

            int at = from + next;
            bool begins = at == 0 || filter[at - 1] == '/';
            bool isLast = at == filter.Length - 1;
            if (!begins || (!isLast && (filter[at] == '#' || filter[at + 1] != '/')))
            {
                return false;
            }

            from = at + 1;
        }
    }

    private static bool IsOddText(ReadOnlySpan<byte> text, MqttSide sender)
    {
        while (!text.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(text, out Rune rune, out int used) != OperationStatus.Done || rune.Value == 0)
            {
                return false;
            }

            if (sender == MqttSide.Client && IsOdd(rune.Value))
            {
                return false;
            }

            text = text[used..];
        }

        return true;
    }

    private static bool IsOdd(int character) =>
        character is < 0x20 or (>= 0x7f and <= 0x9f) or (>= 0xfdd0 and <= 0xfdef) || (character & 0xfffe) == 0xfffe;
}
