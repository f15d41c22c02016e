using System.Text;
using Gatehouse.Operations;

namespace Gatehouse.Protocols.Ipfs;

/// <summary>A request while it is read.</summary>
internal sealed class IpfsDraft(string system, OperationSet into)
{
    private readonly List<IpfsScope> _scopes = [];

    public string System => system;

    public IpfsEffect Effect { get; set; }

    public List<Cid> Pins { get; } = [];

    public Cid? Replaced { get; set; }

    public IpfsOptions Options { get; set; } = IpfsOptions.None;

    public void Begin(string action, IpfsScope scope)
    {
        into.Begin(IpfsActions.Find(system, action));
        _scopes.Add(scope);
    }

    /// <summary>An operation on one thing.</summary>
    public void Add(string action, IpfsScope scope, string? resource)
    {
        Begin(action, scope);
        if (resource is not null)
        {
            Name(resource);
        }
    }

    public void Name(string resource) => into.AddResource(Encoding.UTF8.GetBytes(resource));

    /// <summary>Everything: without a resource an operation would match grants of a few.</summary>
    public void NameAll() => into.AddPrefix(default);

    /// <summary>The rights that options need besides the operation's own, on the same resource.</summary>
    public void AddModifiers(IpfsOptions options, IpfsScope scope, string? resource)
    {
        Options = options;
        ReadOnlySpan<(bool Is, string Action)> rights =
        [
            (!string.IsNullOrEmpty(options.Name), IpfsActions.Name),
            (options.HasReplication, IpfsActions.Replication),
            (options.HasAllocations, IpfsActions.Allocations),
            (options.Expires, IpfsActions.Expire),
            (options.Update is not null, IpfsActions.Update),
            (options.HasOrigins, IpfsActions.Origins),
            (options.IsSharded, IpfsActions.Shard),
        ];
        foreach ((bool isNeeded, string action) in rights)
        {
            if (isNeeded)
            {
                Add(action, scope, resource);
            }
        }

        if (options.Update is { } other)
        {
            Add(IpfsActions.ReadOther, IpfsScope.Pin, other.Text);
        }
    }

    public IpfsRequest Finish() => new(Effect, Pins, Replaced, Options, _scopes);
}
