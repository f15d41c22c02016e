using System.Security.Cryptography.X509Certificates;

namespace Gatehouse.Testing.Elasticsearch;

/// <summary>Whose manners the stand-in has.</summary>
public enum StandInProduct
{
    /// <summary>Elastic's: the product header, vendored media types, point in time under <c>_pit</c>.</summary>
    Elasticsearch,

    /// <summary>OpenSearch's: <c>distribution</c> in the banner, point in time under <c>_search/point_in_time</c>.</summary>
    OpenSearch,
}

/// <summary>How a stand-in cluster is to be.</summary>
public sealed record StandInOptions
{
    /// <summary>Whose manners it has.</summary>
    public StandInProduct Product { get; init; }

    /// <summary>The version it says it has, such as <c>9.1.0</c> or <c>3.1.0</c>.</summary>
    public string Version { get; init; } = "9.1.0";

    /// <summary>The port on the loopback address; 0 takes a free one.</summary>
    public int Port { get; init; }

    /// <summary>With <see cref="Password"/>, the Basic credential that opens it.</summary>
    public string? User { get; init; }

    /// <summary>The password of <see cref="User"/>.</summary>
    public string? Password { get; init; }

    /// <summary>What must follow <c>Authorization: ApiKey</c>, in the encoded form; opens it as well.</summary>
    public string? ApiKey { get; init; }

    /// <summary>Its certificate with key; without one it speaks plain HTTP.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>Compresses answers for who accepts gzip, as <c>http.compression</c> does.</summary>
    public bool CompressAnswers { get; init; } = true;

    /// <summary>Reads and counts bulk lines without keeping documents or bodies, for measurements.</summary>
    public bool DiscardBulk { get; init; }

    /// <summary><c>rest.action.multi.allow_explicit_index</c>: whether bulk, msearch and mget bodies may name indices.</summary>
    public bool AllowExplicitIndex { get; init; } = true;

    /// <summary>Bodies longer than this (bytes) are not kept in the log of requests.</summary>
    public int KeptBody { get; init; } = 4 * 1024 * 1024;

    /// <summary><c>http.max_content_length</c>: the longest body in bytes, compressed or not.</summary>
    public int MaxBody { get; init; } = 100 * 1024 * 1024;

    /// <summary>How many requests the log keeps, the last ones.</summary>
    public int KeptRequests { get; init; } = 10_000;

    /// <summary>The clock, of date math and of keep-alive times.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
