using System.Collections.Frozen;
using Gatehouse.Problems.Cluster;
using Gatehouse.Problems.Doctor;

namespace Gatehouse.Problems;

/// <summary>Every problem id of the product. A test holds it against the pages under <c>docs/errors</c>.</summary>
public static class ProblemCatalogue
{
    /// <summary>All definitions by id.</summary>
    public static FrozenDictionary<string, ProblemDefinition> All { get; } =
        new[]
        {
            StartProblems.All, ConfigurationProblems.All, StoreProblems.All, StateProblems.All, TrustProblems.All, NetworkProblems.All,
            IdentityProblems.All, PolicyProblems.All, TopicProblems.All, GateProblems.All, CatalogueProblems.All, AuditProblems.All,
            AdministrationProblems.All, ImportProblems.All, ClientIdProblems.All, EmqxProblems.All, MqttProblems.All, IgniteProblems.All, IgniteRestProblems.All, PinProblems.All, IpfsProblems.All,
            SwarmProblems.All, CertificateProblems.All, MeshConfigurationProblems.All, StoreConfigurationProblems.All, EtcdProblems.All, TransferProblems.All,
            MeshProblems.All,
            RotationProblems.All,
            PortProblems.All,
            EnrolmentProblems.All, ClusterStateProblems.All, DenialProblems.All,
            TextProblems.All, DoctorProblems.All, HardenProblems.All,
        }.SelectMany(static list => list).ToFrozenDictionary(static d => d.Id, StringComparer.Ordinal);
}
