using Gatehouse.Bench;

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
    case "audit-policy":
        return AuditPolicyBench.Run();
    case "policy":
        return PolicyBench.Run();
    default:
        Console.Error.WriteLine("usage: Gatehouse.Bench classify|ip|listener|audit|audit-policy|policy");
        return 2;
}
