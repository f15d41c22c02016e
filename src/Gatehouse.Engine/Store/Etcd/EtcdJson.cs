using System.Text.Json.Serialization;

namespace Gatehouse.Engine.Store.Etcd;

/// <summary>What every answer begins with (etcd's rpc.proto, ResponseHeader).</summary>
internal sealed record EtcdHeader(
    [property: JsonPropertyName("cluster_id")] ulong ClusterId,
    [property: JsonPropertyName("member_id")] ulong MemberId,
    [property: JsonPropertyName("revision")] long Revision);

/// <summary>One key with its value.</summary>
internal sealed record EtcdKeyValue
{
    [JsonPropertyName("key")]
    public byte[] Key { get; set; } = [];

    [JsonPropertyName("value")]
    public byte[] Value { get; set; } = [];

    [JsonPropertyName("mod_revision")]
    public long ModRevision { get; set; }
}

/// <summary>A read of one key, or of those from <see cref="Key"/> to before <see cref="RangeEnd"/>.</summary>
internal sealed record RangeRequest(
    [property: JsonPropertyName("key")] byte[] Key,
    [property: JsonPropertyName("range_end")] byte[]? RangeEnd = null,
    [property: JsonPropertyName("limit")] long Limit = 0,
    [property: JsonPropertyName("keys_only")] bool KeysOnly = false);

/// <summary>What a read found, by key.</summary>
internal sealed record RangeAnswer
{
    [JsonPropertyName("header")]
    public EtcdHeader? Header { get; init; }

    [JsonPropertyName("kvs")]
    public IReadOnlyList<EtcdKeyValue> Found { get; set; } = [];

    [JsonPropertyName("more")]
    public bool More { get; init; }
}

/// <summary>A write of one key.</summary>
internal sealed record PutRequest(
    [property: JsonPropertyName("key")] byte[] Key,
    [property: JsonPropertyName("value")] byte[] Value,
    [property: JsonPropertyName("lease")] long Lease = 0);

/// <summary>A removal of one key.</summary>
internal sealed record DeleteRequest([property: JsonPropertyName("key")] byte[] Key);

/// <summary>One operation of a transaction: one of the three.</summary>
internal sealed record EtcdOperation
{
    [JsonPropertyName("request_range")]
    public RangeRequest? Range { get; init; }

    [JsonPropertyName("request_put")]
    public PutRequest? Put { get; init; }

    [JsonPropertyName("request_delete_range")]
    public DeleteRequest? Delete { get; init; }

    public static EtcdOperation Read(byte[] key) => new() { Range = new RangeRequest(key) };

    public static EtcdOperation Write(byte[] key, byte[] value, long lease = 0) => new() { Put = new PutRequest(key, value, lease) };

    public static EtcdOperation Remove(byte[] key) => new() { Delete = new DeleteRequest(key) };
}

/// <summary>One guard of a transaction; all of them must hold.</summary>
internal sealed record EtcdCompare
{
    [JsonPropertyName("key")]
    public required byte[] Key { get; init; }

    [JsonPropertyName("result")]
    public string Result { get; set; } = "EQUAL";

    [JsonPropertyName("target")]
    public required string Target { get; init; }

    [JsonPropertyName("value")]
    public byte[]? Value { get; init; }

    [JsonPropertyName("mod_revision")]
    public long? ModRevision { get; init; }

    /// <summary>The key was last written at a revision; 0: it is not there.</summary>
    public static EtcdCompare Revision(byte[] key, long revision) => new() { Key = key, Target = "MOD", ModRevision = revision };

    /// <summary>The key is there with a value.</summary>
    public static EtcdCompare Content(byte[] key, byte[] value) => new() { Key = key, Target = "VALUE", Value = value };
}

/// <summary>A transaction.</summary>
internal sealed record TxnRequest
{
    [JsonPropertyName("compare")]
    public IReadOnlyList<EtcdCompare> Compare { get; set; } = [];

    [JsonPropertyName("success")]
    public IReadOnlyList<EtcdOperation> Success { get; set; } = [];

    [JsonPropertyName("failure")]
    public IReadOnlyList<EtcdOperation> Failure { get; set; } = [];
}

/// <summary>The answer of one operation; only reads say something.</summary>
internal sealed record EtcdOperationAnswer
{
    [JsonPropertyName("response_range")]
    public RangeAnswer? Range { get; init; }
}

/// <summary>What came of a transaction.</summary>
internal sealed record TxnAnswer
{
    [JsonPropertyName("header")]
    public EtcdHeader? Header { get; init; }

