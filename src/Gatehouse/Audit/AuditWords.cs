namespace Gatehouse.Audit;

/// <summary>The words that stand in records for actions and outcomes. Frozen.</summary>
public static class AuditWords
{
    private static readonly string[] Actions =
    [
        "none", "access_granted", "access_denied", "authentication_failed", "anonymous_access_denied", "tampered_request",
        "connection_denied", "connection_granted", "connection_cut", "tls_failed", "security_config_change", "trail_recovered",
        "node_started", "node_stopped", "alarm", "access_decided", "limit_reached", "segment_started", "checkpoint", "trail_pruned",
    ];

    private static readonly string[] Outcomes = ["unknown", "success", "failure"];

    /// <summary>What follows the time in a record, for each action and outcome: one copy on the hot path.</summary>
    private static readonly byte[][] Heads = MakeHeads();

    /// <summary>The word of an action: <c>access_granted</c>.</summary>
    public static string Of(AuditAction action) => Actions[(int)action];

    /// <summary>The word of an outcome: <c>success</c>.</summary>
    public static string Of(AuditOutcome outcome) => Outcomes[(int)outcome];

    /// <summary>The action of a word; false for an unknown one.</summary>
    public static bool TryParse(string word, out AuditAction action)
    {
        int index = Array.IndexOf(Actions, word);
        action = index > 0 ? (AuditAction)index : AuditAction.None;
        return index > 0;
    }

    /// <summary>The outcome of a word; false for an unknown one.</summary>
    public static bool TryParse(string word, out AuditOutcome outcome)
    {
        int index = Array.IndexOf(Outcomes, word);
        outcome = index > 0 ? (AuditOutcome)index : AuditOutcome.Unknown;
        return index >= 0;
    }

    internal static ReadOnlySpan<byte> Head(AuditAction action, AuditOutcome outcome) =>
        Heads[((int)action * Outcomes.Length) + (int)outcome];

    private static byte[][] MakeHeads()
    {
        var heads = new byte[Actions.Length * Outcomes.Length][];
        for (int i = 0; i < heads.Length; i++)
        {
            string text = $"\",\"event.action\":\"{Actions[i / Outcomes.Length]}\",\"event.outcome\":\"{Outcomes[i % Outcomes.Length]}\"";
            heads[i] = System.Text.Encoding.ASCII.GetBytes(text);
        }

        return heads;
    }
}
