using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Gatehouse.Audit;

namespace Gatehouse.Engine.Auditing.Outputs;

/// <summary>
/// OTLP logs over HTTP in the JSON encoding of OpenTelemetry's protocol (version 1.7, "OTLP/HTTP" and "JSON Protobuf encoding"):
/// identifiers in lower camel case, 64-bit numbers as text. An answer of 200 is the receiver's word that it has the records;
/// records that it says it rejected are sent again like any others, because the trail leaves nothing out.
/// </summary>
internal sealed class OtlpSink : IOutputSink
{
    private const int MaxAnswer = 64 * 1024;
    private readonly OutputSettings _settings;
    private readonly HttpClient _client;
    private readonly Uri _address;

    private OtlpSink(OutputSettings settings)
    {
        _settings = settings;
        _address = new UriBuilder(settings.IsTls ? "https" : "http", settings.Host, settings.Port, settings.Path).Uri;
        _client = new HttpClient(
            new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseProxy = false,
                UseCookies = false,
                ActivityHeadersPropagator = null,
                MaxConnectionsPerServer = 1,

                // TLS is spoken where every other output speaks it, below HTTP.
                ConnectCallback = async (_, cancellation) => await OutputDialer.ConnectAsync(settings, cancellation),
            })
        {
            Timeout = Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = MaxAnswer,
        };
    }

    public bool Acknowledges => true;

    public bool IsLost => false;

    public static OtlpSink Open(OutputSettings settings) => new(settings);

    public async Task SendAsync(IReadOnlyList<OutgoingRecord> records, CancellationToken cancellation)
    {
        // TLS comes from the dialler: to the HTTP client it is a plain stream.
        var address = new UriBuilder(_address) { Scheme = "http" }.Uri;
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Version = HttpVersion.Version11 };
        request.Headers.Host = _address.Authority;
        request.Content = new ByteArrayContent(Body(records, _settings.Node));
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using HttpResponseMessage answer = await _client.SendAsync(request, cancellation);
        if (answer.StatusCode != HttpStatusCode.OK)
        {
            throw new IOException($"the receiver answered {(int)answer.StatusCode}");
        }

        if (Rejected(await answer.Content.ReadAsByteArrayAsync(cancellation)) is var rejected and not 0)
        {
            throw new IOException($"the receiver rejected {rejected} records");
        }
    }

    public Task<bool> FinishAsync(CancellationToken cancellation) => Task.FromResult(true);

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>An <c>ExportLogsServiceRequest</c>.</summary>
    internal static byte[] Body(IReadOnlyList<OutgoingRecord> records, string node)
    {
        var buffer = new ArrayBufferWriter<byte>(64 * 1024);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartArray("resourceLogs");
            json.WriteStartObject();
            json.WriteStartObject("resource");
            json.WriteStartArray("attributes");
            Attribute(json, "service.name", "gatehouse");
            Attribute(json, "service.instance.id", node);
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteStartArray("scopeLogs");
            json.WriteStartObject();
            json.WriteStartObject("scope");
            json.WriteString("name", "gatehouse.audit");
            json.WriteEndObject();
            json.WriteStartArray("logRecords");
            foreach (OutgoingRecord record in records)
            {
                Write(json, record);
            }

            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void Write(Utf8JsonWriter json, OutgoingRecord outgoing)
    {
        AuditRecord? record = outgoing.Record;
        json.WriteStartObject();
        if (record is not null)
        {
            json.WriteString("timeUnixNano", ((record.Time - DateTimeOffset.UnixEpoch).Ticks * 100m).ToString("F0", CultureInfo.InvariantCulture));
        }

        (int number, string text) = record switch
        {
            null or { Action: AuditAction.Alarm } => (17, "ERROR"),
            { Outcome: AuditOutcome.Failure } => (13, "WARN"),
            _ => (9, "INFO"),
        };
        json.WriteNumber("severityNumber", number);
        json.WriteString("severityText", text);
        json.WriteString("eventName", record is null ? "unreadable" : AuditWords.Of(record.Action));
        json.WriteStartObject("body");
        json.WriteString("stringValue", Encoding.UTF8.GetString(outgoing.Line.Span));
        json.WriteEndObject();
        json.WriteStartArray("attributes");
        if (record is not null)
        {
            json.WriteStartObject();
            json.WriteString("key", "gatehouse.seq");
            json.WriteStartObject("value");
            json.WriteString("intValue", record.Sequence.ToString(CultureInfo.InvariantCulture));
            json.WriteEndObject();
            json.WriteEndObject();
            Attribute(json, "event.outcome", AuditWords.Of(record.Outcome));
            Attribute(json, "gatehouse.gate", record.Gate);
            Attribute(json, "user.name", record.User);
        }

        Attribute(json, "gatehouse.segment", outgoing.Segment);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Attribute(Utf8JsonWriter json, string key, string? value)
    {
        if (value is not null)
        {
            json.WriteStartObject();
            json.WriteString("key", key);
            json.WriteStartObject("value");
            json.WriteString("stringValue", value);
            json.WriteEndObject();
            json.WriteEndObject();
        }
    }

    /// <summary><c>partialSuccess.rejectedLogRecords</c>, 0 where it is not there. What is no answer of this kind rejects all.</summary>
    private static long Rejected(byte[] answer)
    {
        if (answer.Length == 0)
        {
            return 0;
        }

        try
        {
            using var parsed = JsonDocument.Parse(answer);
            return parsed.RootElement.TryGetProperty("partialSuccess", out JsonElement partial)
                && partial.ValueKind == JsonValueKind.Object && partial.TryGetProperty("rejectedLogRecords", out JsonElement number)
                ? long.Parse(number.ToString(), NumberStyles.None, CultureInfo.InvariantCulture)
                : 0;
        }
        catch (Exception e) when (e is JsonException or FormatException or OverflowException or InvalidOperationException)
        {
            throw new IOException("the receiver's answer is no answer of OTLP in JSON", e);
        }
    }
}
