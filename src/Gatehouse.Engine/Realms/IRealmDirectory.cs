using System.Diagnostics.CodeAnalysis;

namespace Gatehouse.Engine.Realms;

/// <summary>The realms of this node by name, as they are in force now.</summary>
internal interface IRealmDirectory
{
    /// <summary>Finds an enabled realm. It may be disposed of at the next change; whoever uses it then is answered <see cref="RealmVerdict.Unavailable"/>.</summary>
    bool TryGet(string name, [NotNullWhen(true)] out IRealm? realm);
}
