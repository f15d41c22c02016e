using System.Collections.Immutable;

namespace Gatehouse.Engine.Configuration;

/// <summary>What a gate of system <c>ignite-rest</c> has besides.</summary>
internal sealed record IgniteRestConfiguration
{
    /// <summary>Largest upload of a deployment unit in bytes, all its files and headers together.</summary>
    public long MaxUnitSize { get; init; } = 512L * 1024 * 1024;

    /// <summary>Most files of a unit that is uploaded file by file.</summary>
    public int MaxUnitFiles { get; init; } = 100;

    /// <summary>Most entries of a unit that is uploaded as a zip archive, folders among them.</summary>
    public int MaxEntries { get; init; } = 10_000;

    /// <summary>Most bytes that such an archive may unpack to.</summary>
    public long MaxUnpacked { get; init; } = 2L * 1024 * 1024 * 1024;

    /// <summary>SHA-256 of each file that may be uploaded, 64 hexadecimal digits in lower case; none: any file.</summary>
    public ImmutableArray<string> UnitHashes { get; init; } = [];

    /// <summary>Whether <c>GET /health</c> and what is below it is answered without a login, as Ignite itself does.</summary>
    public bool OpenHealth { get; init; }
}
