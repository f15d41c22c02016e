using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;
using Gatehouse.Engine.Tokens;
using Gatehouse.Identity;

namespace Gatehouse.Engine.Realms.Tokens;

/// <summary>Makes the principal of claims that are believed.</summary>
internal sealed class TokenIdentity
{
    /// <summary>What names of attributes begin with; a JSON pointer follows: <c>claim./realm_access/tier</c>.</summary>
    public const string Prefix = "claim.";

    private const int MaxAttributes = 256;
    private readonly string _realm;
    private readonly ClaimPointer _name;
    private readonly ClaimPointer? _groups;
    private readonly (ClaimPointer Pointer, string Value)[] _required;

    /// <param name="realm">The realm's name.</param>
    /// <param name="settings">Its settings; checked before.</param>
    public TokenIdentity(string realm, TokenSettings settings)
    {
        _realm = realm;
        _name = Parse(settings.NameClaim);
        _groups = settings.GroupsClaim is { } groups ? Parse(groups) : null;
        _required = [.. settings.Require.Select(static pair => (Parse(pair.Key), pair.Value))];
    }

    /// <summary>The principal; null with the reason.</summary>
    public Principal? Make(JsonElement claims, out string reason)
    {
        reason = TokenReasons.Claim;
        foreach ((ClaimPointer pointer, string value) in _required)
        {
            if (!pointer.TryFind(claims, out JsonElement found) || !string.Equals(ClaimPointer.Scalar(found), value, StringComparison.Ordinal))
            {
                return null;
            }
        }

        reason = TokenReasons.Name;
        if (!_name.TryFind(claims, out JsonElement name) || name.ValueKind != JsonValueKind.String
            || name.GetString() is not { } text || !ForeignText.IsName(text))
        {
            return null;
        }

        reason = TokenReasons.Groups;
        if (!TryGroups(claims, out ImmutableArray<string> groups))
        {
            return null;
        }

        reason = TokenReasons.TooMany;
        Dictionary<string, string> attributes = new(StringComparer.Ordinal);
        return TryAttributes(claims, Prefix, attributes)
            ? new Principal(text, _realm, groups, attributes.ToFrozenDictionary(StringComparer.Ordinal))
            : null;
    }

    private static ClaimPointer Parse(string pointer) =>
        ClaimPointer.Parse(pointer) ?? throw new ArgumentException("not a JSON pointer", nameof(pointer));

    // No such claim is no group; one that cannot be read is no login, since a group may also take rights away.
    private bool TryGroups(JsonElement claims, out ImmutableArray<string> groups)
    {
        groups = [];
        if (_groups is null || !_groups.TryFind(claims, out JsonElement found) || found.ValueKind == JsonValueKind.Null)
        {
            return true;
        }

        ImmutableArray<string>.Builder list = ImmutableArray.CreateBuilder<string>();
        foreach (JsonElement element in found.ValueKind == JsonValueKind.Array ? [.. found.EnumerateArray()] : (JsonElement[])[found])
        {
            if (element.ValueKind != JsonValueKind.String || element.GetString() is not { } group || !ForeignText.IsValue(group))
            {
                return false;
            }

            list.Add(group);
        }

        groups = list.ToImmutable();
        return true;
    }

    // Scalars, in objects within objects too, by their pointers. A text that nobody can see is no attribute; too many are no token.
    private static bool TryAttributes(JsonElement claims, string path, Dictionary<string, string> found)
    {
        foreach (JsonProperty claim in claims.EnumerateObject())
        {
            string pointer = $"{path}/{claim.Name.Replace("~", "~0").Replace("/", "~1")}";
            if (claim.Value.ValueKind == JsonValueKind.Object)
            {
                if (!TryAttributes(claim.Value, pointer, found))
                {
                    return false;
                }
            }
            else if (ClaimPointer.Scalar(claim.Value) is { } text && ForeignText.IsValue(text) && pointer.Length <= ForeignText.MaxValue)
            {
                found[pointer] = text;
            }
        }

        return found.Count <= MaxAttributes;
    }
}
