using System.Collections.Frozen;
using Gatehouse.Problems;

namespace Gatehouse.Audit;

/// <summary>An audit policy, compiled: says of an event whether it is recorded. Immutable; asking allocates nothing.</summary>
public sealed class AuditPolicy
{
    private readonly FrozenDictionary<string, Place> _gates;
    private readonly Place _everywhere;

    internal AuditPolicy(Place everywhere, FrozenDictionary<string, Place> gates)
    {
        _everywhere = everywhere;
        _gates = gates;
    }

    /// <summary>Records everything.</summary>
    public static AuditPolicy Everything { get; } = new(
        new Place(null, AuditLevels.FullMask, hasOwnEvents: false, null, null), FrozenDictionary<string, Place>.Empty);

    /// <summary>Compiles a policy; null with at least one problem where it must not come into force.</summary>
    public static AuditPolicy? Compile(AuditPolicyDocument document, ICollection<Problem> problems) =>
        new AuditPolicyCompiler(problems).Compile(document);

    /// <summary>Whether an event is recorded.</summary>
    public bool Records(in AuditSubject subject) => Decide(subject).IsRecorded;

    /// <summary>The same, with the rule that decides it.</summary>
    public AuditVerdict Decide(in AuditSubject subject)
    {
        if (AuditLevels.IsAlwaysRecorded(subject.Action, subject.Gate))
        {
            return new AuditVerdict(true, AuditRule.Always);
        }

        Place place = subject.Gate is not null && _gates.TryGetValue(subject.Gate, out Place? own) ? own : _everywhere;
        if ((place.Events & AuditLevels.BitOf(subject.Action)) == 0)
        {
            return new AuditVerdict(false, AuditRule.NotIncluded, place.HasOwnEvents ? place.Gate : null);
        }

        if (place.Ignore?.Match(subject) is { } policy)
        {
            return new AuditVerdict(false, AuditRule.Ignored, null, policy);
        }

        return place.OwnIgnore?.Match(subject) is { } ownPolicy
            ? new AuditVerdict(false, AuditRule.Ignored, place.Gate, ownPolicy)
            : new AuditVerdict(true, AuditRule.Included, place.HasOwnEvents ? place.Gate : null);
    }

    /// <summary>What holds at one gate, or at all others.</summary>
    internal sealed class Place(string? gate, uint events, bool hasOwnEvents, IgnoreSet? ignore, IgnoreSet? ownIgnore)
    {
        /// <summary>The gate, or null.</summary>
        public string? Gate { get; } = gate;

        /// <summary>The events recorded, as bits.</summary>
        public uint Events { get; } = events;

        /// <summary>Whether the gate's own rules say which events.</summary>
        public bool HasOwnEvents { get; } = hasOwnEvents;

        /// <summary>Ignore policies of every gate.</summary>
        public IgnoreSet? Ignore { get; } = ignore;

        /// <summary>Ignore policies of this gate alone.</summary>
        public IgnoreSet? OwnIgnore { get; } = ownIgnore;
    }
}
