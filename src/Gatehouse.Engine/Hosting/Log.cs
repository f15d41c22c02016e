using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Hosting;

/// <summary>Log messages of this room: ids 100 to 199.</summary>
internal static partial class Log
{
    [LoggerMessage(100, LogLevel.Information, "gatehouse {Version} node {Node} is ready on generation {Generation}")]
    internal static partial void Ready(ILogger logger, string version, string node, long generation);

    [LoggerMessage(101, LogLevel.Information, "stopping: connections have {Seconds} s to end")]
    internal static partial void Stopping(ILogger logger, double seconds);

    [LoggerMessage(102, LogLevel.Information, "server certificate renewed, ends {Expires:u}")]
    internal static partial void CertificateRenewed(ILogger logger, DateTimeOffset expires);

    [LoggerMessage(103, LogLevel.Error, "server certificate not renewed, the one in use ends {Expires:u}")]
    internal static partial void CertificateNotRenewed(ILogger logger, DateTimeOffset expires, Exception fault);

    [LoggerMessage(104, LogLevel.Information, "gate {Gate}: certificate files read again")]
    internal static partial void CertificateFileLoaded(ILogger logger, string gate);

    [LoggerMessage(105, LogLevel.Error, "gate {Gate}: the changed certificate files are not usable, the old certificate stays")]
    internal static partial void CertificateFileBroken(ILogger logger, string gate, Exception fault);

    [LoggerMessage(106, LogLevel.Error, "{Problem}")]
    internal static partial void Problem(ILogger logger, string problem);

    [LoggerMessage(108, LogLevel.Warning, "{Problem}")]
    internal static partial void Note(ILogger logger, string problem);

    [LoggerMessage(109, LogLevel.Information, "the mesh is open on {Listen} for {Peers} peers")]
    internal static partial void MeshOpen(ILogger logger, System.Net.IPEndPoint listen, int peers);

    [LoggerMessage(107, LogLevel.Warning, "the audit head was not anchored in the store")]
    internal static partial void NotAnchored(ILogger logger, Exception fault);
}
