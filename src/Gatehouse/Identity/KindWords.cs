using System.Text.Json;

namespace Gatehouse.Identity;

/// <summary>Kinds of realms as people write them: <c>active-directory</c>.</summary>
public static class KindWords
{
    /// <summary>The word of a kind.</summary>
    public static string Of(RealmKind kind) => JsonNamingPolicy.KebabCaseLower.ConvertName(kind.ToString());
}
