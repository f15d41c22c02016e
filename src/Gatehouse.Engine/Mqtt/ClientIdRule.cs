using System.Collections.Immutable;
using Gatehouse.Identity;

namespace Gatehouse.Engine.Mqtt;

/// <summary>
/// Which client ids a user may have: literals, <c>*</c> for any run of characters, <c>${username}</c>, <c>${cert.cn}</c> and the
/// realm's other attributes. No template: any.
/// </summary>
internal static class ClientIdRule
{
    /// <summary>Whether one of the templates fits.</summary>
    public static bool Allows(ImmutableArray<string> templates, string clientId, Principal principal)
    {
        if (templates.IsDefaultOrEmpty)
        {
            return true;
        }

        foreach (string template in templates)
        {
            if (TryFill(template, principal, out List<string?> parts) && Fits(parts, clientId))
            {
                return true;
            }
        }

        return false;
    }

    // Literals with null for each `*`; false where the user has not what a placeholder stands for.
    private static bool TryFill(string template, Principal principal, out List<string?> parts)
    {
        parts = [];
        int at = 0;
        var literal = new System.Text.StringBuilder();
        while (at < template.Length)
        {
            if (template[at] == '*')
            {
                parts.Add(literal.ToString());
                parts.Add(null);
                literal.Clear();
                at++;
            }
            else if (template[at] == '$' && at + 1 < template.Length && template[at + 1] == '{' && template.IndexOf('}', at) is > 0 and int close)
            {
                string name = template[(at + 2)..close];
                string? value = name == "username" ? principal.Name : principal.Attributes.GetValueOrDefault(name);
                if (string.IsNullOrEmpty(value))
                {
                    return false;
                }

                literal.Append(value);
                at = close + 1;
            }
            else
            {
                literal.Append(template[at++]);
            }
        }

        parts.Add(literal.ToString());
        return true;
    }

    // The first literal at the beginning, the last at the end, the others in order between: leftmost is enough.
    private static bool Fits(List<string?> parts, string clientId)
    {
        string first = parts[0]!;
        if (parts.Count == 1)
        {
            return string.Equals(first, clientId, StringComparison.Ordinal);
        }

        string last = parts[^1]!;
        if (clientId.Length < first.Length + last.Length
            || !clientId.StartsWith(first, StringComparison.Ordinal)
            || !clientId.EndsWith(last, StringComparison.Ordinal))
        {
            return false;
        }

        int at = first.Length;
        int end = clientId.Length - last.Length;
        for (int i = 2; i < parts.Count - 1; i += 2)
        {
            int found = clientId.AsSpan(at, end - at).IndexOf(parts[i], StringComparison.Ordinal);
            if (found < 0)
            {
                return false;
            }

            at += found + parts[i]!.Length;
        }

        return true;
    }
}
