using System.Collections.Immutable;
using Gatehouse.Doctor.Rules;

namespace Gatehouse.Doctor.Elastic.Nodes;

/// <summary>All rules of nodes. What only an answer of a port shows (ES-070, ES-071) is asked elsewhere.</summary>
internal static class NodeRules
{
    /// <summary>By id.</summary>
    public static ImmutableArray<Rule<NodeSubject>> All { get; } =
    [
        new("ES-001", SwitchRules.SecurityIsOff),
        new("ES-002", SwitchRules.PluginIsOff),
        new("ES-003", SwitchRules.NothingSetsUpTls),
        new("ES-004", SwitchRules.EnrolmentStaysOn),
        new("ES-010", TlsRules.HttpIsPlain),
        new("ES-011", TlsRules.TransportIsPlain),
        new("ES-012", TlsRules.NodesAreNotVerified),
        new("ES-013", TlsRules.ClientsNeedNoCertificate),
        new("ES-014", TlsRules.OldVersions),
        new("ES-015", TlsRules.WeakSuites),
        new("ES-016", CertificateRules.CertificatesAreBad),
        new("ES-017", CertificateRules.KeysAreOpen),
        new("ES-018", CertificateRules.KeysAreShared),
        new("ES-019", SecretRules.SecretsAreInTheFile),
        new("ES-020", AccessRules.AnonymousMayDoThings),
        new("ES-021", SecretRules.PasswordsAreKnown),
        new("ES-022", SecretRules.CertificatesAreDemo),
        new("ES-023", AccessRules.AdministratorsAreTooMany),
        new("ES-024", RealmRules.RealmsAreWeak),
        new("ES-025", RealmRules.TokensAreTakenTooEasily),
        new("ES-030", FilterRules.AllowListsDenyNobody),
        new("ES-031", FilterRules.FilterIsOff),
        new("ES-032", FilterRules.RemoteClusterPortIsOpen),
        new("ES-040", AuditRules.NothingIsAudited),
        new("ES-041", AuditRules.BodiesAreWritten),
        new("ES-050", NetworkRules.ListensForOthers),
        new("ES-051", NetworkRules.AnyPageMayAsk),
        new("ES-052", NetworkRules.BodiesAreTooLong),
        new("ES-053", NetworkRules.ChecksAreOff),
        new("ES-060", ReachRules.ScriptsAreOpen),
        new("ES-061", ReachRules.FetchesFromAnywhere),
        new("ES-062", AdvisoryRules.VersionIsFaulty),
        new("ES-063", HostRules.ProcessIsOpen),
        new("ES-064", HostRules.FipsIsBroken),
        new("ES-065", HostRules.HashesAreWeak),
        new("ES-066", SecretRules.BootstrapPasswordStays),
        new("ES-072", NetworkRules.PortsContradictFiles),
    ];
}
