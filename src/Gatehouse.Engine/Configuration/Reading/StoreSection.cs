using Gatehouse.Engine.Configuration.Cluster;
using Gatehouse.Engine.Configuration.Yaml;
using Gatehouse.Problems.Cluster;

namespace Gatehouse.Engine.Configuration.Reading;

/// <summary>The <c>store</c> mapping.</summary>
internal static class StoreSection
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    public static Section<StoreConfiguration> Keys { get; } = new(
        "`store`",
        new Key<StoreConfiguration>("kind", static (r, n, c) => c with { Kind = r.Word(n, StoreConfiguration.Kinds, "kind of store") }),
        new Key<StoreConfiguration>("endpoints", static (r, n, c) => c with { Endpoints = r.List(n, Endpoint) }),
        new Key<StoreConfiguration>("prefix", static (r, n, c) => c with { Prefix = Prefix(r, n) }),
        new Key<StoreConfiguration>("ca", static (r, n, c) => c with { Ca = r.Text(n) }),
        new Key<StoreConfiguration>("certificate", static (r, n, c) => c with { Certificate = r.Text(n) }),
        new Key<StoreConfiguration>("key", static (r, n, c) => c with { Key = r.Text(n) }),
        new Key<StoreConfiguration>("user", static (r, n, c) => c with { User = r.Text(n) }),
        new Key<StoreConfiguration>("password", static (r, n, c) => c with { Password = SecretPlace.Read(r, n) ?? SecretReference.Unread }),
        new Key<StoreConfiguration>("compaction", static (r, n, c) => c with { Compaction = r.Boolean(n) }),
        new Key<StoreConfiguration>("max_stale", static (r, n, c) => c with { MaxStale = r.Duration(n, Minute, 365 * 24 * 60 * Minute) }));

    private static string Endpoint(Reading reading, YamlNode node)
    {
        string text = reading.Text(node);
        if (text.Length > 0 && !StoreConfiguration.TryParseEndpoint(text, out _))
        {
            // A password may stand in it: the text is not shown.
            reading.Report(StoreConfigurationProblems.Endpoint, "the value is no client URL of etcd", node, "https://HOST:2379, without user, path or query");
            return "";
        }

        return text;
    }

    private static string Prefix(Reading reading, YamlNode node)
    {
        string text = reading.Text(node);
        if (text.Length > 0 && !StoreConfiguration.IsPrefix(text))
        {
            reading.Report(
                StoreConfigurationProblems.Settings, $"{Reading.Shown(text)} cannot begin keys", node, "1 to 128 letters, digits and `. _ - /`, the slash inside only");
        }

        return text;
    }
}
