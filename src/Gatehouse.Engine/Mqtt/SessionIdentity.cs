using System.Collections.Frozen;
using System.Net;
using Gatehouse.Engine.Realms;
using Gatehouse.Identity;

namespace Gatehouse.Engine.Mqtt;

/// <summary>Who a session is, as far as decisions ask.</summary>
internal sealed class SessionIdentity
{
    private SessionIdentity(Authenticated login, Principal principal, IPAddress source, string gate, bool hasClientCertificate, ulong requestId)
    {
        Login = login;
        Principal = principal;
        Source = source;
        Gate = gate;
        HasClientCertificate = hasClientCertificate;
        RequestId = requestId;
    }

    /// <summary>The login as the realm gave it; roles come from this one.</summary>
    public Authenticated Login { get; }

    /// <summary>The same with <c>clientid</c> and <c>cert.cn</c> for placeholders. A client chooses its id: nobody's roles may rest on it.</summary>
    public Principal Principal { get; private set; }

    /// <summary>The client's address.</summary>
    public IPAddress Source { get; }

    /// <summary>The gate's name.</summary>
    public string Gate { get; }

    /// <summary>Whether it showed a certificate.</summary>
    public bool HasClientCertificate { get; }

    /// <summary>The connection's number.</summary>
    public ulong RequestId { get; }

    /// <summary>Whether topics with <c>.</c> or <c>*</c> are nobody's: the broker reads them as <c>/</c> and <c>+</c>.</summary>
    public bool IsForRabbitMq { get; private init; }

    /// <summary>Puts it together.</summary>
    public static SessionIdentity Of(
        Authenticated login, IPAddress source, string gate, string? commonName, bool hasClientCertificate, ulong requestId, bool isForRabbitMq)
    {
        Principal principal = commonName is null ? login.Principal : With(login.Principal, "cert.cn", commonName);
        return new SessionIdentity(login, principal, source, gate, hasClientCertificate, requestId) { IsForRabbitMq = isForRabbitMq };
    }

    /// <summary>Notes the client id, the client's or the broker's choice.</summary>
    public void SetClientId(string clientId) => Principal = With(Principal, "clientid", clientId);

    private static Principal With(Principal principal, string name, string value) => new(
        principal.Name,
        principal.Realm,
        principal.Groups,
        principal.Attributes.Where(pair => pair.Key != name).Append(new KeyValuePair<string, string>(name, value))
            .ToFrozenDictionary(StringComparer.Ordinal));
}
