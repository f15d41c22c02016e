using System.Text;
using Gatehouse.Operations;
using Gatehouse.Policy.Names;
using Gatehouse.Protocols.Ignite.Sql;

namespace Gatehouse.Engine.Ignite;

/// <summary>
/// What all statements of a request want together, each name once: a batch of a hundred thousand inserts wants one right. Owned by one
/// flow of control.
/// </summary>
internal sealed class SqlWants
{
    // More different names than any program asks about at once.
    private const int MostNames = 4096;

    private static readonly SystemAction[] Actions =
    [
        IgniteRights.TxUse, IgniteRights.SqlKill, IgniteRights.SqlWrite, IgniteRights.SqlDdl, IgniteRights.SqlDdlZone, IgniteRights.SystemRead,
        IgniteRights.SqlRead,
    ];

    private readonly SortedSet<string>?[] _exact = new SortedSet<string>?[Actions.Length];
    private readonly SortedSet<string> _schemas = new(StringComparer.Ordinal);
    private int _names;

    /// <summary>Whether more is named than one request may name.</summary>
    public bool IsFull => _names > MostNames;

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        Array.Clear(_exact);
        _schemas.Clear();
        _names = 0;
    }

    /// <summary>Adds what a statement wants; false where that is nothing, or too much.</summary>
    public bool TryAdd(SqlStatement statement)
    {
        bool isAny = statement.Kind switch
        {
            SqlKind.TxControl => Add(IgniteRights.TxUse),
            SqlKind.Kill => Add(IgniteRights.SqlKill),

            // A query that names no table still is one.
            SqlKind.Query when statement.SystemViews.IsEmpty => Add(IgniteRights.SqlRead),
            _ => false,
        };
        isAny |= Add(IgniteRights.SqlWrite, statement.Writes);
        isAny |= Add(IgniteRights.SqlDdl, statement.Defines);
        isAny |= Add(IgniteRights.SqlDdlZone, statement.Zones);
        isAny |= Add(IgniteRights.SystemRead, statement.SystemViews);
        isAny |= Add(IgniteRights.SqlRead, statement.Reads);
        foreach (string schema in statement.Schemas)
        {
            isAny = true;
            _names += _schemas.Add(schema + ".") ? 1 : 0;
        }

        return isAny && !IsFull;
    }

    /// <summary>Writes all of it as operations.</summary>
    public void WriteTo(OperationSet operations)
    {
        for (int i = 0; i < Actions.Length; i++)
        {
            bool hasSchemas = ReferenceEquals(Actions[i], IgniteRights.SqlDdl) && _schemas.Count > 0;
            if (_exact[i] is null && !hasSchemas)
            {
                continue;
            }

            operations.Begin(Actions[i]);
            foreach (string name in _exact[i] ?? [])
            {
                operations.AddResource(Encoding.UTF8.GetBytes(name));
            }

            foreach (string prefix in hasSchemas ? _schemas : [])
            {
                operations.AddPrefix(Encoding.UTF8.GetBytes(prefix));
            }
        }
    }

    // Without a name too: with names of other statements the operation is about those, which is more than any of it.
    private bool Add(SystemAction action, IReadOnlyCollection<string>? names = null)
    {
        if (names is { Count: 0 })
        {
            return false;
        }

        SortedSet<string> all = _exact[Array.IndexOf(Actions, action)] ??= new SortedSet<string>(StringComparer.Ordinal);
        foreach (string name in names ?? [])
        {
            _names += all.Add(name) ? 1 : 0;
        }

        return true;
    }
}
