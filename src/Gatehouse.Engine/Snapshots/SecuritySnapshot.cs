using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;
using Gatehouse.Administration;
using Gatehouse.Audit;
using Gatehouse.Identity;
using Gatehouse.Membership;
using Gatehouse.Network;
using Gatehouse.Policy;
using Gatehouse.Policy.Questions;

namespace Gatehouse.Engine.Snapshots;

/// <summary>Everything a request is decided on: immutable, compiled, swapped in one step.</summary>
internal sealed class SecuritySnapshot
{
    /// <summary>The principal's attribute that names its key.</summary>
    public const string ApiKeyAttribute = "api_key.id";

    /// <summary>The principal's attribute with the SHA-256 of the public key that it logged in with, 64 lower-case hex digits.</summary>
    public const string CertificateKeyAttribute = "cert.spki_sha256";

    private const string UserNamePlaceholder = "username";
    private const int MostMapped = 50_000;

    private readonly Lazy<ImmutableArray<string>> _attributeNames;
    private readonly FrozenDictionary<string, AddressFilter> _filters;
    private readonly AddressFilter _global;
    private readonly ConcurrentDictionary<(Principal Principal, IPAddress? Source), RoleList> _mapped = new();

    internal SecuritySnapshot(
        long epoch,
        long generation,
        ClusterDocument document,
        CompiledPolicy policy,
        AddressFilter global,
        FrozenDictionary<string, AddressFilter> filters,
        UserTable? users = null)
    {
        Epoch = epoch;
        Generation = generation;
        Document = document;
        Policy = policy;
        _global = global;
        _filters = filters;
        _attributeNames = new Lazy<ImmutableArray<string>>(FindAttributeNames);
        Users = users ?? UserTable.Of(document.Users);
    }

    /// <summary>Counts every swap of this process; two snapshots with one epoch are the same object. Set before it comes into force.</summary>
    public long Epoch { get; set; }

    /// <summary>The generation of the cluster state.</summary>
    public long Generation { get; }

    /// <summary>The documents it was compiled from.</summary>
    public ClusterDocument Document { get; }

    /// <summary>Compiled roles.</summary>
    public CompiledPolicy Policy { get; }

    /// <summary>Which events are recorded.</summary>
    public AuditPolicy AuditPolicy { get; init; } = AuditPolicy.Everything;

    /// <summary>
    /// Whether it is too old to decide on: everybody has only what role <see cref="BuiltInRoles.Admin"/> allows too, which is Gatehouse's
    /// own system, and nobody has what needs a login and no grant. Set before the snapshot comes into force.
    /// </summary>
    public bool IsStale { get; set; }

    /// <summary>The record's word for what no grant allows.</summary>
    public string NoGrant => IsStale ? "state_too_old" : "no_grant";

    /// <summary>Native users by name.</summary>
    public UserTable Users { get; }

    /// <summary>What is known about names; set before the snapshot comes into force.</summary>
    public INameFacts? Names { get; set; }

    /// <summary>The plain host names that address rules have.</summary>
    public IEnumerable<string> HostNames => _filters.Values.Append(_global).SelectMany(static f => f.Hosts).Distinct(StringComparer.Ordinal);

    /// <summary>Who is denied whatever their roles say; set before the snapshot comes into force.</summary>
    public DenialSet Denials { get; set; } = DenialSet.Empty;

    /// <summary>The filter of the global rules.</summary>
    internal AddressFilter GlobalFilter => _global;

    /// <summary>The filters of gates with rules of their own.</summary>
    internal FrozenDictionary<string, AddressFilter> GateFilters => _filters;

    /// <summary>What the address rules of a gate say of a source. Never waits.</summary>
    public AddressVerdict Decide(string gate, IPAddress source) =>
        Names is { } names ? FilterFor(gate).Decide(source, names) : FilterFor(gate).Decide(source);

    /// <summary>The address filter of a gate (its own rules and the global ones).</summary>
    public AddressFilter FilterFor(string gate) => _filters.TryGetValue(gate, out AddressFilter? own) ? own : _global;

    /// <summary>Role mappings.</summary>
    public RoleMapper Mapper { get; init; } = RoleMapper.Empty;

    /// <summary>Attributes that mappings or placeholders of roles look at, sorted; the name of the principal is none of them.</summary>
    public ImmutableArray<string> AttributeNames => _attributeNames.Value;

    /// <summary>Whether the roles of a realm's people come from mappings: what these look at is recorded with each decision.</summary>
    public bool IsMapped(string realm) =>
        realm is not (RealmNames.Native or RealmNames.ApiKey or RealmNames.Kernel or RealmNames.Network or RealmNames.Local or RealmNames.SwarmKey) && Document.Realms.ContainsKey(realm);

    /// <summary>The role whose grants are what a key leaves of its owner's rights.</summary>
    public static string LimitRole(ApiKeyDocument key) => "api-key:" + key.Id;

    /// <summary>
    /// What a principal may at this moment on this snapshot; false when it may not be here at all (unknown, disabled or
    /// expired user, key or realm).
    /// </summary>
    /// <param name="principal">Who.</param>
    /// <param name="source">Where from, for mappings that look at it; null where there is no address.</param>
    /// <param name="now">When.</param>
    /// <param name="rights">Its roles, and what limits them.</param>
    public bool TryGetRights(Principal principal, IPAddress? source, DateTimeOffset now, out Rights rights)
    {
        bool isHere = TryGetAllRights(principal, source, now, out rights);
        if (IsStale)
        {
            // A limit of its own (an API key's) cannot be had together with this one: such a key may nothing meanwhile.
            rights = rights with { Limit = rights.Limit.IsDefault ? [BuiltInRoles.Admin] : [] };
        }

        return isHere;
    }

