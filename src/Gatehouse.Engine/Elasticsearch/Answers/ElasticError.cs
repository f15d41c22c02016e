using System.Buffers;
using System.Text.Json;

namespace Gatehouse.Engine.Elasticsearch.Answers;

/// <summary>
/// Errors as Elasticsearch and OpenSearch write them:
/// <c>{"error":{"root_cause":[{"type":T,"reason":R}],"type":T,"reason":R},"status":S}</c>. Their clients make exceptions of
/// <c>type</c> and <c>status</c>, and people read <c>reason</c>.
/// </summary>
internal static class ElasticError
{
    /// <summary>Not allowed, or not authenticated.</summary>
    public const string Security = "security_exception";

    /// <summary>A value that cannot be.</summary>
    public const string IllegalArgument = "illegal_argument_exception";

    /// <summary>A body that cannot be read.</summary>
    public const string Parsing = "parse_exception";

    /// <summary>A request that lacks something.</summary>
    public const string Validation = "action_request_validation_exception";

    /// <summary>What was named is not there.</summary>
    public const string NotFound = "resource_not_found_exception";

    /// <summary>Somebody else was faster.</summary>
    public const string Conflict = "version_conflict_engine_exception";

    /// <summary>Writes one.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="status">The status of the answer; the body repeats it.</param>
    /// <param name="type">The kind of exception, in Elasticsearch's words.</param>
    /// <param name="reason">For people; no secret, nothing the caller may not know.</param>
    /// <param name="extra">Further members of <c>error</c> and of its root cause, such as <c>index</c> or <c>gatehouse.receipt</c>.</param>
    public static void Write(
        IBufferWriter<byte> output, int status, string type, string reason, params ReadOnlySpan<KeyValuePair<string, string>> extra)
    {
        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        json.WriteStartObject("error"u8);
        json.WriteStartArray("root_cause"u8);
        json.WriteStartObject();
        WriteCause(json, type, reason, extra);
        json.WriteEndObject();
        json.WriteEndArray();
        WriteCause(json, type, reason, extra);
        json.WriteEndObject();
        json.WriteNumber("status"u8, status);
        json.WriteEndObject();
    }

    /// <summary>The same as bytes.</summary>
    public static ReadOnlyMemory<byte> ToBytes(int status, string type, string reason, params ReadOnlySpan<KeyValuePair<string, string>> extra)
    {
        var output = new ArrayBufferWriter<byte>(512);
        Write(output, status, type, reason, extra);
        return output.WrittenMemory;
    }

    /// <summary>Writes <c>type</c>, <c>reason</c> and further members into an open object, as items of <c>_bulk</c>, <c>_msearch</c> and <c>_mget</c> have them.</summary>
    public static void WriteCause(Utf8JsonWriter json, string type, string reason, params ReadOnlySpan<KeyValuePair<string, string>> extra)
    {
        json.WriteString("type"u8, type);
        json.WriteString("reason"u8, reason);
        foreach ((string name, string value) in extra)
        {
            json.WriteString(name, value);
        }
    }
}
