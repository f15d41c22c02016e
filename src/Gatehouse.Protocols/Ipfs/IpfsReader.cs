using System.Diagnostics.CodeAnalysis;
using Gatehouse.Operations;
using Gatehouse.Protocols.Catalogues;
using Gatehouse.Protocols.Http;

namespace Gatehouse.Protocols.Ipfs;

/// <summary>
/// Step 5 of gates for IPFS: which operations a request is, on which pins, with which options. In place of
/// <see cref="CatalogueEndpoint.Classify"/>, after <see cref="Catalogue.Match"/> of one of <see cref="IpfsCatalogues"/>.
/// </summary>
public static class IpfsReader
{
    /// <summary>Reads a request.</summary>
    /// <param name="system">The system whose catalogue matched.</param>
    /// <param name="endpoint">The endpoint that it gave.</param>
    /// <param name="method">The method.</param>
    /// <param name="target">The target that was matched.</param>
    /// <param name="body">The whole body where the endpoint takes JSON, else empty.</param>
    /// <param name="into">Takes the operations, the endpoint's own first and those of options behind it; empty on a fault.</param>
    /// <param name="request">What it does to pins.</param>
    /// <param name="fault">Why it is refused.</param>
    public static bool TryRead(
        string system, CatalogueEndpoint endpoint, string method, CanonicalTarget target, ReadOnlySpan<byte> body, OperationSet into,
        [NotNullWhen(true)] out IpfsRequest? request, [NotNullWhen(false)] out IpfsFault? fault)
    {
        into.Clear();
        var draft = new IpfsDraft(system, into);
        fault = system switch
        {
            IpfsCatalogues.ClusterSystem => ClusterRequests.Read(endpoint.Actions[0], target, body, draft),
            IpfsCatalogues.PinningSystem => PinningRequests.Read(endpoint.Actions[0], target, body, draft),
            _ when IpfsCatalogues.Command(system, endpoint) is { } command => KuboRequests.Read(command, target, draft),
            _ => GatewayRequests.Read(endpoint.Actions[0], target, draft),
        };
        request = fault is null && into.Count > 0 ? draft.Finish() : null;
        if (request is not null)
        {
            return true;
        }

        into.Clear();
        fault ??= IpfsFault.UnknownOption();
        return false;
    }
}
