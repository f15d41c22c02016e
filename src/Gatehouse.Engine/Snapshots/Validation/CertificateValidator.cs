using Gatehouse.Engine.Certificates;
using Gatehouse.Identity;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Snapshots.Validation;

/// <summary>Realms of kind <c>pki</c>: authorities, revocation lists, and fields that exist.</summary>
internal sealed class CertificateValidator : IRealmValidator
{
    /// <inheritdoc/>
    public void Validate(RealmDocument realm, ICollection<Problem> problems)
    {
        foreach (Problem problem in realm.Certificate is null ? [] : CertificateSettingsRules.Check(realm))
        {
            problems.Add(problem);
        }
    }
}
