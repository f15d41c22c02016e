using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Trust.Nodes;
using Gatehouse.Trust.Tls;

namespace Gatehouse.Subject;

/// <summary>A TLS server as the daemon runs it: prints its port, answers each connection with one line.</summary>
internal static class TlsSubject
{
    public static async Task<int> RunAsync(string floor, string data)
    {
        // First of all, as in the daemon's Main.
        if (floor == "memory")
        {
            OpenSslConfiguration.Activate();
        }
        else if (floor == "file")
        {
            OpenSslConfiguration.Activate(Path.Combine(data, "openssl.cnf"));
        }

        using NodeTrust trust = await TrustBootstrap.EnsureAsync(
            new TrustOptions { DataDirectory = data, NodeName = "tls", NodeKeyPath = data + ".key", Time = TimeProvider.System }, CancellationToken.None);
        SslStreamCertificateContext context = SslStreamCertificateContext.Create(
            trust.Server.Certificate, new X509Certificate2Collection(trust.Server.Chain.ToArray()), offline: true);
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        Console.WriteLine(((IPEndPoint)listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture));
        while (true)
        {
            _ = ServeAsync(await listener.AcceptSocketAsync(), context);
        }
    }

    private static async Task ServeAsync(Socket socket, SslStreamCertificateContext context)
    {
        try
        {
            await using SslStream stream = new(new NetworkStream(socket, ownsSocket: true));
            await stream.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificateContext = context });
            await stream.WriteAsync("served\n"u8.ToArray());
            byte[] rest = new byte[256];
            while (await stream.ReadAsync(rest) > 0)
            {
                // Until the client closes.
            }
        }
        catch (Exception fault) when (fault is IOException or AuthenticationException)
        {
            // A refused handshake is what the test looks for, on the client's side.
        }
    }
}
