using System.Net;

namespace Gatehouse.Audit;

/// <summary>One record read back from a trail. Null and 0 mean that the field is not there.</summary>
public sealed record AuditRecord
{
    /// <summary>The line's bytes without line end, valid JSON.</summary>
    public ReadOnlyMemory<byte> Line { get; internal set; }

    /// <summary><c>@timestamp</c>.</summary>
    public DateTimeOffset Time { get; internal set; }

    /// <summary><c>event.action</c>.</summary>
    public AuditAction Action { get; internal set; }

    /// <summary><c>event.outcome</c>.</summary>
    public AuditOutcome Outcome { get; internal set; }

    /// <summary><c>event.duration</c>, nanoseconds.</summary>
    public long Duration { get; internal set; }

    /// <summary><c>event.end</c>.</summary>
    public DateTimeOffset End { get; internal set; }

    /// <summary><c>gatehouse.count</c>.</summary>
    public long Count { get; internal set; }

    /// <summary><c>http.request.id</c>.</summary>
    public ulong RequestId { get; internal set; }

    /// <summary><c>gatehouse.connection.id</c>.</summary>
    public long ConnectionId { get; internal set; }

    /// <summary><c>source.ip</c>.</summary>
    public IPAddress? SourceAddress { get; internal set; }

    /// <summary><c>source.port</c>.</summary>
    public int SourcePort { get; internal set; }

    /// <summary><c>gatehouse.gate</c>.</summary>
    public string? Gate { get; internal set; }

    /// <summary><c>user.name</c>.</summary>
    public string? User { get; internal set; }

    /// <summary><c>gatehouse.realm</c>.</summary>
    public string? Realm { get; internal set; }

    /// <summary><c>apikey.id</c>: public part of the API key that acted for the user, or null.</summary>
    public string? ApiKey { get; internal set; }

    /// <summary>Who acted as the user, or null.</summary>
    public string? RunBy { get; internal set; }

    /// <summary><c>user.roles</c>.</summary>
    public IReadOnlyList<string>? Roles { get; internal set; }

    /// <summary><c>tls.client.subject</c>.</summary>
    public string? ClientCertificate { get; internal set; }

    /// <summary><c>gatehouse.client_certificate</c>.</summary>
    public bool HasClientCertificate { get; internal set; }

    /// <summary><c>http.request.method</c>.</summary>
    public string? Method { get; internal set; }

    /// <summary><c>url.path</c>.</summary>
    public string? Path { get; internal set; }

    /// <summary><c>gatehouse.generation</c>.</summary>
    public long Generation { get; internal set; }

    /// <summary><c>gatehouse.reason</c>.</summary>
    public string? Reason { get; internal set; }

    /// <summary><c>error.code</c>.</summary>
    public string? Problem { get; internal set; }

    /// <summary><c>gatehouse.receipt</c>.</summary>
    public string? Receipt { get; internal set; }

    /// <summary><c>http.response.status_code</c>.</summary>
    public int Status { get; internal set; }

    /// <summary><c>gatehouse.forward</c>.</summary>
    public string? Forward { get; internal set; }

    /// <summary><c>http.request.body.bytes</c>.</summary>
    public long RequestBytes { get; internal set; }

    /// <summary><c>http.response.body.bytes</c>.</summary>
    public long ResponseBytes { get; internal set; }

    /// <summary><c>gatehouse.target</c>.</summary>
    public string? Target { get; internal set; }

    /// <summary><c>gatehouse.call</c>.</summary>
    public string? Call { get; internal set; }

    /// <summary><c>gatehouse.statement</c>.</summary>
    public string? Statement { get; internal set; }

    /// <summary><c>gatehouse.upstream_code</c>; 0 none.</summary>
    public int UpstreamCode { get; internal set; }

    /// <summary><c>message</c>.</summary>
    public string? Message { get; internal set; }

    /// <summary><c>gatehouse.operations</c>.</summary>
    public IReadOnlyList<AuditOperation> Operations { get; internal set; } = [];

