using Gatehouse.Identity;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Snapshots.Validation;

/// <summary>
/// Finds what is wrong with a realm before it comes into force, whoever wrote it. Pure: neither files nor network, for a change
/// is decided on every node alike. Told of every realm, it looks at those of its kind.
/// </summary>
internal interface IRealmValidator
{
    /// <summary>Adds what is wrong; texts name the realm and the setting, never a secret.</summary>
    void Validate(RealmDocument realm, ICollection<Problem> problems);
}
