using System.Collections.Immutable;
using Gatehouse.Doctor.Facts;

namespace Gatehouse.Doctor.Ipfs;

/// <summary>Sockets of a process, also where only their user can be seen.</summary>
internal static class ProcessSockets
{
    /// <summary>
    /// Sockets that the process has, or, where that may not be seen, those of its user: rules look for the ports that the configuration
    /// names, and nobody else can have those. Nothing of a container's, which has a network of its own.
    /// </summary>
    public static ImmutableArray<SocketFact> Of(ProcessFact? process, IHost host) =>
        process is null ? []
        : !process.Sockets.IsEmpty ? process.Sockets
        : process.Root.Length == 0 ? [.. host.Sockets.Where(socket => socket.User == process.User)]
        : [];
}
