using System.Collections.Immutable;

namespace Gatehouse.Audit;

/// <summary>The events that a policy can name, the words for lists of them, and what no policy can keep out of the trail. Frozen.</summary>
public static class AuditLevels
{
    /// <summary>Decisions against somebody.</summary>
    public const string Minimal = "minimal";

    /// <summary>These, what was granted, and refused connections: Elasticsearch's default.</summary>
    public const string Standard = "standard";

    /// <summary>Everything; the default.</summary>
    public const string Full = "full";

    /// <summary>In a list: every event that a policy can name.</summary>
    public const string AllEvents = "_all";

    /// <summary>The gate name of the admin API.</summary>
    public const string AdminGate = "admin";

    private static readonly AuditAction[] MinimalEvents =
    [
        AuditAction.AccessDenied, AuditAction.AuthenticationFailed, AuditAction.AnonymousAccessDenied, AuditAction.TamperedRequest,
        AuditAction.LimitReached, AuditAction.ConnectionCut,
    ];

    private static readonly AuditAction[] StandardEvents = [.. MinimalEvents, AuditAction.AccessGranted, AuditAction.ConnectionDenied];

    private static readonly AuditAction[] FullEvents = [.. StandardEvents, AuditAction.ConnectionGranted, AuditAction.TlsFailed];

    // All that a connection to the admin API leaves before anybody asked for anything there, and calls that only read.
    private static readonly uint NotAdministrative = MaskOf(
        [AuditAction.AccessGranted, AuditAction.ConnectionDenied, AuditAction.ConnectionGranted, AuditAction.ConnectionCut, AuditAction.TlsFailed]);

    /// <summary>Events that a policy can name; all others are always recorded.</summary>
    public static ImmutableArray<AuditAction> Nameable { get; } = [.. FullEvents.Order()];

    /// <summary>The words of the levels, from little to everything.</summary>
    public static ImmutableArray<string> Words { get; } = [Minimal, Standard, Full];

    /// <summary>Every event that a policy can name, as bits.</summary>
    internal static uint FullMask { get; } = MaskOf(FullEvents);

    /// <summary>The events of a level; empty for an unknown word.</summary>
    public static ImmutableArray<AuditAction> EventsOf(string level) => level switch
    {
        Minimal => [.. MinimalEvents],
        Standard => [.. StandardEvents],
        Full => [.. FullEvents],
        _ => [],
    };

    /// <summary>
    /// Whether no policy can keep an event out of the trail: everything that is no decision about a client (changes of the
    /// configuration, the trail's own records, start and stop, alarms), and on the admin API whatever was refused there.
    /// A granted call there that changes something holds a slot, and what holds a slot is recorded.
    /// </summary>
    public static bool IsAlwaysRecorded(AuditAction action, string? gate)
    {
        uint bit = BitOf(action);
        return (bit & FullMask) == 0 || (gate == AdminGate && (bit & NotAdministrative) == 0);
    }

    /// <summary>The bit of an event. The decision that <c>strict</c> writes beforehand goes with the record of the outcome.</summary>
    internal static uint BitOf(AuditAction action)
    {
        int number = (int)(action == AuditAction.AccessDecided ? AuditAction.AccessGranted : action);
        return number < 32 ? 1u << number : 0;
    }

    internal static uint MaskOf(IEnumerable<AuditAction> actions) => actions.Aggregate(0u, static (mask, action) => mask | BitOf(action));
}
