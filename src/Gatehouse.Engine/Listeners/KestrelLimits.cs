using Gatehouse.Engine.Configuration;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gatehouse.Engine.Listeners;

/// <summary>Limits of Kestrel's HTTP server against slow and greedy clients.</summary>
internal static class KestrelLimits
{
    /// <summary>Longest request line in bytes.</summary>
    public const int RequestLine = 8 * 1024;

    /// <summary>All request headers together in bytes.</summary>
    public const int Headers = 64 * 1024;

    // A body may rest, but not for long: a byte a second on average after 60 seconds of grace.
    private static readonly MinDataRate BodyRate = new(1, TimeSpan.FromSeconds(60));

    /// <summary>Sets every limit; call before the server starts. Also switches off bare LF line ends for the process.</summary>
    public static void Apply(KestrelServerOptions options, LimitsConfiguration limits)
    {
        // Read by Kestrel's parser at its first use. RFC 9112 section 2.2 lets a recipient take a bare LF; two parsers that
        // differ in it can be played against each other.
        AppContext.SetSwitch("Microsoft.AspNetCore.Server.Kestrel.DisableHttp1LineFeedTerminators", true);
        options.AddServerHeader = false;
        options.AllowSynchronousIO = false;
        options.AllowResponseHeaderCompression = true;
        options.DisableStringReuse = true;
        KestrelServerLimits http = options.Limits;
        http.KeepAliveTimeout = limits.KeepAlive;
        http.RequestHeadersTimeout = limits.HeadTimeout;
        http.MaxRequestLineSize = RequestLine;
        http.MaxRequestHeadersTotalSize = Headers;
        http.MaxRequestHeaderCount = 200;

        // The gate counts bodies itself, by the catalogue's endpoint.
        http.MaxRequestBodySize = null;
        http.MinRequestBodyDataRate = BodyRate;
        http.MinResponseDataRate = BodyRate;

        // Step 2 counts connections, with a reason in the trail.
        http.MaxConcurrentConnections = null;
        http.MaxConcurrentUpgradedConnections = null;
        http.Http2.MaxStreamsPerConnection = 100;
        http.Http2.MaxRequestHeaderFieldSize = 32 * 1024;
        http.Http2.HeaderTableSize = 4096;
        http.Http2.MaxFrameSize = 16 * 1024;
        http.Http2.InitialConnectionWindowSize = 1024 * 1024;
        http.Http2.InitialStreamWindowSize = 256 * 1024;
        http.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(60);
        http.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(20);
    }
}
