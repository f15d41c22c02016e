using Gatehouse.Engine.Realms;
using Gatehouse.Identity;

namespace Gatehouse.Engine.Tests.Realms;

/// <summary>Makes no realm.</summary>
internal sealed class NoRealms : IRealmFactory
{
    public IRealm? TryMake(RealmDocument document) => null;
}
