using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;

namespace Gatehouse.Audit;

/// <summary>
/// Reads a record strictly: known keys only, in the writer's order, each once, with values of the right kind. Whatever else
/// stands in a trail was not written by Gatehouse.
/// </summary>
public static class AuditRecordReader
{
    /// <summary>A line longer than this is no record: a full one and its signature.</summary>
    public const int MaxLine = AuditRecordWriter.MaxRecord + AuditChain.MaxSeal;

    private const int SignatureField = 24 + 88 + 2;

    private static readonly string[] Keys =
    [
        "@timestamp", "event.action", "event.outcome", "event.duration", "event.end", "gatehouse.count", "http.request.id",
        "gatehouse.connection.id", "source.ip", "source.port", "gatehouse.gate", "user.name", "user.run_by.name", "gatehouse.realm",
        "apikey.id", "user.roles", "tls.client.subject", "gatehouse.client_certificate", "http.request.method", "url.path", "gatehouse.generation",
        "gatehouse.reason", "error.code", "gatehouse.receipt", "http.response.status_code", "gatehouse.forward",
        "http.request.body.bytes", "http.response.body.bytes", "gatehouse.target", "gatehouse.call", "gatehouse.upstream_code", "gatehouse.statement", "message", "gatehouse.mqtt.qos", "gatehouse.mqtt.retain", "gatehouse.own", "gatehouse.operations",
        "user.group.name", "gatehouse.attributes", "http.request.body.content", "gatehouse.body.sha256", "gatehouse.truncated", "gatehouse.omitted.values", "gatehouse.omitted.characters", "gatehouse.format",
        "gatehouse.node", "gatehouse.segment", "gatehouse.previous.segment", "gatehouse.previous.head", "gatehouse.key",
        "gatehouse.anomaly", "gatehouse.from", "gatehouse.closed", "gatehouse.seq", "gatehouse.prev", "gatehouse.signature",
    ];

    private static readonly byte[][] KeyBytes = [.. Keys.Select(Encoding.ASCII.GetBytes)];

