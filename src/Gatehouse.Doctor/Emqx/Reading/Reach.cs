using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;

namespace Gatehouse.Doctor.Emqx.Reading;

/// <summary>A port of an installation, as it is open or as the files open it.</summary>
/// <param name="What">What it is, for sentences: <c>the Erlang distribution</c>.</param>
/// <param name="EndPoint">Where.</param>
/// <param name="IsLive">Whether it was seen listening, or is what the files say.</param>
/// <param name="Contradicts">What the files say instead, or null.</param>
/// <param name="Evidence">Where it was seen, the file's line behind it.</param>
internal sealed record Reach(string What, IPEndPoint EndPoint, bool IsLive, string? Contradicts, ImmutableArray<Evidence> Evidence)
{
    /// <summary>Whether others than this host get to it.</summary>
    public bool IsExposed => !IsLoopback(EndPoint.Address);

    /// <summary>What it does, for sentences.</summary>
    public string Says => $"{What} listens on {EndPoint}{(Contradicts is null ? "" : $", though the files say {Contradicts}")}";

    /// <summary>
    /// A port as it is open: sockets of the process; where these may not be seen those of the host; where there is no process, what the files say.
    /// </summary>
    public static IEnumerable<Reach> Of(EmqxSubject emqx, string what, IPEndPoint written, Evidence evidence, bool isUdp = false)
    {
        if (emqx.Published is { } published && !IsLoopback(written.Address))
        {
            foreach ((IPEndPoint open, Evidence place) in PublishedPorts.At(published, written.Port, isUdp))
            {
                yield return new Reach($"{what} (port {written.Port} of the container)", open, IsLive: false, null, [place, evidence]);
            }

            yield break; // what is not published is reached by other containers alone
        }

        ImmutableArray<SocketFact> seen = Sockets(emqx, out bool isAll);
        ImmutableArray<SocketFact> here = [.. seen.Where(s => s.EndPoint.Port == written.Port && s.IsUdp == isUdp)];
        foreach (SocketFact socket in here)
        {
            bool isWider = IsLoopback(written.Address) && socket.IsExposed;
            yield return new Reach(what, socket.EndPoint, IsLive: true, isWider ? written.ToString() : null, [Shown.Of(socket, $"{what} listens"), evidence]);
        }

        if (here.IsEmpty && !isAll)
        {
            yield return new Reach(what, written, IsLive: false, null, [evidence]);
        }
    }

    /// <summary>Whether an address is this host's loopback.</summary>
    public static bool IsLoopback(IPAddress address) => IPAddress.IsLoopback(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);

    /// <summary>Whether it can be reached from the Internet, as far as addresses tell: a public address, or every interface of a host that has one.</summary>
    public bool IsPublic(IHost host)
    {
        bool isAny = EndPoint.Address.Equals(IPAddress.Any) || EndPoint.Address.Equals(IPAddress.IPv6Any);
        return isAny ? host.Addresses.Any(IsPublic) : IsPublic(EndPoint.Address);
    }

    private static bool IsPublic(IPAddress address)
    {
        IPAddress plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        byte[] bytes = plain.GetAddressBytes();
        return !IPAddress.IsLoopback(plain) && (plain.AddressFamily == AddressFamily.InterNetwork
            ? bytes[0] is not (0 or 10 or >= 224) && (bytes[0], bytes[1]) is not ((172, >= 16 and <= 31) or (192, 168) or (169, 254) or (100, >= 64 and <= 127))
            : (bytes[0] & 0xfe) != 0xfc && !plain.IsIPv6LinkLocal && !plain.IsIPv6Multicast && !plain.Equals(IPAddress.IPv6Any));
    }

    // A container has sockets of its own, which the tables of this host do not show.
    private static ImmutableArray<SocketFact> Sockets(EmqxSubject emqx, out bool isAll)
    {
        isAll = emqx.Process is { Sockets.IsEmpty: false };
        return isAll ? emqx.Process!.Sockets // see the line above
            : emqx.Process is not null && !emqx.IsContainer ? emqx.Host.Sockets
            : [];
    }
}
