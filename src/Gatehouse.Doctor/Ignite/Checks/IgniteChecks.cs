using System.Collections.Immutable;
using Gatehouse.Doctor.Rules;

namespace Gatehouse.Doctor.Ignite.Checks;

/// <summary>All rules of Ignite.</summary>
internal static class IgniteChecks
{
    /// <summary>All of them.</summary>
    public static ImmutableArray<Rule<IgniteSubject>> All { get; } =
    [
        .. SecurityChecks.All, .. UserChecks.All, .. ConnectorChecks.All, .. RestChecks.All, .. NetworkChecks.All, .. TlsChecks.All, .. StoreChecks.All,
        .. PortChecks.All, .. WorkChecks.All, .. AuditChecks.All, .. FileChecks.All, .. HostChecks.All,
    ];
}
