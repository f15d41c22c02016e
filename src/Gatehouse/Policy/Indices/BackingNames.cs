using System.Text;

namespace Gatehouse.Policy.Indices;

/// <summary>
/// Names by which a decision takes an index for a part of a data stream. A decision sees the name alone, and anybody who may create
/// indices can have one called so: whoever can ask the cluster does, before it lets a stream's grant count for it.
/// </summary>
public static class BackingNames
{
    /// <summary>The stream that a name says its index belongs to, or null: <c>.ds-STREAM-yyyy.MM.dd-NNNNNN</c>, <c>.fs-</c> for failures.</summary>
    public static string? StreamOf(string name)
    {
        if (!name.StartsWith(".ds-", StringComparison.Ordinal) && !name.StartsWith(".fs-", StringComparison.Ordinal))
        {
            return null;
        }

        ReadOnlySpan<byte> stream = IndexName.StreamOf(IndexName.WithoutSelector(Encoding.UTF8.GetBytes(name)));
        return stream.IsEmpty ? null : Encoding.UTF8.GetString(stream);
    }

    /// <summary>The name without <c>::data</c> or <c>::failures</c>.</summary>
    public static string WithoutSelector(string name) =>
        name.Contains(':', StringComparison.Ordinal) ? Encoding.UTF8.GetString(IndexName.WithoutSelector(Encoding.UTF8.GetBytes(name))) : name;
}
