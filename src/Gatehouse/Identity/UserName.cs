using System.Buffers;

namespace Gatehouse.Identity;

/// <summary>
/// The form of user and role names: 1 to 128 of ASCII letters, digits and <c>-_.@</c>, not beginning with <c>-</c>.
/// ASCII only, so that no two names look alike; names are compared byte for byte.
/// </summary>
public static class UserName
{
    /// <summary>Longest name.</summary>
    public const int MaxLength = 128;

    private static readonly SearchValues<char> Allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.@");

    // Names that read like our own identities or like "everybody", in any spelling of upper and lower case.
    private static readonly string[] Reserved = ["kernel", "anonymous", "nobody", "everyone", "_all", "gatehouse", "system"];

    /// <summary>Whether it may name a user or role; <paramref name="reason"/> says why not, in lower case.</summary>
    public static bool IsValid(string name, out string? reason)
    {
        reason = name switch
        {
            "" => "it is empty",
            { Length: > MaxLength } => $"it is longer than {MaxLength} characters",
            _ when name.AsSpan().ContainsAnyExcept(Allowed) => "only ASCII letters, digits and `-_.@` may stand in it",
            ['-', ..] => "it begins with `-`",
            "." or ".." => "it is a path, not a name",
            _ when Reserved.Contains(name, StringComparer.OrdinalIgnoreCase) => "it is reserved",
            _ => null,
        };
        return reason is null;
    }
}
