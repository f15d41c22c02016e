using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Listeners;

/// <summary>Kestrel's socket transport as gates and admin use it.</summary>
internal static class GateTransport
{
    /// <summary>
    /// Makes the factory for a <c>KestrelServer</c> of our own. A listen address that cannot be bound ends its start with
    /// a <see cref="Problems.ProblemException"/> (GH4010 names the owner).
    /// </summary>
    /// <param name="inline">True for gates: completions run on the socket threads, nothing may block there.</param>
    /// <param name="loggers">Where the transport logs.</param>
    public static IConnectionListenerFactory CreateFactory(bool inline, ILoggerFactory loggers) => throw new NotSupportedException();
}
