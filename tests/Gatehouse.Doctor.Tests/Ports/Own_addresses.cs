using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Xunit;

namespace Gatehouse.Doctor.Tests.Ports;

/// <summary>Addresses of this machine that are not loopback. What is sent to them does not leave it.</summary>
internal static class Own_addresses
{
    /// <summary>One of IPv4; without one the test is skipped.</summary>
    public static IPAddress Network(AddressFamily family = AddressFamily.InterNetwork)
    {
        IPAddress? found = NetworkInterface.GetAllNetworkInterfaces().Where(static card => card.OperationalStatus == OperationalStatus.Up)
            .SelectMany(static card => card.GetIPProperties().UnicastAddresses).Select(static a => a.Address)
            .FirstOrDefault(a => a.AddressFamily == family && !IPAddress.IsLoopback(a) && !a.IsIPv6LinkLocal);
        if (found is null)
        {
            Assert.Skip("this machine has loopback addresses alone");
        }

        return found!;
    }
}