    /// <summary><c>gatehouse.mqtt.qos</c>.</summary>
    public byte? Qos { get; internal set; }

    /// <summary><c>gatehouse.mqtt.retain</c>.</summary>
    public bool? Retain { get; internal set; }

    /// <summary><c>gatehouse.own</c>.</summary>
    public bool? Own { get; internal set; }

    /// <summary><c>user.group.name</c>; null where a record does not say (older ones, too many groups, users of the store).</summary>
    public IReadOnlyList<string>? Groups { get; internal set; }

    /// <summary><c>gatehouse.attributes</c>: those that the policy of then looked at, null for one that was not there.</summary>
    public IReadOnlyDictionary<string, string?>? Attributes { get; internal set; }

    /// <summary><c>http.request.body.content</c>, masked.</summary>
    public string? RequestBody { get; internal set; }

    /// <summary><c>gatehouse.body.sha256</c>.</summary>
    public string? RequestBodyHash { get; internal set; }

    /// <summary><c>gatehouse.truncated</c>: something did not fit into 64 KiB.</summary>
    public bool Truncated { get; internal set; }

    /// <summary><c>gatehouse.omitted.values</c>: resources, operations and roles left out whole.</summary>
    public long OmittedValues { get; internal set; }

    /// <summary><c>gatehouse.omitted.characters</c>: characters cut off texts.</summary>
    public long OmittedCharacters { get; internal set; }

    /// <summary>The signed part of a segment's first record or a checkpoint, or null.</summary>
    public AuditSeal? Seal { get; internal set; }

    /// <summary><c>gatehouse.seq</c>.</summary>
    public long Sequence { get; internal set; }

    /// <summary><c>gatehouse.prev</c>: SHA-256 of the line before, lower-case hex.</summary>
    public string Previous { get; internal set; } = "";
}

/// <summary>One operation of a record.</summary>
/// <param name="System">The system, such as <c>etcd</c>.</param>
/// <param name="Action">The action in that system's words.</param>
/// <param name="Resources">Names it was for, as in the file; <see cref="AuditText.ToBytes"/> gives the original bytes.</param>
/// <param name="Prefixes">Beginnings of names it was for.</param>
public sealed record AuditOperation(string System, string Action, IReadOnlyList<string> Resources, IReadOnlyList<string> Prefixes)
{
    /// <summary>MQTT filters it was for.</summary>
    public IReadOnlyList<string> Filters { get; init; } = [];
}

/// <summary>What only signed records carry.</summary>
public sealed record AuditSeal
{
    /// <summary><c>gatehouse.format</c>; first records only.</summary>
    public int Format { get; internal set; }

    /// <summary><c>gatehouse.node</c>; first records only.</summary>
    public string? Node { get; internal set; }

    /// <summary><c>gatehouse.segment</c>.</summary>
    public string? Segment { get; internal set; }

    /// <summary><c>gatehouse.previous.segment</c>.</summary>
    public string? PreviousSegment { get; internal set; }

    /// <summary><c>gatehouse.previous.head</c>.</summary>
    public string? PreviousHead { get; internal set; }

    /// <summary><c>gatehouse.key</c>: public key (DER); first records only.</summary>
    public byte[]? Key { get; internal set; }

    /// <summary><c>gatehouse.anomaly</c>: why the trail does not go on where it should; first records only.</summary>
    public string? Anomaly { get; internal set; }

    /// <summary><c>gatehouse.from</c>: earliest timestamp of the segment; last records only.</summary>
    public DateTimeOffset From { get; internal set; }

    /// <summary><c>gatehouse.closed</c>: nothing follows in this segment.</summary>
    public bool Closed { get; internal set; }

    /// <summary><c>gatehouse.signature</c>, 64 bytes.</summary>
    public byte[]? Signature { get; internal set; }

    /// <summary>How many bytes of the line are signed, from its start.</summary>
    public int SignedLength { get; internal set; }
}
