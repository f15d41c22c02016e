using System.Collections.Frozen;

namespace Gatehouse.Engine.Gates.Headers;

/// <summary>The request headers that the gate itself reads. None of them may come twice.</summary>
[Flags]
internal enum OwnHeader
{
    None = 0,
    Authorization = 1 << 0,
    Host = 1 << 1,
    Origin = 1 << 2,
    FetchSite = 1 << 3,
    ContentType = 1 << 4,
    ContentEncoding = 1 << 5,
    ContentLength = 1 << 6,
    TransferEncoding = 1 << 7,
    Expect = 1 << 8,
    Connection = 1 << 9,
    Upgrade = 1 << 10,
    RequestedMethod = 1 << 11,
    RequestedHeaders = 1 << 12,

    RunAs = 1 << 14,
    InternalOrigin = 1 << 15,
    ProductOrigin = 1 << 16,

    /// <summary>Where the HTTP/2 server moves a Content-Length that contradicts.</summary>
    MovedLength = 1 << 13,
}

/// <summary>Finds them by name.</summary>
internal static class OwnHeaders
{
    private static readonly FrozenDictionary<string, OwnHeader>.AlternateLookup<ReadOnlySpan<char>> ByName =
        new Dictionary<string, OwnHeader>(StringComparer.OrdinalIgnoreCase)
        {
            ["Authorization"] = OwnHeader.Authorization,
            ["Host"] = OwnHeader.Host,
            ["Origin"] = OwnHeader.Origin,
            ["Sec-Fetch-Site"] = OwnHeader.FetchSite,
            ["Content-Type"] = OwnHeader.ContentType,
            ["Content-Encoding"] = OwnHeader.ContentEncoding,
            ["Content-Length"] = OwnHeader.ContentLength,
            ["Transfer-Encoding"] = OwnHeader.TransferEncoding,
            ["Expect"] = OwnHeader.Expect,
            ["Connection"] = OwnHeader.Connection,
            ["Upgrade"] = OwnHeader.Upgrade,
            ["Access-Control-Request-Method"] = OwnHeader.RequestedMethod,
            ["Access-Control-Request-Headers"] = OwnHeader.RequestedHeaders,
            ["X-Gatehouse-Run-As"] = OwnHeader.RunAs,
            ["es-security-runas-user"] = OwnHeader.RunAs,
            ["x-elastic-internal-origin"] = OwnHeader.InternalOrigin,
            ["X-Elastic-Product-Origin"] = OwnHeader.ProductOrigin,
            ["X-Content-Length"] = OwnHeader.MovedLength,
        }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase).GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Which one it is; <see cref="OwnHeader.None"/> for any other.</summary>
    public static OwnHeader Find(ReadOnlySpan<char> name) => ByName.TryGetValue(name, out OwnHeader own) ? own : OwnHeader.None;
}
