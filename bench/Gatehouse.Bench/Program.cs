using Gatehouse.Bench;
using Gatehouse.Bench.Ignite;
using Gatehouse.Bench.Mesh;
using Gatehouse.Bench.Mqtt;
using Gatehouse.Bench.Rotation;

switch (args.Length > 0 ? args[0] : "")
{
    case "classify":
        return ClassifyBench.Run();
    case "ip":
        return AddressFilterBench.Run();
    case "listener":
        return await ListenerBench.RunAsync();
    case "audit":
        return await AuditBench.RunAsync();
    case "audit-search":
        return await AuditSearchBench.RunAsync(args.Length > 1 ? int.Parse(args[1], System.Globalization.CultureInfo.InvariantCulture) : 1_000_000);
    case "audit-policy":
        return AuditPolicyBench.Run();
    case "ignite":
        return await IgniteLoad.RunAsync(args);
    case "ignite-node":
        return await IgniteNode.RunAsync();
    case "mesh-keys":
        return MeshNode.MakeKeys(args[1]);
    case "mesh-node":
        return await MeshNode.RunAsync(args);
    case "mesh-load":
        return await MeshLoad.RunAsync(args);
    case "mqtt":
        return await MqttLoad.RunAsync(args);
    case "policy":
        return PolicyBench.Run();
    case "replay":
        return ReplayBench.Run();
    case "rotation":
        return await RotationBench.RunAsync(args);
    case "streams":
        return StreamBench.Run();
    case "swarm":
        return SwarmBench.Run();
    case "scale":
        return await ScaleBench.RunAsync();
    default:
        Console.Error.WriteLine("usage: Gatehouse.Bench classify|ip|listener|audit|audit-search|audit-policy|ignite|ignite-node|mesh-keys|mesh-node|mesh-load|mqtt|policy|replay|rotation|streams|swarm|scale");
        return 2;
}
