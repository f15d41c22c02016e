using System.Net.Security;

namespace Gatehouse.Engine.Forwarding;

/// <summary>Who the gate is to its upstream. A class, not a record: nothing prints what is in it.</summary>
/// <param name="authorization">A whole header line with its end, or nothing.</param>
/// <param name="certificate">Client certificate with its key, or null.</param>
internal sealed class UpstreamIdentity(ReadOnlyMemory<byte> authorization, SslStreamCertificateContext? certificate)
{
    /// <summary>The line that is written beside <c>Host</c>, with its end; empty where there is none.</summary>
    public ReadOnlyMemory<byte> Authorization => authorization;

    /// <summary>Its name, for protocols that have no header; null where there is none.</summary>
    public string? User { get; init; }

    /// <summary>Its password, UTF-8; empty where there is none.</summary>
    public ReadOnlyMemory<byte> Password { get; init; }

    /// <summary>Shown to an upstream that asks for it.</summary>
    public SslStreamCertificateContext? Certificate => certificate;
}
