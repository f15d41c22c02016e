namespace Gatehouse.Doctor.Elastic;

/// <summary>Addresses as clients of nodes have them: <c>https://user@host:9200/path</c>, <c>host:9200</c>.</summary>
internal static class Addresses
{
    /// <summary>Host of an address.</summary>
    public static string HostOf(string address)
    {
        int scheme = address.IndexOf("://", StringComparison.Ordinal);
        string rest = (scheme >= 0 ? address[(scheme + 3)..] : address).Split('/')[0];
        rest = rest[(rest.LastIndexOf('@') + 1)..];
        return rest.StartsWith('[') ? rest[1..].Split(']')[0] : rest.Split(':')[0];
    }

    /// <summary>Whether a password stands in it.</summary>
    public static bool HasPassword(string address)
    {
        int scheme = address.IndexOf("://", StringComparison.Ordinal);
        string authority = (scheme >= 0 ? address[(scheme + 3)..] : address).Split('/')[0];
        int at = authority.LastIndexOf('@');
        return at > 0 && authority[..at].Contains(':', StringComparison.Ordinal) && !authority.Contains("${", StringComparison.Ordinal);
    }
}
