using System.Collections.Immutable;
using System.Net;

namespace Gatehouse.Audit;

/// <summary>
/// The facts of one audit record before it is written. Reusable: filled for a request, handed over, reset. Strings are
/// referenced, never copied; null leaves the field out. Field names in the file are those of the Elastic Common Schema.
/// </summary>
public sealed class AuditEvent
{
    /// <summary>What happened; see <see cref="AuditAction"/>.</summary>
    public AuditAction Action { get; set; }

    /// <summary><c>event.outcome</c>.</summary>
    public AuditOutcome Outcome { get; set; }

    /// <summary>When it began, UTC.</summary>
    public DateTimeOffset Time { get; set; }

    /// <summary>Nanoseconds it took, 0 unknown (<c>event.duration</c>).</summary>
    public long Duration { get; set; }

    /// <summary>Number of the request on this node (<c>http.request.id</c>), 0 none. Joins decision and outcome in strict mode.</summary>
    public ulong RequestId { get; set; }

    /// <summary>Live connection's number (<c>gatehouse.connection.id</c>), 0 none.</summary>
    public long ConnectionId { get; set; }

    /// <summary>Client's address and port (<c>source.ip</c>, <c>source.port</c>).</summary>
    public IPEndPoint? Source { get; set; }

    /// <summary>Gate's name (<c>gatehouse.gate</c>).</summary>
    public string? Gate { get; set; }

    /// <summary>User (<c>user.name</c>).</summary>
    public string? User { get; set; }

    /// <summary>Who acts as <see cref="User"/>, <c>realm/name</c> (<c>user.run_by.name</c>); null when nobody does.</summary>
    public string? RunBy { get; set; }

    /// <summary>Realm (<c>gatehouse.realm</c>).</summary>
    public string? Realm { get; set; }

    /// <summary>Public part of the API key that acts for <see cref="User"/> (<c>apikey.id</c>), or null; never its secret.</summary>
    public string? ApiKey { get; set; }

    /// <summary>Roles the decision was made with (<c>user.roles</c>).</summary>
    public IReadOnlyList<string>? Roles { get; set; }

    /// <summary>
    /// Groups that the realm gave, all of them (<c>user.group.name</c>); default for whose roles do not come from a realm. Left out
    /// whole where they are more than <see cref="AuditRecordWriter.MaxFacts"/>: some of them would be somebody else.
    /// </summary>
    public ImmutableArray<string> Groups { get; set; }

    /// <summary>Names of attributes that the policy looks at, so that nothing else of a token gets into the trail; default without <see cref="Groups"/>.</summary>
    public ImmutableArray<string> AttributeNames { get; set; }

    /// <summary>Where the values of <see cref="AttributeNames"/> are found (<c>gatehouse.attributes</c>; null for one that is not there).</summary>
    public IReadOnlyDictionary<string, string>? Attributes { get; set; }

    /// <summary>HTTP method (<c>http.request.method</c>).</summary>
    public string? Method { get; set; }

    /// <summary>Canonical path (<c>url.path</c>); secrets in queries never enter.</summary>
    public string? Path { get; set; }

    /// <summary>Operations with resources as decided (<c>gatehouse.operations</c>).</summary>
    public Operations.OperationSet? Operations { get; set; }

    /// <summary>Policy generation the decision was made on (<c>gatehouse.generation</c>).</summary>
    public long Generation { get; set; }

    /// <summary>Why it was denied (<c>gatehouse.reason</c>), frozen words, or null.</summary>
    public string? Reason { get; set; }

    /// <summary>Permanent problem id (<c>error.code</c>), or null.</summary>
    public string? Problem { get; set; }

    /// <summary>The receipt's code (<c>gatehouse.receipt</c>), or null.</summary>
    public string? Receipt { get; set; }

    /// <summary>Status sent to the client (<c>http.response.status_code</c>), 0 none.</summary>
    public int Status { get; set; }

    /// <summary>Forwarding outcome in frozen words (<c>gatehouse.forward</c>): <c>ok</c>, <c>upstream_unreachable</c>, ...</summary>
    public string? Forward { get; set; }

    /// <summary>Body bytes from the client (<c>http.request.body.bytes</c>).</summary>
    public long RequestBytes { get; set; }

    /// <summary>Body bytes to the client (<c>http.response.body.bytes</c>).</summary>
    public long ResponseBytes { get; set; }

    /// <summary>Subject of the client certificate (<c>tls.client.subject</c>), or null.</summary>
    public string? ClientCertificate { get; set; }

    /// <summary>Free text (<c>message</c>) for configuration changes and alarms; never a secret.</summary>
    public string? Message { get; set; }

    /// <summary>What was changed, for <see cref="AuditAction.SecurityConfigChange"/>: <c>user/anna</c> (<c>gatehouse.target</c>).</summary>
    public string? Target { get; set; }

    /// <summary>Whether the client's certificate was verified and present at the decision (<c>gatehouse.client_certificate</c>).</summary>
    public bool HasClientCertificate { get; set; }

