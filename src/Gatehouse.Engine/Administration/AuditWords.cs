using System.Text.Json;
using Gatehouse.Audit;

namespace Gatehouse.Engine.Administration;

/// <summary>Actions and outcomes as the trail writes them.</summary>
internal static class AuditWords
{
    private static readonly Dictionary<string, AuditAction> ActionsByWord = Enum.GetValues<AuditAction>()
        .Where(static action => action != AuditAction.None)
        .ToDictionary(static action => JsonNamingPolicy.SnakeCaseLower.ConvertName(action.ToString()), StringComparer.Ordinal);

    private static readonly Dictionary<string, AuditOutcome> OutcomesByWord = Enum.GetValues<AuditOutcome>()
        .ToDictionary(static outcome => JsonNamingPolicy.SnakeCaseLower.ConvertName(outcome.ToString()), StringComparer.Ordinal);

    /// <summary>All action words.</summary>
    public static IEnumerable<string> Actions => ActionsByWord.Keys;

    /// <summary>Reads an action.</summary>
    public static bool TryAction(string word, out AuditAction action) => ActionsByWord.TryGetValue(word, out action);

    /// <summary>Reads an outcome.</summary>
    public static bool TryOutcome(string word, out AuditOutcome outcome) => OutcomesByWord.TryGetValue(word, out outcome);
}
