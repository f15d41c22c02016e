using Gatehouse.Engine.Admission;
using Gatehouse.Engine.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Listeners;

/// <summary>Steps 1 to 3 as connection middleware, the same for every protocol.</summary>
internal sealed class ListenerPipeline(
    AdmissionControl admission,
    ConnectionRegistry registry,
    TimeProvider time,
    ILogger<ListenerPipeline> logger)
{
    /// <summary>Puts steps 1 to 3 in front of whatever is added to <paramref name="options"/> after this call.</summary>
    public void Apply(ListenOptions options, ListenerSettings settings)
    {
        // One budget a listener, whatever its connections.
        var budget = new ListenerBudget(settings.Gate);
        options.Use(next => new ListenerRun(settings, budget, admission, registry, time, logger, next).RunAsync);
    }

    /// <summary>Where a gate without TLS records what it refuses before anybody is known, limited per source.</summary>
    public RefusalRecorder Refusals => admission.Refusals;

    /// <summary>
    /// Watches an HTTP server for requests that it refuses itself, before the application sees them, and records them.
    /// </summary>
    public MalformedRequests WatchServer(string gate, ILoggerFactory loggers) => new(gate, admission.Refusals, loggers);
}
