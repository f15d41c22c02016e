using Gatehouse.Engine.Tokens;
using Gatehouse.Identity;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Snapshots.Validation;

/// <summary>Realms of kind <c>jwt</c> and <c>oidc</c>: issuer, audiences, algorithms and keys that go together.</summary>
internal sealed class TokenValidator : IRealmValidator
{
    /// <inheritdoc/>
    public void Validate(RealmDocument realm, ICollection<Problem> problems)
    {
        foreach (Problem problem in realm.Token is null ? [] : TokenSettingsRules.Check(realm))
        {
            problems.Add(problem);
        }
    }
}
