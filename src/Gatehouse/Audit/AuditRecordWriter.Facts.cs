using System.Collections.Immutable;

namespace Gatehouse.Audit;

/// <content>What role mappings look at, for <c>policy replay</c>.</content>
public ref partial struct AuditRecordWriter
{
    /// <summary>Written bytes that groups, and attributes, may have; longer ones are left out whole.</summary>
    public const int MaxFacts = 4 * 1024;

    /// <summary>
    /// Behind the operations, so that they take no room from them. An empty list says that there is none, no list that the
    /// record does not know: some groups of many would be those of somebody else.
    /// </summary>
    private void WriteGroups(ImmutableArray<string> groups)
    {
        if (groups.IsDefault)
        {
            return;
        }

        int start = _length;
        int end = Math.Min(start + MaxFacts, MaxBody - TailReserve);
        bool fits = TryRaw(",\"user.group.name\":["u8, end);
        for (int i = 0; i < groups.Length && fits; i++)
        {
            fits = TryRaw(i == 0 ? "\""u8 : ",\""u8, end) && TryText(groups[i], end) && TryRaw("\""u8, end);
        }

        if (!fits || !TryRaw("]"u8, end))
        {
            _length = start;
        }
    }

    // 0 is a quality of service, so that it is written too.
    private void WriteConditions(AuditEvent record)
    {
        if (record.Qos is byte qos and < 10)
        {
            Raw(",\"gatehouse.mqtt.qos\":"u8);
            Raw([(byte)('0' + qos)]);
        }

        if (record.Retain is bool retain)
        {
            Raw(",\"gatehouse.mqtt.retain\":"u8);
            Raw(retain ? "true"u8 : "false"u8);
        }

        if (record.Own is bool own)
        {
            Raw(",\"gatehouse.own\":"u8);
            Raw(own ? "true"u8 : "false"u8);
        }
    }

    private void WriteAttributes(AuditEvent record)
    {
        if (record.AttributeNames.IsDefault)
        {
            return;
        }

        int start = _length;
        int end = Math.Min(start + MaxFacts, MaxBody - TailReserve);
        bool fits = TryRaw(",\"gatehouse.attributes\":{"u8, end);
        for (int i = 0; i < record.AttributeNames.Length && fits; i++)
        {
            string name = record.AttributeNames[i];
            fits = TryRaw(i == 0 ? "\""u8 : ",\""u8, end) && TryText(name, end);
            fits = fits && (record.Attributes is { } found && found.TryGetValue(name, out string? value)
                ? TryRaw("\":\""u8, end) && TryText(value, end) && TryRaw("\""u8, end)
                : TryRaw("\":null"u8, end));
        }

        if (!fits || !TryRaw("}"u8, end))
        {
            _length = start;
        }
    }

    private bool TryRaw(scoped ReadOnlySpan<byte> bytes, int end)
    {
        bool fits = bytes.Length <= end - _length;
        if (fits)
        {
            Raw(bytes);
        }

        return fits;
    }

    private bool TryText(string value, int end)
    {
        _length += AuditText.Write(value, _buffer[_length..end], out int left);
        return left == 0;
    }
}
