using System.Reflection;
using Gatehouse.Administration;
using Gatehouse.Administration.Cluster;
using Gatehouse.Engine.Administration.Cluster;
using Gatehouse.Engine.Administration.Policies;
using Gatehouse.Engine.Administration.Questions;
using Gatehouse.Engine.Configuration.Systems;

namespace Gatehouse.Engine.Administration;

/// <summary>The table of the API: every endpoint with its action. What is not here does not exist.</summary>
internal static class AdminEndpoints
{
    private static string Version { get; } =
        typeof(AdminEndpoints).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";

    /// <summary>Makes the table over the services.</summary>
    public static AdminEndpointTable Create(AdminServices services, Realms.HashQueue hashes)
    {
        // Grants and questions name actions of systems that no gate here may stand in front of.
        BuiltInCatalogues.Declare();
        var users = new UserEndpoints(services, hashes);
        var roles = new RoleEndpoints(services);
        var realms = new RealmEndpoints(services);
        var realmTest = new RealmTest(services);
        var mappings = new MappingEndpoints(services);
        var apiKeys = new ApiKeyEndpoints(services);
        var node = new NodeEndpoints(services);
        var networks = new NetworkEndpoints(services);
        var peers = new PeerEndpoints(services);
        var certificates = new CertificateEndpoints(services);
        var authorities = new AuthorityEndpoints(services);
        var tokens = new TokenEndpoints(services);
        var nodes = new ClusterNodeEndpoints(services);
        var denials = new DenialEndpoints(services);
        var audit = new AuditEndpoints(services);
        var actions = new AskedActions();
        var auditPolicy = new AuditPolicyEndpoints(services, actions);
        var explain = new ExplainEndpoints(services, actions);
        var roleQuestions = new RoleQuestionEndpoints(actions, services);
        var policy = new PolicyEndpoints(services, actions);
        var questions = new TrailQuestions(services);
        var trailQuestions = new TrailQuestionEndpoints(services, questions);
        var replay = new ReplayEndpoints(questions);
        var clientIds = new ClientIdEndpoints(services);
        var pins = new PinOwnerEndpoints(services);
        var rotations = new RotationEndpoints(services);
        var openApi = new OpenApiEndpoints(Version);
        openApi.Table =
        [
            .. openApi.All, .. roleQuestions.All, .. trailQuestions.All, .. replay.All,
            .. users.All, .. roles.All, .. realms.All, .. realmTest.All, .. mappings.All, .. apiKeys.All, .. node.All, .. networks.All, .. peers.All, .. denials.All, .. tokens.All, .. nodes.All, .. certificates.All, .. authorities.All, .. clientIds.All, .. pins.All, .. audit.All, .. auditPolicy.All, .. explain.All, .. policy.All,
            .. rotations.All,
        ];
        return AdminEndpointTable.Create(openApi.Table);
    }

    /// <summary>The name that a body gives to what it makes; null where it names nothing.</summary>
    public static string? NameInBody(AdminCall call) => call.Body switch
    {
        UserAddRequest user => user.Name,
        GateAddRequest gate => gate.Name,
        NetworkRuleView rule => rule.Address,
        JoinTokenRequest token => token.Node,
        ApiKeyCreateRequest key => key.Owner ?? call.Principal.Name,
        _ => null,
    };

    /// <summary>The action on the name that the body gives.</summary>
    public static IEnumerable<AdminOperation> OnNameInBody(AdminCall call) =>
        [new AdminOperation(call.Endpoint.Interned, NameInBody(call))];
}
