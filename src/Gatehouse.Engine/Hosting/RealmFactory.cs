using Gatehouse.Engine.Realms;
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
        _ => Unbuilt(document),
    };

    private IRealm? Unbuilt(RealmDocument document)
    {
        _ = time;
        Log.RealmKindUnknown(loggers.CreateLogger<RealmFactory>(), document.Name, document.Kind);
        return null;
    }
}
