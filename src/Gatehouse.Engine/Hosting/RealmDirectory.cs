using System.Diagnostics.CodeAnalysis;
using Gatehouse.Engine.Realms;
using Gatehouse.Engine.Snapshots;

namespace Gatehouse.Engine.Hosting;

/// <summary>The realms of the snapshot in force, for trying a login.</summary>
internal sealed class RealmDirectory(RealmChain chain, SnapshotHolder snapshots) : IRealmDirectory
{
    /// <inheritdoc/>
    public bool TryGet(string name, [NotNullWhen(true)] out IRealm? realm)
    {
        realm = chain.Find(snapshots.Current, name);
        return realm is not null;
    }
}
