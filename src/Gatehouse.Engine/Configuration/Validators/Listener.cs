using System.Net;
using System.Net.Sockets;

namespace Gatehouse.Engine.Configuration.Validators;

/// <summary>A listener that a configuration asks for.</summary>
/// <param name="What">As problems name it.</param>
/// <param name="Place">Its place in the file.</param>
/// <param name="EndPoint">Where it listens.</param>
internal sealed record Listener(string What, string Place, IPEndPoint EndPoint)
{
    /// <summary>Every listener of a configuration that will be opened.</summary>
    public static IReadOnlyList<Listener> Of(NodeConfiguration configuration)
    {
        var found = new List<Listener>();
        Add("the admin API", "admin.listen", configuration.Admin.Listen);
        Add("the metrics", "metrics", configuration.Metrics ?? "");
        Add("the mesh", "mesh.listen", configuration.Mesh.Listen);
        foreach (GateConfiguration gate in configuration.Gates.Where(static g => g.Enabled))
        {
            Add($"gate `{gate.Name}`", $"gates.{gate.Name}.listen", gate.Listen);
        }

        return found;

        void Add(string what, string place, string listen)
        {
            if (ListenAddress.TryParse(listen, out IPEndPoint? endpoint, out _))
            {
                found.Add(new Listener(what, place, endpoint));
            }
        }
    }

    /// <summary>Whether both cannot be bound, or would take each other's connections.</summary>
    public bool CollidesWith(Listener other)
    {
        if (EndPoint.Port != other.EndPoint.Port)
        {
            return false;
        }

        IPAddress mine = EndPoint.Address;
        IPAddress theirs = other.EndPoint.Address;

        // [::] takes IPv4 too, unless the system says otherwise; 0.0.0.0 takes IPv4 only.
        return mine.Equals(theirs) || mine.Equals(IPAddress.IPv6Any) || theirs.Equals(IPAddress.IPv6Any)
            || (mine.AddressFamily == theirs.AddressFamily && (mine.Equals(IPAddress.Any) || theirs.Equals(IPAddress.Any)));
    }

    /// <summary>Whether a connection to <paramref name="target"/> from this host arrives here.</summary>
    public bool IsReachedBy(IPEndPoint target, IReadOnlyCollection<IPAddress> own)
    {
        if (target.Port != EndPoint.Port)
        {
            return false;
        }

        IPAddress to = target.Address.IsIPv4MappedToIPv6 ? target.Address.MapToIPv4() : target.Address;
        IPAddress at = EndPoint.Address;
        bool toAny = to.Equals(IPAddress.Any) || to.Equals(IPAddress.IPv6Any);
        bool atAny = at.Equals(IPAddress.IPv6Any) || (at.Equals(IPAddress.Any) && (to.AddressFamily == AddressFamily.InterNetwork || toAny));

        // Linux takes a connection to 0.0.0.0 or :: to this very host.
        return toAny ? atAny || IPAddress.IsLoopback(at) : to.Equals(at) || (atAny && (IPAddress.IsLoopback(to) || own.Contains(to)));
    }
}
