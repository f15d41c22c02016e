using Gatehouse.Engine.Listeners;
using Gatehouse.Engine.Realms;
using Gatehouse.Engine.Realms.Certificates;
using Gatehouse.Engine.Realms.Directory;
using Gatehouse.Engine.Realms.Tokens;
using Gatehouse.Identity;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Hosting;

/// <summary>Puts kinds of realms to their classes.</summary>
/// <param name="own">Whose client certificates the cluster itself takes: what a realm <c>pki</c> without authorities believes.</param>
/// <param name="time">The clock.</param>
/// <param name="loggers">For realms that say something.</param>
internal sealed class RealmFactory(Func<ClientAuthorities> own, TimeProvider time, ILoggerFactory loggers) : IRealmFactory
{
    private volatile Inherited? _inherited;

    /// <inheritdoc/>
    public IRealm? TryMake(RealmDocument document) => document.Kind switch
    {
        RealmKind.Anonymous => new AnonymousRealm(document),
        RealmKind.Jwt or RealmKind.Oidc => new TokenRealm(document, time, loggers.CreateLogger<TokenRealm>()),
        RealmKind.Pki => new CertificateRealm(document, Own, time, loggers.CreateLogger<CertificateRealm>()),
        RealmKind.Ldap or RealmKind.ActiveDirectory => new DirectoryRealm(document, time),
        _ => null,
    };

    // The same object as long as the cluster's authorities stay the same.
    private CertificateAuthorities Own()
    {
        ClientAuthorities now = own();
        Inherited? known = _inherited;
        if (known is null || !ReferenceEquals(known.Source, now))
        {
            _inherited = known = new Inherited(now, new CertificateAuthorities(now.Anchors, now.Supporting));
        }

        return known.Authorities;
    }

    private sealed record Inherited(ClientAuthorities Source, CertificateAuthorities Authorities);
}