    /// <summary>The same state once more, for what changed at this node alone.</summary>
    public SecuritySnapshot Again() => new(Epoch + 1, Generation, Document, Policy, _global, _filters, Users)
    {
        AuditPolicy = AuditPolicy,
        Mapper = Mapper,
    };

    private bool TryGetAllRights(Principal principal, IPAddress? source, DateTimeOffset now, out Rights rights)
    {
        rights = Rights.None;
        if (!Denials.IsEmpty && IsDenied(principal))
        {
            return false;
        }

        switch (principal.Realm)
        {
            case RealmNames.Native:
                return TryGetUser(principal.Name, now, default, out rights);
            case RealmNames.ApiKey:
                return principal.Attributes.TryGetValue(ApiKeyAttribute, out string? id)
                    && Document.ApiKeys.TryGetValue(id, out ApiKeyDocument? key)
                    && !(key.Expires <= now)
                    && TryGetUser(key.Owner, now, key.IsDerived ? [] : key.Grants is null ? default : [LimitRole(key)], out rights);
            case RealmNames.Kernel or RealmNames.Network or RealmNames.Local or RealmNames.SwarmKey:
                // These carry their role in the realm's own name space.
                rights = new Rights(principal.Groups);
                return true;
            default:
                return TryGetMapped(principal, source, out rights);
        }
    }

    /// <summary>Whether a public key (SHA-256 of its SubjectPublicKeyInfo, 64 lower-case hex digits) is accepted no more, in whatever certificate.</summary>
    public bool IsRevoked(string keyHash) =>
        (!Document.Revocations.IsEmpty && Document.Revocations.ContainsKey(keyHash)) || (!Denials.IsEmpty && Denials.HasCertificate(keyHash));

    // An API key falls with itself and with its owner; what a client certificate proved falls with its key.
    private bool IsDenied(Principal principal) =>
        Denials.HasUser(principal.Realm, principal.Name)
        || (principal.Realm == RealmNames.ApiKey && principal.Attributes.TryGetValue(ApiKeyAttribute, out string? id)
            && (Denials.HasApiKey(id) || (Document.ApiKeys.TryGetValue(id, out ApiKeyDocument? key) && Denials.HasUser(RealmNames.Native, key.Owner))))
        || (principal.Attributes.TryGetValue(CertificateKeyAttribute, out string? hash) && Denials.HasCertificate(hash));

    private ImmutableArray<string> FindAttributeNames() =>
    [
        .. Document.Mappings.Values.SelectMany(static mapping => mapping.Attributes.Keys)
            .Concat(Document.Roles.Keys.SelectMany(role => RoleQuestions.PlaceholdersOf(Policy, role)).Where(static name => name != UserNamePlaceholder))
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
    ];

    private bool TryGetUser(string name, DateTimeOffset now, ImmutableArray<string> limit, out Rights rights)
    {
        NativeUser? user = Users.Find(name);
        bool isHere = user?.IsHere(now) == true;
        rights = isHere ? new Rights(user!.Names, limit, user) : Rights.None;
        return isHere;
    }

    private bool TryGetMapped(Principal principal, IPAddress? source, out Rights rights)
    {
        rights = Rights.None;
        if (!Document.Revocations.IsEmpty && principal.Attributes.TryGetValue(CertificateKeyAttribute, out string? key) && IsRevoked(key))
        {
            return false;
        }

        if (!Document.Realms.TryGetValue(principal.Realm, out RealmDocument? realm))
        {
            // A gate's own client authorities make identities without a realm of the store; they carry their roles.
            rights = principal.Realm == RealmNames.Pki ? new Rights(principal.Groups) : rights;
            return principal.Realm == RealmNames.Pki;
        }

        if (!realm.Enabled)
        {
            return false;
        }

        (Principal, IPAddress?) asked = (principal, Mapper.UsesNetworks ? source : null);
        if (!_mapped.TryGetValue(asked, out RoleList? roles))
        {
            roles = new RoleList(
                realm.Anonymous is { } anonymous
                    ? [.. anonymous.Roles.Concat(Mapper.RolesOf(principal, source)).Distinct(StringComparer.Ordinal)]
                    : Mapper.RolesOf(principal, source));
            if (_mapped.Count >= MostMapped)
            {
                _mapped.Clear();
            }

            _mapped[asked] = roles;
        }

        rights = new Rights(roles.Names, List: roles);
        return true;
    }
}

/// <summary>What a principal may on a snapshot.</summary>
/// <param name="Roles">Names of its roles.</param>
/// <param name="Limit">Roles that must allow besides (an API key's own grants); default: no such limit.</param>
/// <param name="List">The list whose names the roles are, where one is kept.</param>
internal readonly record struct Rights(ImmutableArray<string> Roles, ImmutableArray<string> Limit = default, RoleList? List = null)
{
    /// <summary>Nothing.</summary>
    public static Rights None { get; } = new([], []);
}
