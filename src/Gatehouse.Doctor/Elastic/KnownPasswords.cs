using System.Collections.Frozen;

namespace Gatehouse.Doctor.Elastic;

/// <summary>Passwords that stand in manuals, examples and demo installations.</summary>
internal static class KnownPasswords
{
    private static readonly FrozenSet<string> All = new[]
    {
        "", "changeme", "elastic", "admin", "password", "kibana", "kibanaserver", "kibanaro", "logstash", "readall", "snapshotrestore", "anomalyadmin",
        "elasticsearch", "opensearch", "myStrongPassword123!", "myStrongPassword@123", "changeit",
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Whether a password is one of them, or empty.</summary>
    public static bool Contains(string password) => All.Contains(password);
}
