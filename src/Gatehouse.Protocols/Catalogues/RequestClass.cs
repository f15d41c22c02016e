namespace Gatehouse.Protocols.Catalogues;

/// <summary>What a request needs.</summary>
public enum RequestOutcome : byte
{
    /// <summary>Every operation must be allowed.</summary>
    Operations = 0,

    /// <summary>Every authenticated principal may.</summary>
    Authenticated,

    /// <summary>Only who made the handle that it names (scroll, point in time, async search, cursor), and the operations too.</summary>
    Owner,

    /// <summary>Nobody may: it cannot be read in one way only.</summary>
    Refused,
}

/// <summary>An action with its index expressions.</summary>
/// <param name="Action">The action in the words of the system, such as <c>kv.put</c> or <c>index:read</c>.</param>
/// <param name="Resources">Names as the caller meant them, decoded once; <c>*</c> is all of them, a name that ends with it all that begin so.</param>
public sealed record RequestOperation(string Action, IReadOnlyList<string> Resources);

/// <summary>A request, classified.</summary>
/// <param name="Outcome">What it needs.</param>
/// <param name="Operations">The operations, in the order found; none where it is refused.</param>
/// <param name="Refusal">Where it is refused, a word that never changes, such as <c>unknown_parameter</c>; else null.</param>
public sealed record RequestClass(RequestOutcome Outcome, IReadOnlyList<RequestOperation> Operations, string? Refusal)
{
    internal static RequestClass Refused(string word) => new(RequestOutcome.Refused, [], word);
}
