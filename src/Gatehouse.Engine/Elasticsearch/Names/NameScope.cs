using System.Text;
using Gatehouse.Operations;
using Gatehouse.Policy;
using Gatehouse.Policy.Indices;

namespace Gatehouse.Engine.Elasticsearch.Names;

/// <summary>Which names one caller may know of: those of which some grant lets him read, write or look at anything. One object a request.</summary>
/// <param name="policy">The policy of the request.</param>
/// <param name="context">Who asks.</param>
/// <param name="sent">Names that he wrote himself: there is nothing to hide about them.</param>
internal sealed class NameScope(CompiledPolicy policy, AuthorizationContext context, IEnumerable<string> sent)
{
    private static readonly SystemAction Looking = SystemAction.Intern(Privileges.System, "index:view_index_metadata");

    private static readonly SystemAction[] Actions =
    [
        Looking, SystemAction.Intern(Privileges.System, "index:read"), SystemAction.Intern(Privileges.System, "index:monitor"),
        SystemAction.Intern(Privileges.System, "index:create_doc"), SystemAction.Intern(Privileges.System, "index:delete"),
    ];

    private readonly OperationSet _asked = new();
    private readonly Dictionary<string, bool> _seen = sent.Distinct(StringComparer.Ordinal).ToDictionary(static n => n, static _ => true, StringComparer.Ordinal);
    private bool? _seesAll;

    /// <summary>Whether no name is hidden from him, restricted ones neither.</summary>
    public bool SeesAll => _seesAll ??= Allows(Looking, default, isPrefix: true);

    /// <summary>Whether he may know of a name.</summary>
    public bool MaySee(string name)
    {
        if (!_seen.TryGetValue(name, out bool may))
        {
            byte[] utf8 = Encoding.UTF8.GetBytes(name);
            may = utf8.Length > 0 && Array.Exists(Actions, action => Allows(action, utf8, isPrefix: false));
            _seen.Add(name, may);
        }

        return may;
    }

    private bool Allows(SystemAction action, ReadOnlyMemory<byte> name, bool isPrefix)
    {
        _asked.Clear();
        _asked.Begin(action);
        if (isPrefix)
        {
            _asked.AddPrefix(name.Span);
        }
        else
        {
            _asked.AddResource(name.Span);
        }

        return Authorizer.Decide(policy, context, _asked).IsAllowed;
    }
}
