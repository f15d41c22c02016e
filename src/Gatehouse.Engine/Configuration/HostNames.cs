namespace Gatehouse.Engine.Configuration;

/// <summary>Host names as RFC 1123 section 2.1 has them.</summary>
internal static class HostNames
{
    /// <summary>Whether it is a host name: labels of letters, digits and inner hyphens, at most 253 characters.</summary>
    public static bool IsName(string text) =>
        text.Length is > 0 and <= 253 && text.Split('.').All(static label =>
            label.Length is > 0 and <= 63 && label[0] != '-' && label[^1] != '-'
            && label.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-'));
}
