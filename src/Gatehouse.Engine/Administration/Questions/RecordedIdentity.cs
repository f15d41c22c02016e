using System.Collections.Frozen;
using System.Net;
using Gatehouse.Audit;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Identity;
using Gatehouse.Operations;
using Gatehouse.Policy.Questions;

namespace Gatehouse.Engine.Administration.Questions;

/// <summary>Who a record is about, as far as a record says it.</summary>
internal static class RecordedIdentity
{
    private static readonly IReadOnlyDictionary<string, string?> NoAttributes = FrozenDictionary<string, string?>.Empty;

    /// <summary>The principal, with the groups and attributes that the record holds of it.</summary>
    public static Principal Of(AuditRecord record)
    {
        Dictionary<string, string> attributes = new(StringComparer.Ordinal);
        foreach ((string name, string? value) in record.Attributes ?? NoAttributes)
        {
            if (value is not null)
            {
                attributes[name] = value;
            }
        }

        if (record.ApiKey is { } key)
        {
            attributes[SecuritySnapshot.ApiKeyAttribute] = key;
        }

        return new Principal(
            record.User ?? "",
            record.Realm ?? "",
            record.Groups is null ? default : [.. record.Groups],
            attributes.Count == 0 ? null : attributes.ToFrozenDictionary(StringComparer.Ordinal));
    }

    /// <summary>Who really came in: the one that acts for the user, where somebody does. Null where nobody was authenticated.</summary>
    public static (string Realm, string Name)? ActorOf(AuditRecord record)
    {
        if (record.RunBy is { } actor && actor.IndexOf('/', StringComparison.Ordinal) is var slash and > 0)
        {
            return (actor[..slash], actor[(slash + 1)..]);
        }

        return record is { User: { } user, Realm: { } realm } ? (realm, user) : null;
    }

    /// <summary>Whether a realm's principals are native users.</summary>
    public static bool IsNative(string realm) => realm is RealmNames.Native or RealmNames.ApiKey;

    /// <summary>The circumstances of a recorded decision.</summary>
    public static Circumstances CircumstancesOf(AuditRecord record) => new(record.Time)
    {
        Source = record.SourceAddress ?? IPAddress.Loopback,
        Gate = record.Gate ?? "",
        HasClientCertificate = record.HasClientCertificate,
        Qos = record.Qos,
        Retain = record.Retain,
        Own = record.Own == true, // what was not asked was not found to be
        IsTimeExact = true,
    };

    /// <summary>What was asked for; false where the record's names are not of our making.</summary>
    public static bool TryOperations(AuditRecord record, out OperationSet operations)
    {
        operations = new OperationSet();
        try
        {
            operations = Explanations.OperationsOf(record);
            return true;
        }
        catch (FormatException)
        {
            return false;
        }
    }
}
