using Gatehouse.Operations;

namespace Gatehouse.Protocols.Ipfs;

/// <summary>Actions that no line of a catalogue names: rights to an option.</summary>
internal static class IpfsActions
{
    public const string Name = "pin.opt.name";
    public const string Replication = "pin.opt.replication";
    public const string Allocations = "pin.opt.allocations";
    public const string Expire = "pin.opt.expire";
    public const string Update = "pin.opt.update";
    public const string Origins = "pin.opt.origins";
    public const string Shard = "content.add.shard";

    /// <summary>Reading another pin's options, which taking them over is.</summary>
    public const string ReadOther = "allocations.read";

    /// <summary>A command that IPFS Cluster itself calls, at a gate for local programs; the resource is the command.</summary>
    public const string Call = "kubo.call";

    /// <summary>Pinning what a path leads to, at the proxy.</summary>
    public const string CreatePath = "pin.create.path";

    /// <summary>Unpinning what a path leads to, at the proxy.</summary>
    public const string RemovePath = "pin.remove.path";

    private static readonly string[] Options = [Name, Replication, Allocations, Expire, Update, Origins, Shard];

    /// <summary>Makes them known, so that roles may name them.</summary>
    public static void Declare(string system)
    {
        string[] names = system switch
        {
            IpfsCatalogues.ClusterSystem => Options,
            IpfsCatalogues.PinningSystem => [Origins],
            IpfsCatalogues.ProxySystem => [.. Options, ReadOther, CreatePath, RemovePath, "kubo.pin.add"],
            IpfsCatalogues.KuboSystem => [Call],
            _ => [],
        };
        foreach (string name in names)
        {
            SystemAction.Intern(system, name);
        }
    }

    /// <summary>A declared action.</summary>
    public static SystemAction Find(string system, string name) =>
        SystemAction.Find(system, name) ?? throw new InvalidOperationException($"{system} has no action {name}");
}