    /// <summary>Reads one line without its line end; the record keeps a copy of it.</summary>
    public static bool TryRead(ReadOnlySpan<byte> line, [NotNullWhen(true)] out AuditRecord? record)
    {
        record = null;
        if (line.Length > MaxLine)
        {
            return false;
        }

        var read = new AuditRecord { Line = line.ToArray() };
        try
        {
            var json = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = 4 });
            if (!ReadFields(ref json, read) || json.Read())
            {
                return false;
            }
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            // Not JSON, a value of another kind, or a text that is not UTF-8.
            return false;
        }

        if (read.Action == AuditAction.None || read.Sequence < 1 || read.Previous.Length != 64 || !IsSealWhole(read))
        {
            return false;
        }

        record = read;
        return true;
    }

    private static bool ReadFields(ref Utf8JsonReader json, AuditRecord record)
    {
        if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
        {
            return false;
        }

        int last = -1;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            int key = last + 1;
            while (key < KeyBytes.Length && !(json.ValueSpan.SequenceEqual(KeyBytes[key]) && !json.ValueIsEscaped))
            {
                key++;
            }

            if (key == KeyBytes.Length || !json.Read() || !ReadField(ref json, Keys[key], record))
            {
                return false;
            }

            last = key;
        }

        return json.TokenType == JsonTokenType.EndObject;
    }

    private static bool ReadField(ref Utf8JsonReader json, string key, AuditRecord record)
    {
        switch (key)
        {
            case "@timestamp": record.Time = Time(ref json); break;
            case "event.action":
                bool known = AuditWords.TryParse(Text(ref json), out AuditAction action);
                record.Action = action;
                return known;
            case "event.outcome":
                known = AuditWords.TryParse(Text(ref json), out AuditOutcome outcome);
                record.Outcome = outcome;
                return known;
            case "event.duration": record.Duration = json.GetInt64(); break;
            case "event.end": record.End = Time(ref json); break;
            case "gatehouse.count": record.Count = json.GetInt64(); break;
            case "http.request.id": record.RequestId = ulong.Parse(Text(ref json), NumberStyles.None, CultureInfo.InvariantCulture); break;
            case "gatehouse.connection.id": record.ConnectionId = json.GetInt64(); break;
            case "source.ip": record.SourceAddress = IPAddress.Parse(Text(ref json)); break;
            case "source.port": record.SourcePort = json.GetInt32(); break;
            case "gatehouse.gate": record.Gate = Text(ref json); break;
            case "user.name": record.User = Text(ref json); break;
            case "user.run_by.name": record.RunBy = Text(ref json); break;
            case "gatehouse.realm": record.Realm = Text(ref json); break;
            case "apikey.id": record.ApiKey = Text(ref json); break;
            case "user.roles": record.Roles = Texts(ref json); break;
            case "tls.client.subject": record.ClientCertificate = Text(ref json); break;
            case "gatehouse.client_certificate": record.HasClientCertificate = json.GetBoolean(); break;
            case "gatehouse.mqtt.qos": record.Qos = json.GetByte(); break;
            case "gatehouse.mqtt.retain": record.Retain = json.GetBoolean(); break;
            case "gatehouse.own": record.Own = json.GetBoolean(); break;
            case "http.request.method": record.Method = Text(ref json); break;
            case "url.path": record.Path = Text(ref json); break;
            case "gatehouse.generation": record.Generation = json.GetInt64(); break;
            case "gatehouse.reason": record.Reason = Text(ref json); break;
            case "error.code": record.Problem = Text(ref json); break;
            case "gatehouse.receipt": record.Receipt = Text(ref json); break;
            case "http.response.status_code": record.Status = json.GetInt32(); break;
            case "gatehouse.forward": record.Forward = Text(ref json); break;
            case "http.request.body.bytes": record.RequestBytes = json.GetInt64(); break;
            case "http.response.body.bytes": record.ResponseBytes = json.GetInt64(); break;
            case "gatehouse.target": record.Target = Text(ref json); break;
            case "http.request.body.content": record.RequestBody = Text(ref json); break;
            case "gatehouse.body.sha256": record.RequestBodyHash = Text(ref json); break;
            case "message": record.Message = Text(ref json); break;
            case "gatehouse.operations": record.Operations = Operations(ref json); break;
            case "user.group.name": record.Groups = Texts(ref json); break;
            case "gatehouse.attributes": record.Attributes = Pairs(ref json); break;
            case "gatehouse.truncated": record.Truncated = json.GetBoolean(); break;
            case "gatehouse.omitted.values": record.OmittedValues = json.GetInt64(); break;
            case "gatehouse.omitted.characters": record.OmittedCharacters = json.GetInt64(); break;
            case "gatehouse.seq": record.Sequence = json.GetInt64(); break;
            case "gatehouse.prev": record.Previous = Text(ref json); break;
            default: return ReadCall(ref json, key, record);
        }

        return true;
    }

    private static bool ReadCall(ref Utf8JsonReader json, string key, AuditRecord record)
    {
        switch (key)
        {
            case "gatehouse.call": record.Call = Text(ref json); break;
            case "gatehouse.statement": record.Statement = Text(ref json); break;
            case "gatehouse.upstream_code": record.UpstreamCode = json.GetInt32(); break;
            default: return ReadSeal(ref json, key, record.Seal ??= new AuditSeal());
        }

        return true;
    }

    private static bool ReadSeal(ref Utf8JsonReader json, string key, AuditSeal seal)
    {
        switch (key)
        {
            case "gatehouse.format": seal.Format = json.GetInt32(); break;
            case "gatehouse.node": seal.Node = Text(ref json); break;
            case "gatehouse.segment": seal.Segment = Text(ref json); break;
            case "gatehouse.previous.segment": seal.PreviousSegment = Text(ref json); break;
            case "gatehouse.previous.head": seal.PreviousHead = Text(ref json); break;
            case "gatehouse.key": seal.Key = json.GetBytesFromBase64(); break;
            case "gatehouse.anomaly": seal.Anomaly = Text(ref json); break;
            case "gatehouse.from": seal.From = Time(ref json); break;
            case "gatehouse.closed": seal.Closed = json.GetBoolean(); break;
            default: seal.Signature = json.GetBytesFromBase64(); break;
        }

        return true;
    }

    /// <summary>Both kinds of signed records must be signed, and no other may look like one.</summary>
    private static bool IsSealWhole(AuditRecord record)
    {
        bool needed = record.Action is AuditAction.SegmentStarted or AuditAction.Checkpoint;
        if (record.Seal is not { } seal)
        {
            return !needed;
        }

        seal.SignedLength = record.Line.Length - SignatureField;
        bool start = record.Action == AuditAction.SegmentStarted;
        return needed && seal.Signature is { Length: 64 } && seal.Segment is not null && seal.SignedLength > 0
            && (seal.PreviousSegment is null) == (seal.PreviousHead is null)
            && (start ? seal is { Format: 1, Node: not null, Key: not null, Closed: false } : seal is { Format: 0, Key: null })
            && record.Line.Span[seal.SignedLength..].StartsWith(",\"gatehouse.signature\":"u8);
    }

    private static List<AuditOperation> Operations(ref Utf8JsonReader json)
    {
        var operations = new List<AuditOperation>();
        Expect(json.TokenType == JsonTokenType.StartArray);
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            Expect(json.TokenType == JsonTokenType.StartObject);
            string system = Named(ref json, "system"u8);
            string action = Named(ref json, "action"u8);
            List<string> resources = [];
            List<string> prefixes = [];
            List<string> filters = [];
            json.Read();
            if (json.TokenType == JsonTokenType.PropertyName && json.ValueTextEquals("resources"u8))
            {
                json.Read();
                resources = Texts(ref json);
                json.Read();
            }

            if (json.TokenType == JsonTokenType.PropertyName && json.ValueTextEquals("prefix"u8))
            {
                json.Read();
                prefixes = Texts(ref json);
                json.Read();
            }

            if (json.TokenType == JsonTokenType.PropertyName && json.ValueTextEquals("filter"u8))
            {
                json.Read();
                filters = Texts(ref json);
                json.Read();
            }

            Expect(json.TokenType == JsonTokenType.EndObject);
            operations.Add(new AuditOperation(system, action, resources, prefixes) { Filters = filters });
        }

        return operations;
    }

    private static string Named(ref Utf8JsonReader json, ReadOnlySpan<byte> key)
    {
        Expect(json.Read() && json.TokenType == JsonTokenType.PropertyName && json.ValueTextEquals(key) && json.Read());
        return Text(ref json);
    }

    private static List<string> Texts(ref Utf8JsonReader json)
    {
        var texts = new List<string>();
        Expect(json.TokenType == JsonTokenType.StartArray);
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            texts.Add(Text(ref json));
        }

        return texts;
    }

    private static Dictionary<string, string?> Pairs(ref Utf8JsonReader json)
    {
        var pairs = new Dictionary<string, string?>(StringComparer.Ordinal);
        Expect(json.TokenType == JsonTokenType.StartObject);
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            string name = json.GetString() ?? "";
            json.Read();
            Expect(pairs.TryAdd(name, json.TokenType == JsonTokenType.Null ? null : Text(ref json)));
        }

        Expect(json.TokenType == JsonTokenType.EndObject);
        return pairs;
    }

    private static string Text(ref Utf8JsonReader json) =>
        json.TokenType == JsonTokenType.String ? json.GetString() ?? "" : throw new FormatException("a text was expected");

    private static DateTimeOffset Time(ref Utf8JsonReader json) => DateTimeOffset.ParseExact(
        Text(ref json), "yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    private static void Expect(bool condition)
    {
        if (!condition)
        {
            throw new FormatException("another token was expected");
        }
    }
}
