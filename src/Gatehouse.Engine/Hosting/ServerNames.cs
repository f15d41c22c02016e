using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Engine.Configuration;

namespace Gatehouse.Engine.Hosting;

/// <summary>Names and addresses in a server certificate's subject alternative names.</summary>
internal static class ServerNames
{
    /// <summary>DNS names and addresses, as text.</summary>
    public static ImmutableArray<string> Of(X509Certificate2 certificate) =>
        [.. certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(static names =>
            names.EnumerateDnsNames().Concat(names.EnumerateIPAddresses().Select(static a => a.ToString())))];
}

/// <summary>Whether a <c>Host</c> header names a listener of this node: against DNS rebinding.</summary>
internal sealed class OwnHosts
{
    private readonly HashSet<string> _names;

    public OwnHosts(string listen, ImmutableArray<string> certificateNames)
    {
        _names = new HashSet<string>(certificateNames, StringComparer.OrdinalIgnoreCase) { "localhost", "127.0.0.1", "::1" };
        if (ListenAddress.TryParse(listen, out System.Net.IPEndPoint? endpoint, out _))
        {
            _names.Add(endpoint!.Address.ToString()); // it parsed
        }
    }

    /// <summary>With or without a port, with brackets around an IPv6 address.</summary>
    public bool Contains(string host)
    {
        string name = host;
        if (host.StartsWith('['))
        {
            int end = host.IndexOf(']', StringComparison.Ordinal);
            name = end < 0 ? host : host[1..end];
        }
        else if (host.LastIndexOf(':') is > 0 and var colon)
        {
            name = host[..colon];
        }

        return _names.Contains(name);
    }
}
