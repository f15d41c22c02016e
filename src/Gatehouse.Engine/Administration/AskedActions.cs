using Gatehouse.Operations;

namespace Gatehouse.Engine.Administration;

/// <summary>
/// Actions that callers ask about. One that no catalogue of this node has may be asked for, but each takes memory for good,
/// so there is an end to it.
/// </summary>
internal sealed class AskedActions
{
    /// <summary>Actions unknown to this node that may be asked for from its start to its end.</summary>
    internal const int MaxUnknown = 1024;

    private int _unknown;

    /// <summary>What an answer says of an action that <see cref="Find"/> does not give.</summary>
    public static string Hint => "actions are 1 to 128 printable ASCII characters; too many unknown ones were asked for since the start";

    /// <summary>The action, or null where it is no word or too many were asked for.</summary>
    public SystemAction? Find(string system, string action)
    {
        if (SystemAction.Find(system, action) is { } known)
        {
            return known;
        }

        if (!IsWord(system) || !IsWord(action) || Interlocked.Increment(ref _unknown) > MaxUnknown)
        {
            return null;
        }

        return SystemAction.Mention(system, action);
    }

    private static bool IsWord(string text) => text.Length is > 0 and <= 128 && !text.AsSpan().ContainsAnyExceptInRange('!', '~');
}
