using Gatehouse.Audit;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Identity;

namespace Gatehouse.Engine.Realms;

/// <summary>
/// What a record keeps of an identity whose roles come from mappings, so that <c>policy replay</c> can map it anew: all groups, and
/// the attributes that the policy looks at. Users of the store are there to be looked up, and cost nothing here.
/// </summary>
internal static class RecordedFacts
{
    /// <summary>Step 8: puts them into a record; strings are referenced, nothing is allocated.</summary>
    public static void Put(AuditEvent record, Principal principal, SecuritySnapshot snapshot)
    {
        if (snapshot.IsMapped(principal.Realm))
        {
            record.Groups = principal.Groups;
            record.AttributeNames = snapshot.AttributeNames;
            record.Attributes = principal.Attributes;
        }
    }
}
