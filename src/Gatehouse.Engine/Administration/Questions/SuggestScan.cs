using Gatehouse.Administration;
using Gatehouse.Audit;
using Gatehouse.Engine.Auditing.Scanning;
using Gatehouse.Operations;
using Gatehouse.Policy.Questions;

namespace Gatehouse.Engine.Administration.Questions;

/// <summary>
/// Gathers what one principal did. A user of another realm by the same name is somebody else: without that, who can choose a name in
/// some realm would write the role of another.
/// </summary>
internal sealed class SuggestScan(string realm, string name, string? gate, bool withDenied) : DecisionScan<object>
{
    /// <summary>Names remembered over all actions.</summary>
    private const int MaxNames = 200_000;

    private static readonly object Granted = new();
    private static readonly object Denied = new();
    private int _names;

    /// <summary>What was done, by action.</summary>
    public SortedDictionary<(string System, string Action), UsedNames> Used { get; } = [];

    /// <summary>Allowed requests.</summary>
    public long AllowedCount { get; private set; }

    /// <summary>Denied requests.</summary>
    public long DeniedCount { get; private set; }

    /// <summary>Whether there were more names than are remembered.</summary>
    public bool IsFull { get; private set; }

    protected override object? Look(AuditRecord record)
    {
        if (gate is not null && record.Gate != gate)
        {
            return null;
        }

        bool isDenied = record.Action == AuditAction.AccessDenied;
        bool isWanted = !isDenied || withDenied;
        (string Realm, string Name)? actor = RecordedIdentity.ActorOf(record);
        bool isActor = record.RunBy is not null && actor is { } who && IsMe(who.Realm, who.Name);
        if (isActor && isWanted && record.User is { } target)
        {
            Add(new AskedOperation(SystemAction.Intern(AdminEndpoint.System, "run-as"), AuditText.ToBytes(target), ResourceScope.Exact, false));
        }

        bool isUser = IsMe(record.Realm, record.User);
        if (isUser && isWanted && RecordedIdentity.TryOperations(record, out OperationSet operations))
        {
            foreach (AskedOperation asked in AskedOperation.Of(operations))
            {
                Add(asked);
            }
        }

        return isUser || isActor ? isDenied ? Denied : Granted : null;
    }

    protected override void Count(object kind, DecisionLine line)
    {
        AllowedCount += ReferenceEquals(kind, Granted) ? 1 : 0;
        DeniedCount += ReferenceEquals(kind, Denied) ? 1 : 0;
    }

    private bool IsMe(string? itsRealm, string? itsName) =>
        itsName == name && (itsRealm == realm || (itsRealm is not null && RecordedIdentity.IsNative(itsRealm) && RecordedIdentity.IsNative(realm)));

    private void Add(AskedOperation asked)
    {
        (string, string) action = (asked.Action.System, asked.Action.Name);
        if (!Used.TryGetValue(action, out UsedNames? names))
        {
            Used[action] = names = new UsedNames();
        }

        if (asked.IsWhole)
        {
            return;
        }

        string pattern = RoleQuestions.PatternFor(asked);
        if (_names >= MaxNames && !names.Patterns.Contains(pattern))
        {
            IsFull = true;
            return;
        }

        if (names.Patterns.Add(pattern))
        {
            _names++;
            names.Widened |= pattern != RoleQuestions.TextOf(asked);
        }
    }
}

/// <summary>The names that one action was used on.</summary>
internal sealed class UsedNames
{
    /// <summary>As patterns; none: on the system as a whole.</summary>
    public SortedSet<string> Patterns { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether a name could not be written literally.</summary>
    public bool Widened { get; set; }
}
