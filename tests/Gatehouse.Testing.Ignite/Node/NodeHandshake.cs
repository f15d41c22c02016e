using Gatehouse.Testing.Ignite.Wire;

namespace Gatehouse.Testing.Ignite.Node;

/// <summary>What a client said first, and what the node answers.</summary>
internal sealed record NodeHandshake(RecordedHandshake Record, FeatureSet Mutual, byte[] Answer)
{
    private const string Executor = "compute-executor-id";

    public static NodeHandshake Read(byte[] payload, StandInNode node)
    {
        var reader = new PackReader(payload);
        (int Major, int Minor, int Patch) version = (reader.Int(), reader.Int(), reader.Int());
        reader.Int();
        var features = FeatureSet.Parse(reader.Bin());
        var pairs = new List<(string Key, string Value)>();
        var last = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        for (int left = reader.Int(); left > 0; left--)
        {
            string key = reader.Text();
            if (key.StartsWith("authn-", StringComparison.OrdinalIgnoreCase) || key.Equals(Executor, StringComparison.OrdinalIgnoreCase))
            {
                pairs.Add((key, last[key] = reader.Text()));
            }
            else
            {
                // The node passes over a value of any type behind a key that it doesn't know.
                pairs.Add((key, ""));
                reader.Skip();
            }
        }

        FeatureSet offered = Offered(features, node);
        var record = new RecordedHandshake(payload, features, pairs, null, last.ContainsKey(Executor));
        try
        {
            string user = version == (3, 0, 0)
                ? Admit(last, node)
                : throw new NodeErrorException(NodeErrorException.Client, 2, $"Unsupported version: {version.Major}.{version.Minor}.{version.Patch}");
            return new NodeHandshake(record with { User = user }, features & offered, Welcome(node, offered));
        }
        catch (NodeErrorException error)
        {
            PackWriter w = new PackWriter().Int(3).Int(0).Int(0);
            error.WriteTo(w);
            return new NodeHandshake(record, default, w.ToArray());
        }
    }

    /// <summary>All that the server has, less the bits of direct mapping where those are not all mutual.</summary>
    private static FeatureSet Offered(FeatureSet client, StandInNode node)
    {
        FeatureSet own = node.Options.Features ?? node.Options.Version.Offers();
        return (own & client & FeatureSet.DirectMapping) == FeatureSet.DirectMapping ? own : own.Except(FeatureSet.DirectMapping);
    }

    private static string Admit(Dictionary<string, string> extensions, StandInNode node)
    {
        if (extensions.ContainsKey(Executor))
        {
            return "(executor)";
        }

        if (node.Users is not { } users)
        {
            return "unknown";
        }

        if (extensions.TryGetValue("authn-type", out string? type) && !type.Equals("basic", StringComparison.OrdinalIgnoreCase))
        {
            throw new NodeErrorException(NodeErrorException.Authentication, 1, $"Unsupported authentication type: {type}");
        }

        string name = extensions.GetValueOrDefault("authn-identity", "");
        string? known = type is null ? null : users.Keys.FirstOrDefault(u => u.Equals(name, StringComparison.OrdinalIgnoreCase));
        return known is not null && users[known] == extensions.GetValueOrDefault("authn-secret")
            ? known
            : throw new NodeErrorException(NodeErrorException.Authentication, 2, "Authentication failed", "org.apache.ignite.security.exception.InvalidCredentialsException");
    }

    private static byte[] Welcome(StandInNode node, FeatureSet offered)
    {
        PackWriter w = new PackWriter().Int(3).Int(0).Int(0).Nil().Int((long)node.Options.IdleTimeout.TotalMilliseconds)
            .Uuid(node.NodeId).Text(node.Options.NodeName).Int(1).Uuid(node.ClusterId).Text(node.Options.ClusterName).Int(node.Timestamp);
        return node.Options.Version.WriteTo(w).Bin(offered.ToBytes()).Int(0).ToArray();
    }
}
