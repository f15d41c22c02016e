using System.Collections.Immutable;
using Gatehouse.Administration;
using Gatehouse.Audit;
using Gatehouse.Identity;
using Gatehouse.Membership;
using Gatehouse.Network;
using Gatehouse.Policy;

namespace Gatehouse.Engine.Store;

/// <summary>What one generation changed of the one before it, as the node keeps it beside the last whole one.</summary>
internal sealed record GenerationDelta
{
    public required int Format { get; init; }

    public required long Number { get; init; }

    /// <summary>Digest of the generation before: a change is never put on top of another state than the one it was made on.</summary>
    public required string Before { get; init; }

    public required string Digest { get; init; }

    public required string Actor { get; init; }

    public required string Summary { get; init; }

    public required DateTimeOffset Time { get; init; }

    public DocumentDelta<UserDocument>? Users { get; init; }

    public DocumentDelta<RoleDocument>? Roles { get; init; }

    public DocumentDelta<RealmDocument>? Realms { get; init; }

    public DocumentDelta<MappingDocument>? Mappings { get; init; }

    public DocumentDelta<ApiKeyDocument>? ApiKeys { get; init; }

    public DocumentDelta<CertificateDocument>? Certificates { get; init; }

    public DocumentDelta<RevocationDocument>? Revocations { get; init; }

    public RuleDelta? Networks { get; init; }

    /// <summary>Null where it stayed.</summary>
    public MembershipDocument? Membership { get; init; }

    /// <summary>Null where it stayed.</summary>
    public AuditPolicyDocument? AuditPolicy { get; init; }

    /// <summary>The change from one generation to the next.</summary>
    public static GenerationDelta Of(Generation before, Generation next) => new()
    {
        Format = GenerationFormat.Version,
        Number = next.Number,
        Before = before.Digest,
        Digest = next.Digest,
        Actor = next.Note.Actor,
        Summary = next.Note.Summary,
        Time = next.Note.Time,
        Users = DocumentDelta<UserDocument>.Of(before.Document.Users, next.Document.Users),
        Roles = DocumentDelta<RoleDocument>.Of(before.Document.Roles, next.Document.Roles),
        Realms = DocumentDelta<RealmDocument>.Of(before.Document.Realms, next.Document.Realms),
        Mappings = DocumentDelta<MappingDocument>.Of(before.Document.Mappings, next.Document.Mappings),
        ApiKeys = DocumentDelta<ApiKeyDocument>.Of(before.Document.ApiKeys, next.Document.ApiKeys),
        Certificates = DocumentDelta<CertificateDocument>.Of(before.Document.Certificates, next.Document.Certificates),
        Revocations = DocumentDelta<RevocationDocument>.Of(before.Document.Revocations, next.Document.Revocations),
        Membership = ReferenceEquals(before.Document.Membership, next.Document.Membership) ? null : next.Document.Membership,
        Networks = RuleDelta.Of(before.Document.Networks, next.Document.Networks),
        AuditPolicy = ReferenceEquals(before.Document.AuditPolicy, next.Document.AuditPolicy) ? null : next.Document.AuditPolicy,
    };

    /// <summary>The next generation; null where this is not a change of <paramref name="before"/>.</summary>
    public Generation? Apply(Generation before)
    {
        ClusterDocument document = before.Document;
        return Number != before.Number + 1 || !string.Equals(Before, before.Digest, StringComparison.Ordinal)
            || (Networks is { } rules && !rules.Fits(document.Networks))
            ? null
            : new Generation(
                Number,
                Digest,
                new ClusterDocument
                {
                    Users = Users?.Apply(document.Users, static u => u.Name) ?? document.Users,
                    Roles = Roles?.Apply(document.Roles, static r => r.Name) ?? document.Roles,
                    Realms = Realms?.Apply(document.Realms, static r => r.Name) ?? document.Realms,
                    Mappings = Mappings?.Apply(document.Mappings, static m => m.Name) ?? document.Mappings,
                    ApiKeys = ApiKeys?.Apply(document.ApiKeys, static k => k.Id) ?? document.ApiKeys,
                    Certificates = Certificates?.Apply(document.Certificates, static c => c.Serial) ?? document.Certificates,
                    Revocations = Revocations?.Apply(document.Revocations, static r => r.KeyHash) ?? document.Revocations,
                    Membership = Membership ?? document.Membership,
                    Networks = Networks?.Apply(document.Networks) ?? document.Networks,
                    AuditPolicy = AuditPolicy is null ? document.AuditPolicy : AuditPolicy.Revision == 0 ? AuditPolicyDocument.Default : AuditPolicy,
                },
                new ChangeNote(Actor, Summary, Time));
    }
}

/// <summary>What changed among documents of one kind.</summary>
internal sealed record DocumentDelta<T>
    where T : class
{
    /// <summary>Those that were added or changed.</summary>
    public required ImmutableArray<T> Set { get; init; }

    /// <summary>Names of those that are gone.</summary>
    public required ImmutableArray<string> Gone { get; init; }

    /// <summary>Null where nothing changed.</summary>
    public static DocumentDelta<T>? Of(ImmutableSortedDictionary<string, T> before, ImmutableSortedDictionary<string, T> next)
    {
        ImmutableArray<(string Name, T? Document)> changes = DocumentChanges.Between(before, next);
        return changes.IsEmpty ? null : new DocumentDelta<T>
        {
            Set = [.. changes.Select(static c => c.Document).OfType<T>()],
            Gone = [.. changes.Where(static c => c.Document is null).Select(static c => c.Name)],
        };
    }

    public ImmutableSortedDictionary<string, T> Apply(ImmutableSortedDictionary<string, T> before, Func<T, string> nameOf) =>
        before.RemoveRange(Gone).SetItems(Set.Select(document => KeyValuePair.Create(nameOf(document), document)));
}

/// <summary>One run of address rules that gave way to another.</summary>
internal sealed record RuleDelta
{
    public required int First { get; init; }

    public required int Removed { get; init; }

    public required ImmutableArray<AddressRule> Added { get; init; }

    /// <summary>Null where nothing changed.</summary>
    public static RuleDelta? Of(ImmutableArray<AddressRule> before, ImmutableArray<AddressRule> next)
    {
        if (before == next)
        {
            return null;
        }

        (int first, int last) = SameEnds(before, next);
        return new RuleDelta { First = first, Removed = before.Length - first - last, Added = next[first..(next.Length - last)] };
    }

    /// <summary>How many rules at the beginning and, of the others, at the end are the same objects.</summary>
    public static (int First, int Last) SameEnds(ImmutableArray<AddressRule> before, ImmutableArray<AddressRule> next)
    {
        int most = Math.Min(before.Length, next.Length);
        int first = 0;
        while (first < most && ReferenceEquals(before[first], next[first]))
        {
            first++;
        }

        int last = 0;
        while (last < most - first && ReferenceEquals(before[^(last + 1)], next[^(last + 1)]))
        {
            last++;
        }

        return (first, last);
    }

    public bool Fits(ImmutableArray<AddressRule> before) => First >= 0 && Removed >= 0 && First <= before.Length - Removed;

    public ImmutableArray<AddressRule> Apply(ImmutableArray<AddressRule> before) => before.RemoveRange(First, Removed).InsertRange(First, Added);
}
