using System.Text;
using Gatehouse.Engine.Configuration.Cluster;

namespace Gatehouse.Engine.Configuration.Writing;

/// <summary>The <c>store</c> mapping: what differs from the defaults.</summary>
internal static class StoreText
{
    /// <summary>Appends it, with nothing where everything is as it is without.</summary>
    public static void Append(StringBuilder text, StoreConfiguration store)
    {
        string block = Block(store);
        if (block.Length > 0)
        {
            text.Append("\n# Where the state of the cluster lives.\n").Append(block);
        }
    }

    /// <summary>The mapping in lines, or nothing.</summary>
    public static string Block(StoreConfiguration store)
    {
        var plain = new StoreConfiguration();
        (string Key, string? Value)[] all =
        [
            ("kind", store.Kind == plain.Kind ? null : store.Kind),
            ("endpoints", store.Endpoints.IsEmpty ? null : "[" + string.Join(", ", store.Endpoints.Select(Quoted)) + "]"),
            ("prefix", store.Prefix == plain.Prefix ? null : ConfigurationText.Scalar(store.Prefix)),
            ("ca", Text(store.Ca)), ("certificate", Text(store.Certificate)), ("key", Text(store.Key)), ("user", Text(store.User)),
            ("password", store.Password is { } place ? Quoted(place.ToString()) : null),
            ("compaction", store.Compaction ? null : "false"),
            ("max_stale", store.MaxStale == plain.MaxStale ? null : Quantities.WriteDuration(store.MaxStale)),
        ];
        string lines = string.Concat(all.Where(static p => p.Value is not null).Select(static p => $"  {p.Key}: {p.Value}\n"));
        return lines.Length == 0 ? "" : "store:\n" + lines;
    }

    private static string? Text(string? value) => value is null ? null : ConfigurationText.Scalar(value);

    private static string Quoted(string value) => "'" + value.Replace("'", "''") + "'";
}
