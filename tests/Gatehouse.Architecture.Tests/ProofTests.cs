using Mono.Cecil;
using Shouldly;
using Xunit;

namespace Gatehouse.Architecture.Tests;

/// <summary>Proofs are made in one place each: nothing is forwarded that was not decided, admitted and authenticated.</summary>
public class ProofTests
{
    private const string Permit = "Gatehouse.Policy.Permit";

    /// <summary>These dial an upstream to say whether it answers, and send nothing of a client's.</summary>
    private static readonly string[] Probes = ["Gatehouse.Engine.Gates.GateProbe", "Gatehouse.Engine.Gates.Probes.MqttProbe", "Gatehouse.Engine.Gates.Probes.IgniteProbe"];

    [Fact]
    public void Only_the_authorizer_makes_a_permit()
    {
        IEnumerable<string> makers = Makers(Permit);

        makers.ShouldNotBeEmpty();
        makers.ShouldAllBe(static m => m == "Gatehouse.Policy.Authorizer");
    }

    [Theory]
    [InlineData("Gatehouse.Engine.Admission.Admitted", "Gatehouse.Engine.Admission")]
    [InlineData("Gatehouse.Engine.Connections.Secured", "Gatehouse.Engine.Listeners")]
    [InlineData("Gatehouse.Engine.Realms.Authenticated", "Gatehouse.Engine.Realms")]
    public void A_proof_is_made_in_its_room_only(string proof, string room)
    {
        string own = proof[..proof.LastIndexOf('.')];
        IEnumerable<string> makers = Makers(proof);

        makers.ShouldNotBeEmpty();
        makers.ShouldAllBe(m => m.StartsWith(room + ".") || m.StartsWith(own + "."));
        TypeDefinition type = Find(proof);
        type.IsSealed.ShouldBeTrue();
        type.Methods.Where(static m => m.IsConstructor).ShouldAllBe(static m => !m.IsPublic);
    }

    [Fact]
    public void No_proof_is_conjured_from_bytes()
    {
        string[] proofs = [Permit, "Gatehouse.Engine.Admission.Admitted", "Gatehouse.Engine.Connections.Secured", "Gatehouse.Engine.Realms.Authenticated"];
        string[] conjurers = ["Unsafe", "MemoryMarshal", "Activator", "Marshal", "RuntimeHelpers"];
        var found = from assembly in Repository.Assemblies
                    from call in TypeUse.Calls(assembly)
                    where conjurers.Contains(call.Callee.DeclaringType.Name) && call.Callee is GenericInstanceMethod
                    where ((GenericInstanceMethod)call.Callee).GenericArguments.Any(a => proofs.Contains(a.FullName))
                    select call.In.FullName;

        found.ShouldBeEmpty();
    }

    [Fact]
    public void Forwarding_is_entered_with_a_permit()
    {
        TypeDefinition[] forwarders = [.. Engine().MainModule.Types.Where(
            static t => t.Namespace == "Gatehouse.Engine.Forwarding" && t.Name.EndsWith("Forwarder", StringComparison.Ordinal))];
        forwarders.Length.ShouldBeGreaterThan(0);
        foreach (TypeDefinition forwarder in forwarders)
        {
            MethodDefinition[] entries = [.. forwarder.Methods.Where(static m => !m.IsPrivate && !m.IsConstructor && !m.IsGetter && !m.IsSetter && m.Name.StartsWith("Forward", StringComparison.Ordinal))];
            entries.ShouldNotBeEmpty(forwarder.FullName);
            entries.ShouldAllBe(static m => m.Parameters.Any(static p => p.ParameterType.FullName == Permit), forwarder.FullName);
        }
    }

    [Fact]
    public void What_the_gate_asks_for_itself_is_written_down_in_one_place()
    {
        TypeDefinition question = Find("Gatehouse.Engine.Forwarding.UpstreamQuestion");
        question.Methods.Where(static m => m.IsConstructor).ShouldAllBe(static m => m.IsPrivate);
        question.Fields.ShouldAllBe(static f => f.IsPrivate && f.IsInitOnly);
        MethodDefinition[] entries = [.. Find("Gatehouse.Engine.Forwarding.Forwarder").Methods.Where(static m => !m.IsPrivate && !m.IsConstructor)];

        entries.Select(static m => m.Name).ShouldBe(["ForwardAsync", "AskAsync"], ignoreOrder: true);
        entries.Single(static m => m.Name == "AskAsync").Parameters.Select(static p => p.ParameterType.Name)
            .ShouldBe(["UpstreamQuestion", "Int32", "TimeSpan"]);
    }

    [Fact]
    public void Nobody_but_forwarding_touches_an_upstream_connection()
    {
        TypeDefinition connection = Find("Gatehouse.Engine.Forwarding.UpstreamConnection");

        // A broker's or node's connection outlives any one permit, each packet has its own: these hold it and show bytes only.
        string[] brokers =
        [
            "Gatehouse.Engine.Mqtt.Links.BrokerDialer", "Gatehouse.Engine.Mqtt.Links.SocketBroker", "Gatehouse.Engine.Mqtt.WebSockets.WebSocketDialer",
            "Gatehouse.Engine.Mqtt.WebSockets.WebSocketBroker", "Gatehouse.Engine.Mqtt.WebSockets.UpstreamBytes", "Gatehouse.Engine.Ignite.NodeLink",
        ];
        var users = from type in TypeUse.All(Engine())
                    let outer = TypeUse.Outermost(type)
                    where outer.Namespace != "Gatehouse.Engine.Forwarding" && !Probes.Contains(outer.FullName) && !brokers.Contains(outer.FullName)
                    where TypeUse.Of(type).Any(u => u.FullName == connection.FullName)
                    select outer.FullName;

        users.Distinct().ShouldBeEmpty();
    }

    private static AssemblyDefinition Engine() => Repository.Assemblies.Single(static a => a.Name.Name == "Gatehouse.Engine");

    private static TypeDefinition Find(string name) =>
        Repository.Assemblies.SelectMany(static a => a.MainModule.Types).SingleOrDefault(t => t.FullName == name)
        ?? throw new ShouldAssertException($"the proof {name} is gone or has another name");

    private static IEnumerable<string> Makers(string type) =>
        [.. (from assembly in Repository.Assemblies
             from call in TypeUse.Calls(assembly)
             where call.Callee.Name == ".ctor" && call.Callee.DeclaringType.FullName == type && call.In.DeclaringType.FullName != type
             select TypeUse.Outermost(call.In.DeclaringType).FullName).Distinct()];
}
