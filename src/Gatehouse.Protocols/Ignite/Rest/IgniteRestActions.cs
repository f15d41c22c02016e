using Gatehouse.Operations;

namespace Gatehouse.Protocols.Ignite.Rest;

/// <summary>Actions of system <c>ignite-rest</c> that are read in a way of their own.</summary>
internal static class IgniteRestActions
{
    public const string Initialize = "cluster.init";
    public const string Administer = "cluster.admin";
    public const string ReadCluster = "cluster.read";
    public const string ReadConfiguration = "config.read";
    public const string WriteConfiguration = "config.write";
    public const string Secure = "security.admin";
    public const string Deploy = "code.deploy";
    public const string Undeploy = "code.undeploy";
    public const string ReadCode = "code.read";
    public const string ReadJobs = "compute.read";
    public const string ManageJobs = "compute.manage";
    public const string WriteMetrics = "metrics.write";
    public const string Recover = "recovery.admin";
    public const string ReadHealth = "health.read";

    public static SystemAction Of(string name) => SystemAction.Intern(IgniteRestCatalogue.System, name);
}
