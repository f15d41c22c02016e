using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Gatehouse.Identity;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Snapshots.Validation;

/// <summary>The one place where realms are looked at: a bad one never comes into force, from the API, a file or another node.</summary>
internal static class RealmRules
{
    /// <summary>Realms of a cluster at most; each costs a login that nobody answers a step.</summary>
    internal const int MaxRealms = 64;

    // A document that was found good is not looked at again when something else changes.
    private static readonly ConditionalWeakTable<RealmDocument, object> Good = new();

    // Each looks at its own kind; the first at what is the same for all, and the others run only when it found nothing.
    private static readonly ImmutableArray<IRealmValidator> Validators =
    [
        new RealmShapeValidator(),
        new AnonymousValidator(),
        new TokenValidator(),
        new CertificateValidator(),
        new DirectoryValidator(),
    ];

    /// <summary>Adds what is wrong with the realms of a generation.</summary>
    public static void Check(ImmutableSortedDictionary<string, RealmDocument> realms, ICollection<Problem> problems)
    {
        if (realms.Count > MaxRealms)
        {
            problems.Add(IdentityProblems.RealmValue.Because($"{realms.Count} realms are more than {MaxRealms}"));
            return;
        }

        foreach (RealmDocument realm in realms.Values)
        {
            if (!Good.TryGetValue(realm, out _) && IsGood(realm, problems))
            {
                Good.AddOrUpdate(realm, realm.Name);
            }
        }

        string[] anonymous = [.. realms.Values.Where(static realm => realm is { Kind: RealmKind.Anonymous, Enabled: true }).Select(static realm => realm.Name)];
        if (anonymous.Length > 1)
        {
            problems.Add(IdentityProblems.RealmSettings.Because(
                $"realms `{anonymous[0]}` and `{anonymous[1]}` both are everybody who presents nothing", hint: "disable one of them"));
        }
    }

    private static bool IsGood(RealmDocument realm, ICollection<Problem> problems)
    {
        int before = problems.Count;
        foreach (IRealmValidator validator in Validators)
        {
            validator.Validate(realm, problems);
            if (problems.Count > before)
            {
                return false;
            }
        }

        return true;
    }
}
