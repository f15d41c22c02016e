using Gatehouse.Engine.Realms;
using Gatehouse.Engine.Realms.Certificates;
using Gatehouse.Engine.Realms.Directory;
using Gatehouse.Engine.Realms.Tokens;
using Gatehouse.Identity;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Hosting;

/// <summary>Puts kinds of realms to their classes.</summary>
internal sealed class RealmFactory(TimeProvider time, ILoggerFactory loggers) : IRealmFactory
{
    /// <inheritdoc/>
    public IRealm? TryMake(RealmDocument document) => document.Kind switch
    {
        RealmKind.Anonymous => new AnonymousRealm(document),
        RealmKind.Jwt or RealmKind.Oidc => new TokenRealm(document, time, loggers.CreateLogger<TokenRealm>()),
        RealmKind.Pki => new CertificateRealm(document, null, time, loggers.CreateLogger<CertificateRealm>()),
        RealmKind.Ldap or RealmKind.ActiveDirectory => new DirectoryRealm(document, time),
        _ => null,
    };
}
