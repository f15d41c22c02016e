using System.Text;
using Gatehouse.Operations;
using Gatehouse.Protocols.Elasticsearch;

namespace Gatehouse.Engine.Elasticsearch;

/// <summary>Index expressions as they are decided.</summary>
internal static class AskedNames
{
    /// <summary>
    /// Adds one. Date math may become any name that begins as it does, a restricted one too, so all of these are asked for: a <c>*</c>
    /// in a decision stands only for what a narrowing has fenced in.
    /// </summary>
    public static void Add(OperationSet into, string expression)
    {
        string covered = IndexLists.Cover(expression);
        if (ReferenceEquals(covered, expression))
        {
            into.AddResource(Encoding.UTF8.GetBytes(expression));
            return;
        }

        int wildcard = covered.IndexOf('*', StringComparison.Ordinal);
        if (wildcard < 0)
        {
            into.AddResource(Encoding.UTF8.GetBytes(covered));
        }
        else
        {
            into.AddPrefix(Encoding.UTF8.GetBytes(covered[..wildcard]));
        }
    }
}
