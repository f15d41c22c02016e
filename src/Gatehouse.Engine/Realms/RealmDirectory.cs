using System.Diagnostics.CodeAnalysis;
using Gatehouse.Engine.Snapshots;

namespace Gatehouse.Engine.Realms;

/// <summary>The chain's own realms, so that what is tried out is what logins go through.</summary>
internal sealed class RealmDirectory(RealmChain chain, SnapshotHolder snapshots) : IRealmDirectory
{
    /// <inheritdoc/>
    public bool TryGet(string name, [NotNullWhen(true)] out IRealm? realm)
    {
        realm = chain.Find(snapshots.Current, name);
        return realm is not null;
    }
}