    [JsonPropertyName("succeeded")]
    public bool Succeeded { get; init; }

    [JsonPropertyName("responses")]
    public IReadOnlyList<EtcdOperationAnswer> Responses { get; set; } = [];

    /// <summary>What the read at <paramref name="at"/> found of one key, or null.</summary>
    public EtcdKeyValue? Found(int at) =>
        at < Responses.Count && Responses[at].Range is { Found: [var one, ..] } ? one : null;
}

/// <summary>Asks for a lease.</summary>
internal sealed record LeaseRequest([property: JsonPropertyName("TTL")] long Seconds);

/// <summary>A lease: keys written with it go when it does.</summary>
internal sealed record LeaseAnswer(
    [property: JsonPropertyName("header")] EtcdHeader? Header,
    [property: JsonPropertyName("ID")] long Id,
    [property: JsonPropertyName("TTL")] long Seconds);

/// <summary>Forgets the history below a revision.</summary>
internal sealed record CompactRequest([property: JsonPropertyName("revision")] long Revision);

/// <summary>An answer of which only the header matters.</summary>
internal sealed record PlainAnswer([property: JsonPropertyName("header")] EtcdHeader? Header);

/// <summary>A login.</summary>
internal sealed record LoginRequest([property: JsonPropertyName("name")] string Name, [property: JsonPropertyName("password")] string Password);

/// <summary>Its token.</summary>
internal sealed record LoginAnswer([property: JsonPropertyName("token")] string? Token);

/// <summary>What etcd says of itself.</summary>
internal sealed record StatusAnswer
{
    [JsonPropertyName("header")]
    public EtcdHeader? Header { get; init; }

    [JsonPropertyName("version")]
    public string Version { get; set; } = "";
}

/// <summary>An error in etcd's words, with a code of gRPC.</summary>
internal sealed record ErrorAnswer([property: JsonPropertyName("error")] string? Error, [property: JsonPropertyName("code")] int Code);

/// <summary>Begins a watch.</summary>
internal sealed record WatchRequest([property: JsonPropertyName("create_request")] WatchCreateRequest Create);

/// <summary>Of one key, from a revision on.</summary>
internal sealed record WatchCreateRequest(
    [property: JsonPropertyName("key")] byte[] Key,
    [property: JsonPropertyName("start_revision")] long StartRevision);

/// <summary>One line of a watch.</summary>
internal sealed record WatchLine([property: JsonPropertyName("result")] WatchResult? Result);

/// <summary>What a line of a watch says.</summary>
internal sealed record WatchResult
{
    [JsonPropertyName("header")]
    public EtcdHeader? Header { get; init; }

    [JsonPropertyName("created")]
    public bool Created { get; init; }

    [JsonPropertyName("canceled")]
    public bool Canceled { get; init; }

    [JsonPropertyName("compact_revision")]
    public long CompactRevision { get; init; }

    [JsonPropertyName("events")]
    public IReadOnlyList<WatchEvent> Events { get; set; } = [];
}

/// <summary>One change; a removal has no value.</summary>
internal sealed record WatchEvent([property: JsonPropertyName("kv")] EtcdKeyValue? Changed);

/// <summary>
/// etcd's gateway writes 64-bit numbers as text and leaves out what is zero; newer versions add members. What has a default can be
/// set: generated readers give an init-only member null where it is left out.
/// </summary>
[JsonSourceGenerationOptions(
    NumberHandling = JsonNumberHandling.AllowReadingFromString | JsonNumberHandling.WriteAsString,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    MaxDepth = 16)]
[JsonSerializable(typeof(RangeRequest))]
[JsonSerializable(typeof(RangeAnswer))]
[JsonSerializable(typeof(TxnRequest))]
[JsonSerializable(typeof(TxnAnswer))]
[JsonSerializable(typeof(LeaseRequest))]
[JsonSerializable(typeof(LeaseAnswer))]
[JsonSerializable(typeof(CompactRequest))]
[JsonSerializable(typeof(PlainAnswer))]
[JsonSerializable(typeof(LoginRequest))]
[JsonSerializable(typeof(LoginAnswer))]
[JsonSerializable(typeof(StatusAnswer))]
[JsonSerializable(typeof(ErrorAnswer))]
[JsonSerializable(typeof(WatchRequest))]
[JsonSerializable(typeof(WatchLine))]
internal sealed partial class EtcdJson : JsonSerializerContext;
