using System.Security.Cryptography.X509Certificates;

namespace Gatehouse.Engine.Connections;

/// <summary>Set on every accepted connection's feature collection by the connection middleware (steps 1 to 3).</summary>
internal interface IGateConnectionFeature
{
    /// <summary>The connection in the registry.</summary>
    LiveConnection Connection { get; }

    /// <summary>Server name the client sent in TLS, or null.</summary>
    string? ServerName { get; }

    /// <summary>Whether TLS is on.</summary>
    bool IsSecured { get; }

    /// <summary>The client certificate, verified against the gate's client CAs in the handshake, or null.</summary>
    X509Certificate2? ClientCertificate { get; }

    /// <summary>The facts of step 3; null on a listener without TLS.</summary>
    Secured? Secured { get; }
}

/// <summary>Who is at the other end of a Unix socket, as the kernel says (SO_PEERCRED).</summary>
internal interface IPeerCredentialFeature
{
    /// <summary>The peer's process, user and group.</summary>
    PeerCredentials Peer { get; }
}
