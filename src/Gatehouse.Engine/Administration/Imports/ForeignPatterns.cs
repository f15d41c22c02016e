using System.Diagnostics.CodeAnalysis;

namespace Gatehouse.Engine.Administration.Imports;

/// <summary>Index patterns of other systems in our words.</summary>
internal static class ForeignPatterns
{
    private const string Internal = "attr.internal.";

    private static readonly string[] Attributes = ["attr.ldap.", "attr.jwt.", "attr.proxy.", "_user.metadata.", "user.attrs."];
    private static readonly string[] Names = ["user.name", "user_name", "_user.username", "username"];

    /// <summary>A pattern with our placeholders; false with the reason where it has none.</summary>
    public static bool TryRead(string text, [NotNullWhen(true)] out string? pattern, [NotNullWhen(false)] out string? why)
    {
        pattern = why = null;
        if (text.Length > 1 && text[0] == '/' && text[^1] == '/')
        {
            why = $"`{text}` is a regular expression";
            return false;
        }

        var written = new System.Text.StringBuilder();
        for (int at = 0; at < text.Length;)
        {
            string? end = text.AsSpan(at).StartsWith("${") ? "}" : text.AsSpan(at).StartsWith("{{") ? "}}" : null;
            if (end is null)
            {
                written.Append(text[at++]);
                continue;
            }

            int close = text.IndexOf(end, at + 2, StringComparison.Ordinal);
            string? slot = close < 0 ? null : Slot(text[(at + 2)..close].Trim());
            if (slot is null)
            {
                why = $"`{text}` has a placeholder that stands for nothing here";
                return false;
            }

            written.Append("${").Append(slot).Append('}');
            at = close + end.Length;
        }

        pattern = written.ToString();
        return true;
    }

    private static string? Slot(string name)
    {
        if (Names.Contains(name))
        {
            return "username";
        }

        // Attributes of their internal users are not taken over.
        string? attribute = name.StartsWith(Internal, StringComparison.Ordinal)
            ? null
            : Attributes.FirstOrDefault(prefix => name.StartsWith(prefix, StringComparison.Ordinal)) is { } known ? name[known.Length..] : null;
        return attribute is { Length: > 0 and <= 64 } && attribute.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_') ? attribute : null;
    }
}
