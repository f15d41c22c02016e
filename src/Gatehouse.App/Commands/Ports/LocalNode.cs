using System.Runtime.CompilerServices;
using Gatehouse.App.Client;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Ports;
using Gatehouse.Network.Endpoints;
using Gatehouse.Problems;

namespace Gatehouse.App.Commands.Ports;

/// <summary>The node whose configuration lies on this host.</summary>
internal static class LocalNode
{
    /// <summary>Its shape by gatehouse.yaml, which the daemon's own validators pass; a mistake in the file ends the command.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static NodeShape Shape(CommandContext context, ClusterNodes nodes)
    {
        if (context.IsRemote)
        {
            throw CommandFailure.CannotRun(AdministrationProblems.CommandLine, "ports are looked at on the host itself", "run it there, without --url");
        }

        Trust.Tls.OpenSslConfiguration.ActivateFor(context.ConfigurationFile);
        ConfigurationResult result = ConfigurationCheck.File(context.ConfigurationFile, context.DataFolder);
        return result.Value is { } configuration
            ? NodePorts.Of(configuration, new HostFacts(), [.. nodes.Peers.Select(static p => (p.Name, p.Address))])
            : throw new ProblemException(result.Problems[0]);
    }
}
