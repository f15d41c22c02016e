using Gatehouse.Administration;
using Gatehouse.Identity;

namespace Gatehouse.Engine.Administration.Policies;

/// <summary>
/// Goes back to an earlier generation as a file of it would: API keys are not part of it, so that no revoked one comes back, and
/// neither are passwords that are there now. Who was removed since comes back with the password of then.
/// </summary>
internal static class PolicyRollback
{
    /// <summary>The document to put in force.</summary>
    public static PolicyCandidate To(ClusterDocument past, ClusterDocument current, long generation, DateTimeOffset now)
    {
        PolicyView policy = PolicyExport.Of(past, withHashes: true);
        foreach ((string name, PolicyUserView? user) in policy.Users!) // an export has all sections
        {
            UserDocument? present = current.Users.GetValueOrDefault(name);
            user!.BreakGlass = present?.IsBreakGlass ?? user.BreakGlass;
            user.PasswordHash = present is { IsService: false } ? null : user.PasswordHash;
        }

        foreach ((string name, RealmView? realm) in policy.Realms!)
        {
            GiveSecrets(realm!, past.Realms[name], current.Realms.GetValueOrDefault(name));
        }

        return PolicyCandidate.Make(current, generation, policy, PolicyMerge.Replace, now);
    }

    // The secret of now where it still goes to the same place, else that of then.
    private static void GiveSecrets(RealmView view, RealmDocument past, RealmDocument? present)
    {
        (RealmDocument kept, Problems.Problem? problem) = RealmChanges.KeepSecrets(view.ToDocument(past.Name), present);
        if (view.Directory is { } directory && (problem is not null || kept.Directory?.BindPassword is null))
        {
            directory.BindPassword = past.Directory?.BindPassword;
        }

        if (view.Token is { } token && kept.Token?.Keys is null)
        {
            token.Keys = past.Token?.Keys;
        }
    }
}
