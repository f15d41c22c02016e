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
/// identifiers in lower camel case, 64-bit numbers as text. What the answers mean is in "OTLP/HTTP Response", with two differences:
/// an answer that is about us and not about the records (401, 403, 404 and the like) loses none of them, and what else may not be
/// retried is only set aside when fewer records at once are refused too.
/// </summary>
internal sealed class OtlpSink : IOutputSink
{
    private const int MaxAnswer = 64 * 1024;
    private const int MaxWhy = 200;
    private static readonly TimeSpan MaxRetryAfter = TimeSpan.FromMinutes(5);
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
        };
    }

    public bool Acknowledges => true;

    public bool IsLost => false;

    public static OtlpSink Open(OutputSettings settings) => new(settings);

    public async Task<SinkAnswer> SendAsync(IReadOnlyList<OutgoingRecord> records, CancellationToken cancellation)
    {
        // TLS comes from the dialler: to the HTTP client it is a plain stream.
        var address = new UriBuilder(_address) { Scheme = "http" }.Uri;
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Version = HttpVersion.Version11 };
        request.Headers.Host = _address.Authority;
        foreach (OutputHeader header in _settings.Headers)
        {
            request.Headers.TryAddWithoutValidation(header.Name, header.Value);
        }

        request.Content = new ByteArrayContent(Body(records, _settings.Node));
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");

        // An answer counts whatever stands behind its head: the text of an error is never read, as it may repeat what we sent.
        using HttpResponseMessage answer = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        int status = (int)answer.StatusCode;
        return status switch
        {
            >= 200 and < 300 => Partial(await ReadAsync(answer.Content, cancellation), records.Count),
            429 or 502 or 503 or 504 => throw new RetryLaterException($"the receiver answered {status}", After(answer.Headers.RetryAfter)),
            < 400 or 401 or 402 or 403 or 404 or 405 or 407 or 421 =>
                throw new RetryLaterException($"the receiver answered {status}: look at address, `bearer` and `headers`", _settings.RetryAtMost),
            _ => new SinkAnswer(records.Count, $"the receiver answered {status}", true),
        };
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

    private static async Task<byte[]> ReadAsync(HttpContent content, CancellationToken cancellation)
    {
        byte[] answer = new byte[MaxAnswer];
        await using Stream stream = await content.ReadAsStreamAsync(cancellation);
        int length = await stream.ReadAtLeastAsync(answer, answer.Length, throwOnEndOfStream: false, cancellation);
        return length < MaxAnswer ? answer[..length] : throw new IOException("the receiver's answer is no answer of OTLP in JSON");
    }

    /// <summary>RFC 9110 section 10.2.3; bounded, because a day of silence would be the receiver's to order.</summary>
    private static TimeSpan After(RetryConditionHeaderValue? header)
    {
        TimeSpan after = header?.Delta ?? (header?.Date is { } date ? date - TimeProvider.System.GetUtcNow() : TimeSpan.Zero);
        return after < TimeSpan.Zero ? TimeSpan.Zero : after > MaxRetryAfter ? MaxRetryAfter : after;
    }

    /// <summary><c>partialSuccess.rejectedLogRecords</c>. What is no answer of this kind takes nothing.</summary>
    private SinkAnswer Partial(byte[] answer, int count)
    {
        if (answer.Length == 0)
        {
            return SinkAnswer.Taken;
        }

        try
        {
            using var parsed = JsonDocument.Parse(answer);
            JsonElement root = parsed.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
            {
                throw new FormatException("not an object");
            }

            if (!root.TryGetProperty("partialSuccess", out JsonElement partial) || partial.ValueKind != JsonValueKind.Object
                || !partial.TryGetProperty("rejectedLogRecords", out JsonElement number))
            {
                return SinkAnswer.Taken;
            }

            long rejected = long.Parse(number.ToString(), NumberStyles.None, CultureInfo.InvariantCulture);
            string? said = partial.TryGetProperty("errorMessage", out JsonElement text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null;
            return rejected == 0
                ? SinkAnswer.Taken
                : new SinkAnswer((int)Math.Min(rejected, count), "the receiver rejected them" + (string.IsNullOrEmpty(said) ? "" : $": {Plain(said)}"), false);
        }
        catch (Exception e) when (e is JsonException or FormatException or OverflowException or InvalidOperationException)
        {
            throw new IOException("the receiver's answer is no answer of OTLP in JSON", e);
        }
    }

    /// <summary>A receiver's own text: short, on one line, and without what it may have learned from us.</summary>
    private string Plain(string said)
    {
        foreach (OutputHeader header in _settings.Headers)
        {
            string secret = header.Value[(header.Value.LastIndexOf(' ') + 1)..];
            said = said.Replace(header.Value, "***", StringComparison.OrdinalIgnoreCase).Replace(secret, "***", StringComparison.OrdinalIgnoreCase);
        }

        var text = new StringBuilder(MaxWhy);
        foreach (Rune rune in said.EnumerateRunes())
        {
            bool isPlain = Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse);
            text.Append(isPlain ? rune.ToString() : "_");
            if (text.Length >= MaxWhy)
            {
                return text.Append("...").ToString();
            }
        }

        return text.ToString();
    }
}
