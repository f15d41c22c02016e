using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Gatehouse.Engine.Auditing.Outputs;

/// <summary>Connects to a receiver and makes sure that it is the one meant before a byte of the trail goes there.</summary>
internal static class OutputDialer
{
    /// <summary>Connects, and secures the connection unless it is a clear one to this host.</summary>
    public static async Task<Stream> ConnectAsync(OutputSettings settings, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 10);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 5);
            await socket.ConnectAsync(settings.Host, settings.Port, cancellation);
            var plain = new NetworkStream(socket, ownsSocket: true);
            if (settings.IsTls)
            {
                return await SecureAsync(plain, settings, cancellation);
            }

            if (socket.RemoteEndPoint is IPEndPoint remote && IPAddress.IsLoopback(remote.Address.IsIPv4MappedToIPv6 ? remote.Address.MapToIPv4() : remote.Address))
            {
                return plain;
            }

            throw new IOException($"`{settings.Host}` is not a loopback address: clear text goes to nobody else");
        }
        catch
        {
            // Whatever it was, the socket must not stay.
            socket.Dispose();
            throw;
        }
    }

    /// <summary>How TLS is spoken: the pinned authorities and the name decide, no session is taken up again.</summary>
    public static SslClientAuthenticationOptions Options(OutputSettings settings)
    {
        var policy = new X509ChainPolicy
        {
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
            TrustMode = X509ChainTrustMode.CustomRootTrust,
        };
        policy.CustomTrustStore.AddRange(settings.Authorities);
        return new SslClientAuthenticationOptions
        {
            TargetHost = settings.ServerName,
            CertificateChainPolicy = policy,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            AllowTlsResume = false,
            AllowRenegotiation = false,
            ClientCertificateContext = settings.ClientCertificate is { } own
                ? SslStreamCertificateContext.Create(own.Certificate, own.Chain, offline: true)
                : null,
        };
    }

    private static async Task<Stream> SecureAsync(NetworkStream below, OutputSettings settings, CancellationToken cancellation)
    {
        var tls = new SslStream(below, leaveInnerStreamOpen: false);
        try
        {
            await tls.AuthenticateAsClientAsync(Options(settings), cancellation);
            return tls;
        }
        catch
        {
            // Whatever it was: not a byte goes there.
            await tls.DisposeAsync();
            throw;
        }
    }
}