    /// <summary>MQTT's quality of service that was decided on (<c>gatehouse.mqtt.qos</c>), or null.</summary>
    public byte? Qos { get; set; }

    /// <summary>Whether an MQTT message was to be retained (<c>gatehouse.mqtt.retain</c>), or null.</summary>
    public bool? Retain { get; set; }

    /// <summary>Whether what was asked for was the user's own (<c>gatehouse.own</c>), or null: it was not asked.</summary>
    public bool? Own { get; set; }

    /// <summary>How many like events this one record stands for (<c>gatehouse.count</c>); 0 for a record of its own.</summary>
    public long Count { get; set; }

    /// <summary>When the last of <see cref="Count"/> happened, UTC (<c>event.end</c>); default leaves it out.</summary>
    public DateTimeOffset End { get; set; }

    /// <summary>The request's body with its secrets masked (<c>http.request.body.content</c>), or null.</summary>
    public string? RequestBody { get; set; }

    /// <summary>SHA-256 of the request's body (<c>gatehouse.body.sha256</c>), written where the body itself is not, or null.</summary>
    public string? RequestBodyHash { get; set; }

    /// <summary>What a request of a binary protocol is called there (<c>gatehouse.call</c>): <c>SQL_EXEC</c>, or null.</summary>
    public string? Call { get; set; }

    /// <summary>The statement of a query language, its literals taken out (<c>gatehouse.statement</c>), or null.</summary>
    public string? Statement { get; set; }

    /// <summary>The upstream's own code of an error (<c>gatehouse.upstream_code</c>), 0 none.</summary>
    public int UpstreamCode { get; set; }

    /// <summary>Empties it for the next use.</summary>
    public void Reset()
    {
        Action = AuditAction.None;
        Outcome = AuditOutcome.Unknown;
        Time = default;
        Duration = 0;
        RequestId = 0;
        ConnectionId = 0;
        Source = null;
        Gate = User = RunBy = Realm = ApiKey = Method = Path = Reason = Problem = Receipt = Forward = ClientCertificate = Message = Target = null;
        RequestBody = RequestBodyHash = Call = Statement = null;
        UpstreamCode = 0;
        Roles = null;
        Groups = AttributeNames = default;
        Attributes = null;
        Operations = null;
        Generation = 0;
        Status = 0;
        RequestBytes = ResponseBytes = 0;
        HasClientCertificate = false;
        Qos = null;
        Retain = null;
        Own = null;
        Count = 0;
        End = default;
    }
}

/// <summary><c>event.outcome</c> of the Elastic Common Schema.</summary>
public enum AuditOutcome : byte
{
    /// <summary><c>unknown</c>.</summary>
    Unknown = 0,

    /// <summary><c>success</c>.</summary>
    Success = 1,

    /// <summary><c>failure</c>.</summary>
    Failure = 2,
}

/// <summary>Event actions; written in snake case as in Elasticsearch's audit trail. Frozen: append only.</summary>
public enum AuditAction : byte
{
    /// <summary>Not set; never written.</summary>
    None = 0,

    /// <summary>A permitted operation and its outcome.</summary>
    AccessGranted = 1,

    /// <summary>An authenticated principal without the right.</summary>
    AccessDenied = 2,

    /// <summary>Presented credentials that nobody accepted.</summary>
    AuthenticationFailed = 3,

    /// <summary>No credentials where some are needed.</summary>
    AnonymousAccessDenied = 4,

    /// <summary>A request that two parsers could read differently, or a malformed one.</summary>
    TamperedRequest = 5,

    /// <summary>Refused by IP filter or budget before TLS.</summary>
    ConnectionDenied = 6,

    /// <summary>A connection-oriented gate let a connection in.</summary>
    ConnectionGranted = 7,

    /// <summary>A live connection was cut because it lost its right or an administrator said so.</summary>
    ConnectionCut = 8,

    /// <summary>A TLS handshake that failed.</summary>
    TlsFailed = 9,

    /// <summary>A change of the cluster state or the node's configuration.</summary>
    SecurityConfigChange = 10,

    /// <summary>The trail was opened after a crash.</summary>
    TrailRecovered = 11,

    /// <summary>The node started.</summary>
    NodeStarted = 12,

    /// <summary>The node stopped in order.</summary>
    NodeStopped = 13,

    /// <summary>Something that needs a person: wrong owner of an upstream's port, store tampered with.</summary>
    Alarm = 14,

    /// <summary>A decision on disk before forwarding (durability <c>strict</c>); its outcome follows with the same request id.</summary>
    AccessDecided = 15,

    /// <summary>A budget or login limit refused it.</summary>
    LimitReached = 16,

    /// <summary>The first record of a segment; signed. Written by the trail only.</summary>
    SegmentStarted = 17,

    /// <summary>A signed record that vouches for all before it. Written by the trail only.</summary>
    Checkpoint = 18,

    /// <summary>Segments up to <c>gatehouse.target</c> were deleted because they were older than the retention. Written by the trail only.</summary>
    TrailPruned = 19,
}
