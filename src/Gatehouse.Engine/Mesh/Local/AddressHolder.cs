using System.Net;
using Gatehouse.Engine.Connections;

namespace Gatehouse.Engine.Mesh.Local;

/// <summary>Finds who holds an address that is to be listened on. Blocks: for messages only.</summary>
internal static class AddressHolder
{
    /// <summary>Who it is, as text with a leading blank, or nothing where it cannot be seen.</summary>
    public static string Describe(IPEndPoint endpoint)
    {
        foreach (KernelSocket socket in SocketDiagnostics.Listeners(endpoint.Port))
        {
            IPAddress own = socket.Address.IsIPv4MappedToIPv6 ? socket.Address.MapToIPv4() : socket.Address;
            bool isWildcard = own.Equals(IPAddress.Any) || own.Equals(IPAddress.IPv6Any);
            if (!isWildcard && !own.Equals(endpoint.Address))
            {
                continue;
            }

            string where = isWildcard ? ", which listens on every interface" : "";
            string user = LocalUsers.NameOf(socket.UserId);
            return ProcessFiles.TryFindHolder(socket.Inode, out int process, out string? name)
                ? $" by `{Printable(name)}` (pid {process}, user `{user}`){where}"
                : $" by a process of user `{user}`{where}";
        }

        return "";
    }

    // A process chooses its own name.
    private static string Printable(string? name) =>
        string.Concat((name ?? "unknown").Where(static c => c is > ' ' and <= '~' and not '`'));
}
