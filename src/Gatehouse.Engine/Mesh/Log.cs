using System.Net;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Mesh;

/// <summary>Log messages of this room, ids 5700 to 5719.</summary>
internal static partial class Log
{
    [LoggerMessage(5700, LogLevel.Warning, "GH5701 a caller at {Source} proved the secret, but its clock is {Skew} ms off (at most 120000)")]
    public static partial void Skewed(ILogger logger, IPEndPoint source, long skew);

    [LoggerMessage(5701, LogLevel.Information, "mesh connection from {Source} refused: {Reason} {Detail}")]
    public static partial void Refused(ILogger logger, IPEndPoint source, string reason, string detail);

    [LoggerMessage(5702, LogLevel.Error, "GH5718 a mesh connection failed inside the node")]
    public static partial void ConnectionFailed(ILogger logger, Exception fault);

    [LoggerMessage(5703, LogLevel.Warning, "{Problem}")]
    public static partial void AddressTaken(ILogger logger, Gatehouse.Problems.Problem problem);

    [LoggerMessage(5704, LogLevel.Information, "service {Service} of peer {Peer} is at {Address}")]
    public static partial void Listening(ILogger logger, string service, string peer, IPEndPoint address);

    [LoggerMessage(5705, LogLevel.Information, "peer {Peer} is up at {Address}, version {Version}")]
    public static partial void PeerUp(ILogger logger, string peer, string address, string version);

    [LoggerMessage(5706, LogLevel.Warning, "peer {Peer} is down: {Problem}")]
    public static partial void PeerDown(ILogger logger, string peer, Gatehouse.Problems.Problem problem);

    [LoggerMessage(5707, LogLevel.Warning, "local connection from {Source} to {Service} of {Peer} refused: {Problem}")]
    public static partial void LocalRefused(ILogger logger, IPEndPoint source, string service, string peer, Gatehouse.Problems.Problem problem);

    [LoggerMessage(5708, LogLevel.Information, "{Count} mesh connections cut: {Reason}")]
    public static partial void Cut(ILogger logger, int count, string reason);

    [LoggerMessage(5709, LogLevel.Error, "the mesh could not look at its connections again")]
    public static partial void SweepFailed(ILogger logger, Exception fault);
}
