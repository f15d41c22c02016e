using System.Collections.Immutable;
using System.IO.Enumeration;
using Gatehouse.Administration;
using Gatehouse.Engine.Administration;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Identity;
using Gatehouse.Policy;

namespace Gatehouse.Engine.Elasticsearch.Security;

/// <summary>Which keys a call is about. What is not given does not narrow.</summary>
internal sealed record ApiKeySelection
{
    /// <summary>Their ids; empty: any.</summary>
    public ImmutableArray<string> Ids { get; init; } = [];

    /// <summary>Their name; <c>*</c> is any run of characters, as Elasticsearch has it for listing.</summary>
    public string? Name { get; init; }

    /// <summary>The caller's own.</summary>
    public bool Owner { get; init; }

    /// <summary>Their owner's name.</summary>
    public string? Username { get; init; }

    /// <summary>Their owner's realm; keys are native users' only.</summary>
    public string? Realm { get; init; }

    /// <summary>Whether it says anything but <see cref="Owner"/>.</summary>
    public bool NamesSomething => !Ids.IsEmpty || Name is not null || Username is not null || Realm is not null;

    /// <summary>One's own keys are not named by another name.</summary>
    public bool IsContradiction => (Owner && (Username is not null || Realm is not null)) || (!Ids.IsEmpty && Name is not null);

    /// <summary>
    /// Whether it cannot reach beyond the caller's own keys. Who comes with a key has that one only: in wrong hands it must not show or
    /// end the others of its owner.
    /// </summary>
    public bool IsOwn(SecurityCall call) => Owner
        || (call.HasKey ? Ids is [var id] && id == KeyIdOf(call) : Username == call.Principal.Name && Realm == call.Principal.Realm && Realm == RealmNames.Native);

    /// <summary>Whether a key is among them.</summary>
    public bool Selects(ApiKeyDocument key, SecurityCall call, ClusterDocument document) =>
        (Ids.IsEmpty || Ids.Contains(key.Id))
        && (Name is null || Matches(Name, key.Name))
        && (Username is null || Username == key.Owner)
        && (Realm is null || Matches(Realm, RealmNames.Native))
        && (!Owner || IsOwnKey(key, call, document));

    /// <summary>Whether a key is the caller's own.</summary>
    public static bool IsOwnKey(ApiKeyDocument key, SecurityCall call, ClusterDocument document) => call.HasKey
        ? key.Id == KeyIdOf(call)
        : call.Principal.Realm == RealmNames.Native && document.Users.TryGetValue(call.Principal.Name, out UserDocument? user) && key.IsOf(user);

    /// <summary>Whether a text fits a pattern with <c>*</c> and <c>?</c>; <c>\</c> takes the next character as it is.</summary>
    public static bool Matches(string pattern, string text) => FileSystemName.MatchesSimpleExpression(pattern, text, ignoreCase: false);

    /// <summary>For the record of a change.</summary>
    public string Describe(SecurityCall call) => string.Join(
        ' ',
        new[]
        {
            Ids.IsEmpty ? null : string.Join(", ", Ids.Take(10).Select(AdminRequestReader.Shown)),
            Name is null ? null : $"named {AdminRequestReader.Shown(Name)}",
            Owner ? $"of user {call.Principal.Name}" : Username is null ? null : $"of user {AdminRequestReader.Shown(Username)}",
            Realm is null ? null : $"of realm {AdminRequestReader.Shown(Realm)}",
        }.Where(static part => part is not null));

    private static string? KeyIdOf(SecurityCall call) => call.Principal.Attributes.GetValueOrDefault(SecuritySnapshot.ApiKeyAttribute);
}
