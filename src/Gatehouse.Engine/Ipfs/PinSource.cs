using System.Runtime.CompilerServices;
using System.Text.Json;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Engine.Gates;
using Gatehouse.Engine.Ipfs.Ownership;
using Gatehouse.Problems;
using Gatehouse.Protocols.Ipfs;

namespace Gatehouse.Engine.Ipfs;

/// <summary>The pins of the clusters behind the node's gates, asked as the gates themselves. Thread-safe.</summary>
/// <param name="environment">What the node's gates share.</param>
/// <param name="gates">The gates as they are now.</param>
internal sealed class PinSource(GateEnvironment environment, Func<IEnumerable<GateModel>> gates) : IPinSource
{
    private const int MaxPins = 1024 * 1024 * 1024;
    private const int MaxPin = 4 * 1024 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan PinPatience = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public string? ClusterOf(string gate) => Find(gate) is { } model ? ClusterOf(model) : null;

    /// <summary>Every cluster that a gate leads to, with one gate by which pins are asked about.</summary>
    public IReadOnlyDictionary<string, string> Clusters
    {
        get
        {
            var clusters = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (GateModel model in gates().Where(static g => g.System == IpfsCatalogues.ClusterSystem && g.Configuration.Enabled))
            {
                clusters.TryAdd(ClusterOf(model), model.Name);
            }

            return clusters;
        }
    }

    /// <summary>Whether a pin is there; null where that could not be learned.</summary>
    public async Task<bool?> IsPinnedAsync(string gate, string cid)
    {
        if (Find(gate) is not { } model || !Cid.TryParse(cid, out Cid? pin))
        {
            return null;
        }

        UpstreamReply reply = await AskAsync(model, UpstreamQuestion.Allocation(pin), MaxPin, PinPatience);
        return reply switch
        {
            { IsComplete: false } => null,
            { Status: 200 } => true,
            { Status: 404 } => false,
            _ => null,
        };
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<PinSeen> ReadAsync(string gate, [EnumeratorCancellation] CancellationToken cancellation)
    {
        GateModel model = Find(gate) ?? throw PinProblems.NoSource.Exception($"`{gate}` is no gate of IPFS Cluster's REST API");
        UpstreamReply reply = await AskAsync(model, UpstreamQuestion.Allocations, MaxPins, Patience);
        if (!reply.IsComplete || reply.Status is not (200 or 204))
        {
            throw PinProblems.NoSource.Exception($"gate `{gate}`: {reply.Detail ?? $"the cluster answered {reply.Status}"}");
        }

        ReadOnlyMemory<byte> rest = reply.Body;
        while (!rest.IsEmpty)
        {
            cancellation.ThrowIfCancellationRequested();
            int end = rest.Span.IndexOf((byte)'\n');
            ReadOnlyMemory<byte> line = end < 0 ? rest : rest[..end];
            rest = end < 0 ? default : rest[(end + 1)..];
            if (line.Span.Trim(" \r\t"u8).IsEmpty)
            {
                continue;
            }

            yield return Read(line) ?? throw PinProblems.NoSource.Exception($"gate `{gate}`: a line of the cluster's answer is no pin");
        }
    }

    private GateModel? Find(string gate) => gates().FirstOrDefault(g => g.Name == gate && g.System == IpfsCatalogues.ClusterSystem);

    private static string ClusterOf(GateModel model) => (model.Configuration.Ipfs ?? new IpfsConfiguration()).Cluster;

    private async ValueTask<UpstreamReply> AskAsync(GateModel model, UpstreamQuestion question, int limit, TimeSpan patience)
    {
        using var pool = new UpstreamPool(model.Upstream, new UpstreamOwners(environment.Owners, model.Owners), environment.Time);
        return await new Forwarder(pool).AskAsync(question, limit, patience);
    }

    private static PinSeen? Read(ReadOnlyMemory<byte> line)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(line);
            JsonElement pin = json.RootElement;
            if (!pin.TryGetProperty("cid", out JsonElement named) || (named.ValueKind == JsonValueKind.Object && !named.TryGetProperty("/", out named))
                || !Cid.TryParse(named.GetString() ?? "", out Cid? cid))
            {
                return null;
            }

            var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
            if (pin.TryGetProperty("metadata", out JsonElement all) && all.ValueKind == JsonValueKind.Object)
            {
                foreach (JsonProperty one in all.EnumerateObject().Where(static p => p.Value.ValueKind == JsonValueKind.String))
                {
                    metadata[one.Name] = one.Value.GetString()!; // it is a text
                }
            }

            string name = pin.TryGetProperty("name", out JsonElement label) && label.ValueKind == JsonValueKind.String ? label.GetString()! : ""; // likewise
            return new PinSeen(cid.Exact, metadata, name);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
