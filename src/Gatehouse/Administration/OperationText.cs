using Gatehouse.Policy.Topics;

namespace Gatehouse.Administration;

/// <summary>
/// One operation in one line, as grants are written: <c>http:get:tenants/1/x</c>, or with a space before the name, which actions
/// with a colon need: <c>elasticsearch:index:read events-1</c>. Without a name the system as a whole is meant; <c>**</c> at the end
/// stands for every name that begins so, but in MQTT, where filters say that. What could be read two ways is refused.
/// </summary>
/// <param name="System">The system.</param>
/// <param name="Action">The action in that system's words; no pattern.</param>
/// <param name="Resource">The name or the beginning of names, null for the system as a whole.</param>
/// <param name="IsPrefix">Whether every name that begins so is meant.</param>
public sealed record OperationText(string System, string Action, string? Resource, bool IsPrefix)
{
    /// <summary>Longest line.</summary>
    public const int MaxLength = 8192;

    /// <summary>Reads a line; <paramref name="reason"/> says in lower case why not.</summary>
    public static bool TryParse(string text, out OperationText? operation, out string? reason)
    {
        operation = null;
        int colon = text.IndexOf(':');
        string rest = colon < 0 ? "" : text[(colon + 1)..];
        int space = rest.IndexOf(' ');
        int next = space < 0 ? rest.IndexOf(':') : space;
        string action = next < 0 ? rest : rest[..next];
        string? name = next < 0 ? null : rest[(next + 1)..];
        reason = text.Length > MaxLength ? $"it is longer than {MaxLength} characters"
            : colon < 1 || action.Length == 0 ? "write SYSTEM:ACTION:NAME"
            : space < 0 && next >= 0 && GrantText.HasColons(text[..colon]) ? $"actions of {text[..colon]} have a colon: write a space before the name"
            : text.AsSpan(0, colon).Contains('*') || action.AsSpan().ContainsAny('*', ',') ? "it is asked about one action, not about a pattern"
            : text[..colon].Any(IsOdd) || action.Any(IsOdd) ? "system and action are printable ASCII"
            : name?.Length == 0 ? "there is nothing behind the action"
            : null;
        if (reason is not null)
        {
            return false;
        }

        bool isPrefix = text[..colon] != MqttRights.System && name?.EndsWith("**", StringComparison.Ordinal) == true;
        operation = new OperationText(text[..colon], action, isPrefix ? name![..^2] : name, isPrefix);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        string name = Resource is null ? "" : Resource + (IsPrefix ? "**" : "");
        return Resource is null ? $"{System}:{Action}" : $"{System}:{Action}{(Action.Contains(':') || GrantText.HasColons(System) ? ' ' : ':')}{name}";
    }

    private static bool IsOdd(char c) => c is <= ' ' or > '~';
}
