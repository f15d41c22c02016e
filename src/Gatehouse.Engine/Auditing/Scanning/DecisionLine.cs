using System.Buffers;
using System.Text.Json;
using Gatehouse.Audit;

namespace Gatehouse.Engine.Auditing.Scanning;

/// <summary>
/// A recorded decision as slices of its line: what it was decided on, and what names it. No objects are made; what a slice says is
/// read, strictly, only where nothing like it was seen before.
/// </summary>
internal sealed class DecisionLine
{
    private readonly ArrayBufferWriter<byte> _key = new(2048);
    private readonly byte[] _requestId = new byte[32];
    private readonly byte[] _receipt = new byte[64];
    private int _requestIdLength;
    private int _receiptLength;

    /// <summary>What happened.</summary>
    public AuditAction Action { get; private set; }

    /// <summary>UTC ticks.</summary>
    public long Ticks { get; private set; }

    /// <summary>Everything that the decision depended on but the time, in one piece: equal for equal questions.</summary>
    public ReadOnlySpan<byte> Key => _key.WrittenSpan;

    /// <summary>The request's number, or empty.</summary>
    public ReadOnlySpan<byte> RequestId => _requestId.AsSpan(0, _requestIdLength);

    /// <summary>The receipt, or empty.</summary>
    public ReadOnlySpan<byte> Receipt => _receipt.AsSpan(0, _receiptLength);

    /// <summary>Whether the line is a decision. It may be read no further than that.</summary>
    public bool TryRead(ReadOnlySpan<byte> line)
    {
        _key.Clear();
        _requestIdLength = _receiptLength = 0;
        Action = AuditAction.None;
        if (!LineTime.TryTicks(LineTime.Of(line), out long ticks))
        {
            return false;
        }

        Ticks = ticks;
        try
        {
            var json = new Utf8JsonReader(line);
            return json.Read() && ReadFields(ref json, line);
        }
        catch (JsonException)
        {
            // No record of ours; `audit verify` is who complains.
            return false;
        }
    }

    private bool ReadFields(ref Utf8JsonReader json, ReadOnlySpan<byte> line)
    {
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            ReadOnlySpan<byte> name = json.ValueSpan;
            json.Read();
            byte tag = TagOf(name);
            if (tag == (byte)'A')
            {
                Action = ActionOf(json.ValueSpan);
                if (Action == AuditAction.None)
                {
                    return false;
                }
            }
            else if (name.SequenceEqual("http.request.id"u8))
            {
                _requestIdLength = Copy(json.ValueSpan, _requestId);
            }
            else if (name.SequenceEqual("gatehouse.receipt"u8))
            {
                _receiptLength = Copy(json.ValueSpan, _receipt);
            }

            int start = (int)json.TokenStartIndex;
            json.Skip();
            if (tag != 0)
            {
                // Values are as the writer escaped them: none holds this separator.
                _key.Write([tag]);
                _key.Write(line[start..(int)json.BytesConsumed]);
                _key.Write("\u001f"u8);
            }
        }

        return Action != AuditAction.None;
    }

    // A record that left something out is a question of its own.
    private static byte TagOf(ReadOnlySpan<byte> name) => name switch
    {
        _ when name.SequenceEqual("event.action"u8) => (byte)'A',
        _ when name.SequenceEqual("source.ip"u8) => (byte)'S',
        _ when name.SequenceEqual("gatehouse.gate"u8) => (byte)'G',
        _ when name.SequenceEqual("user.name"u8) => (byte)'U',
        _ when name.SequenceEqual("user.run_by.name"u8) => (byte)'B',
        _ when name.SequenceEqual("gatehouse.realm"u8) => (byte)'R',
        _ when name.SequenceEqual("apikey.id"u8) => (byte)'K',
        _ when name.SequenceEqual("user.roles"u8) => (byte)'L',
        _ when name.SequenceEqual("gatehouse.client_certificate"u8) => (byte)'C',
        _ when name.SequenceEqual("gatehouse.operations"u8) => (byte)'O',
        _ when name.SequenceEqual("user.group.name"u8) => (byte)'H',
        _ when name.SequenceEqual("gatehouse.attributes"u8) => (byte)'I',
        _ when name.SequenceEqual("gatehouse.truncated"u8) => (byte)'T',
        _ => 0,
    };

    // What is decided before forwarding in strict mode has its outcome in a record of its own.
    private static AuditAction ActionOf(ReadOnlySpan<byte> word) => word switch
    {
        _ when word.SequenceEqual("access_granted"u8) => AuditAction.AccessGranted,
        _ when word.SequenceEqual("access_denied"u8) => AuditAction.AccessDenied,
        _ when word.SequenceEqual("connection_granted"u8) => AuditAction.ConnectionGranted,
        _ => AuditAction.None,
    };

    private static int Copy(ReadOnlySpan<byte> from, byte[] to)
    {
        int length = Math.Min(from.Length, to.Length);
        from[..length].CopyTo(to);
        return length;
    }
}
