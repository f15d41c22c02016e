using System.Buffers.Text;
using System.Net;
using Gatehouse.Operations;

namespace Gatehouse.Audit;

/// <summary>
/// Writes the body of a record: one JSON object with dotted flat keys in a fixed order and without nulls, still open at its
/// end, where <see cref="AuditChain"/> adds number and hash. Allocates nothing. Keys are the Elastic Common Schema's, as
/// Elasticsearch's own audit file has them; what it has no name for is under <c>gatehouse.</c>.
/// </summary>
public ref partial struct AuditRecordWriter
{
    /// <summary>Largest record with its line end.</summary>
    public const int MaxRecord = 64 * 1024;

    /// <summary>Largest body; a buffer for <see cref="Format"/> must hold so many bytes.</summary>
    public const int MaxBody = MaxRecord - AuditChain.MaxSuffix;

    // Budgets in written bytes. All texts together stay below 46 KiB, so that operations always have 17 KiB.
    private const int MaxName = 1024;
    private const int MaxKey = 64;
    private const int MaxRoles = 6 * 1024;
    private const int MaxPath = 16 * 1024;
    private const int MaxMessage = 8 * 1024;
    private const int MaxStatement = 3 * 1024;
    private const int TailReserve = 192 + BodyHash;
    private const int BodyHash = 128;

    private readonly Span<byte> _buffer;
    private int _length;
    private long _omittedValues;
    private long _omittedCharacters;

    private AuditRecordWriter(Span<byte> buffer) => _buffer = buffer[..MaxBody];

    /// <summary>Writes the body of <paramref name="record"/> and returns its length.</summary>
    /// <exception cref="ArgumentException">The buffer is smaller than <see cref="MaxBody"/>.</exception>
    public static int Format(AuditEvent record, Span<byte> buffer)
    {
        if (buffer.Length < MaxBody)
        {
            throw new ArgumentException("the buffer is smaller than a record may be", nameof(buffer));
        }

        var writer = new AuditRecordWriter(buffer);
        writer.WriteWhen(record);
        writer.WriteWho(record);
        writer.WriteWhat(record);
        writer.WriteOperations(record.Operations);
        writer.WriteGroups(record.Groups);
        writer.WriteAttributes(record);
        writer.WriteBody(record);
        writer.WriteOmissions();
        return writer._length;
    }

    /// <summary>Writes <c>{"@timestamp":"..."</c> with action and outcome; every record begins with it.</summary>
    internal static int FormatHead(Span<byte> buffer, DateTimeOffset time, AuditAction action, AuditOutcome outcome)
    {
        int length = Put(buffer, 0, "{\"@timestamp\":\""u8);
        length = PutTime(buffer, length, time);
        return Put(buffer, length, AuditWords.Head(action, outcome));
    }

    private void WriteWhen(AuditEvent record)
    {
        AuditAction action = record.Action is AuditAction.None or > AuditAction.TrailPruned ? AuditAction.Alarm : record.Action;
        AuditOutcome outcome = record.Outcome > AuditOutcome.Failure ? AuditOutcome.Unknown : record.Outcome;
        _length = FormatHead(_buffer, record.Time, action, outcome);
        Number(",\"event.duration\":"u8, record.Duration);
        if (record.End != default)
        {
            Raw(",\"event.end\":\""u8);
            _length = PutTime(_buffer, _length, record.End);
            Raw("\""u8);
        }

        Number(",\"gatehouse.count\":"u8, record.Count);
        if (record.RequestId != 0)
        {
            // As text: a number above 2^53 reads differently from parser to parser.
            Raw(",\"http.request.id\":\""u8);
            Utf8Formatter.TryFormat(record.RequestId, _buffer[_length..], out int written);
            _length += written;
            Raw("\""u8);
        }

        Number(",\"gatehouse.connection.id\":"u8, record.ConnectionId);
    }

    private void WriteWho(AuditEvent record)
    {
        if (record.Source is { } source)
        {
            Raw(",\"source.ip\":\""u8);
            IPAddress address = source.Address;
            if (address.IsIPv4MappedToIPv6)
            {
                Span<byte> bytes = stackalloc byte[16];
                address.TryWriteBytes(bytes, out _);
                PutAddress4(bytes[12..]);
            }
            else
            {
                address.TryFormat(_buffer[_length..], out int written);
                _length += written;
            }

            Raw("\""u8);
            Number(",\"source.port\":"u8, source.Port);
        }

        Text(",\"gatehouse.gate\":\""u8, record.Gate, MaxName);
        Text(",\"user.name\":\""u8, record.User, MaxName);
        Text(",\"user.run_by.name\":\""u8, record.RunBy, MaxName);
        Text(",\"gatehouse.realm\":\""u8, record.Realm, MaxName);
        Text(",\"apikey.id\":\""u8, record.ApiKey, MaxKey);
        WriteRoles(record.Roles);
        Text(",\"tls.client.subject\":\""u8, record.ClientCertificate, MaxName);
        if (record.HasClientCertificate)
        {
            Raw(",\"gatehouse.client_certificate\":true"u8);
        }
    }

    private void WriteWhat(AuditEvent record)
    {
        Text(",\"http.request.method\":\""u8, record.Method, MaxName);
        Text(",\"url.path\":\""u8, record.Path, MaxPath);
        Number(",\"gatehouse.generation\":"u8, record.Generation);
        Text(",\"gatehouse.reason\":\""u8, record.Reason, MaxName);
        Text(",\"error.code\":\""u8, record.Problem, MaxName);
        Text(",\"gatehouse.receipt\":\""u8, record.Receipt, MaxName);
        Number(",\"http.response.status_code\":"u8, record.Status);
        Text(",\"gatehouse.forward\":\""u8, record.Forward, MaxName);
        Number(",\"http.request.body.bytes\":"u8, record.RequestBytes);
        Number(",\"http.response.body.bytes\":"u8, record.ResponseBytes);
        Text(",\"gatehouse.target\":\""u8, record.Target, MaxName);
        Text(",\"gatehouse.call\":\""u8, record.Call, MaxName);
        Number(",\"gatehouse.upstream_code\":"u8, record.UpstreamCode);
        Text(",\"gatehouse.statement\":\""u8, record.Statement, MaxStatement);
        Text(",\"message\":\""u8, record.Message, MaxMessage);
        WriteConditions(record);
    }

    private void WriteRoles(IReadOnlyList<string>? roles)
    {
        if (roles is null || roles.Count == 0)
        {
            return;
        }

        Raw(",\"user.roles\":["u8);
        int end = _length + MaxRoles;
        int count = 0;
        for (int i = 0; i < roles.Count; i++)
        {
            int start = _length;
            Raw(count == 0 ? "\""u8 : ",\""u8);
            _length += AuditText.Write(roles[i], _buffer.Slice(_length, Math.Clamp(end - _length, 0, MaxName)), out int left);
            if (left > 0)
            {
                _length = start;
                _omittedValues++;
                continue;
            }

            Raw("\""u8);
            count++;
        }

        Raw("]"u8);
    }

    private void WriteOperations(OperationSet? operations)
    {
        if (operations is null || operations.Count == 0)
        {
            return;
        }

        int end = MaxBody - TailReserve;
        Raw(",\"gatehouse.operations\":["u8);
        for (int i = 0; i < operations.Count; i++)
        {
            OperationView operation = operations[i];
            int start = _length;
            Raw(i == 0 ? "{\"system\":\""u8 : ",{\"system\":\""u8);
            if (end - _length < (2 * MaxName) + 64)
            {
                _length = start;
                for (int j = i; j < operations.Count; j++)
                {
                    _omittedValues += 1 + operations[j].ResourceCount;
                }

                break;
            }

            Cut(operation.Action.System, MaxName);
            Raw("\",\"action\":\""u8);
            Cut(operation.Action.Name, MaxName);
            Raw("\""u8);
            WriteResources(operation, ResourceScope.Exact, ",\"resources\":["u8, end);
            WriteResources(operation, ResourceScope.Prefix, ",\"prefix\":["u8, end);
            WriteResources(operation, ResourceScope.Filter, ",\"filter\":["u8, end);
            Raw("}"u8);
        }

        Raw("]"u8);
    }

    private void WriteResources(OperationView operation, ResourceScope scope, scoped ReadOnlySpan<byte> key, int end)
    {
        bool open = false;
        for (int i = 0; i < operation.ResourceCount; i++)
        {
            if (operation.Scope(i) != scope)
            {
                continue;
            }

            // Key, quotes, brackets and the operation's end must still fit behind a value.
            int start = _length;
            int room = end - start - key.Length - 8;
            if (room < 0)
            {
                _omittedValues++;
                continue;
            }

            Raw(open ? ",\""u8 : key);
            if (!open)
            {
                Raw("\""u8);
            }

            _length += AuditText.Write(operation.Resource(i), _buffer.Slice(_length, room), out int left);
            if (left > 0)
            {
                // A name is recorded whole or counted: half a name would be another name.
                _length = start;
                _omittedValues++;
                continue;
            }

            Raw("\""u8);
            open = true;
        }

        if (open)
        {
            Raw("]"u8);
        }
    }

    /// <summary>The body whole, or its hash: half a body says something else.</summary>
    private void WriteBody(AuditEvent record)
    {
        if (record.RequestBody is { } body)
        {
            int start = _length;
            int room = MaxBody - TailReserve - 40 - start;
            if (room > 0)
            {
                Raw(",\"http.request.body.content\":\""u8);
                _length += AuditText.Write(body, _buffer.Slice(_length, room), out int left);
                if (left == 0)
                {
                    Raw("\""u8);
                    return;
                }
            }

            _length = start;
            _omittedValues++;
        }

        Text(",\"gatehouse.body.sha256\":\""u8, record.RequestBodyHash, 64);
    }

    private void WriteOmissions()
    {
        if (_omittedValues == 0 && _omittedCharacters == 0)
        {
            return;
        }

        Raw(",\"gatehouse.truncated\":true"u8);
        Number(",\"gatehouse.omitted.values\":"u8, _omittedValues);
        Number(",\"gatehouse.omitted.characters\":"u8, _omittedCharacters);
    }

    private void Text(scoped ReadOnlySpan<byte> key, string? value, int limit)
    {
        if (value is not null)
        {
            Raw(key);
            Cut(value, limit);
            Raw("\""u8);
        }
    }

    private void Cut(string value, int limit)
    {
        _length += AuditText.Write(value, _buffer.Slice(_length, limit), out int left);
        _omittedCharacters += left;
    }

    private void Number(scoped ReadOnlySpan<byte> key, long value)
    {
        if (value != 0)
        {
            Raw(key);
            Utf8Formatter.TryFormat(value, _buffer[_length..], out int written);
            _length += written;
        }
    }

    private void Raw(scoped ReadOnlySpan<byte> bytes) => _length = Put(_buffer, _length, bytes);

    private void PutAddress4(scoped ReadOnlySpan<byte> address)
    {
        for (int i = 0; i < 4; i++)
        {
            Utf8Formatter.TryFormat(address[i], _buffer[_length..], out int written);
            _length += written;
            if (i < 3)
            {
                _buffer[_length++] = (byte)'.';
            }
        }
    }

    private static int Put(Span<byte> buffer, int at, scoped ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(buffer[at..]);
        return at + bytes.Length;
    }

    /// <summary>ISO 8601 in UTC with seven digits after the second: 28 bytes, sorts as text.</summary>
    internal static int PutTime(Span<byte> buffer, int at, DateTimeOffset time)
    {
        time.UtcDateTime.TryFormat(buffer[at..], out int written, "O");
        return at + written;
    }
}
