using Gatehouse.Protocols.Catalogues;

namespace Gatehouse.Protocols.Elasticsearch;

/// <summary>Lists of index expressions for those who decide on them and put others in their place.</summary>
public static class IndexLists
{
    /// <summary>Adds what a list asks of an action; false where one of its expressions cannot be a name.</summary>
    /// <param name="action">The action, such as <c>index:read</c>.</param>
    /// <param name="list">The list, decoded.</param>
    /// <param name="operations">What it asks: with <c>::failures</c> of another action.</param>
    public static bool TryRead(string action, string list, out IReadOnlyList<RequestOperation> operations)
    {
        var found = new OperationList();
        bool isFine = IndexExpressions.TryRead(list, action, found);
        operations = isFine ? found.With(new OperationList()) : [];
        return isFine;
    }

    /// <summary>
    /// The expression that covers every name that one can become: date math may become anything between its literal parts, for
    /// its format can spell any name (Elasticsearch, date math in index names).
    /// </summary>
    public static string Cover(string expression)
    {
        if (!expression.StartsWith('<') || !expression.EndsWith('>'))
        {
            return expression;
        }

        int open = expression.IndexOf('{', StringComparison.Ordinal);
        string prefix = open < 0 ? expression[1..^1] : expression[1..open];
        return prefix.Contains('\\', StringComparison.Ordinal) ? "*" : open < 0 ? prefix : prefix + "*";
    }

    /// <summary>Whether an expression can mean more than one name.</summary>
    public static bool IsWide(string expression) => expression.Contains('*', StringComparison.Ordinal) || expression is "_all" or "";
}
