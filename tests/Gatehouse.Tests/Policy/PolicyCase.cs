using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Gatehouse.Identity;
using Gatehouse.Operations;
using Gatehouse.Policy;

namespace Gatehouse.Tests.Policy;

/// <summary>A random policy with a random question, made so that the two often meet.</summary>
internal sealed record PolicyCase(ImmutableArray<RoleDocument> Roles, AuthorizationContext Context, ImmutableArray<Asked> Operations)
{
    private static readonly string[] Actions = ["read", "write", "read.all", "admin:drop"];
    private static readonly string[] ActionPatterns = ["read", "write", "*", "r*", "*.all", "w*te", "admin:*", "*e*a*"];
    private const string Long = "a-name-of-32-bytes-as-hosts-do-b";
    private static readonly string[] Parts = ["a", "b", "ab", "aab", "", "é", "a.b", "bb", "x-a", Long, "a" + Long + Long];
    private static readonly string[] PatternParts =
        ["a", "b", "ab", "", "*", "*", "a*", "*b", "a*b", "*a*", "**", "**", "a**", "**b", "${username}", "${clientid}", "a${username}", "${cert.cn}*", "é", "*a*b", "a**b", Long, Long + "*", "*" + Long];

    private static readonly string[] Values = ["a", "b", "ab", "a", "é", "a*", "a/b", "+", "#", ""];
    private static readonly string[] Networks = ["10.0.0.0/8", "10.1.0.0/16", "192.168.0.9", "0.0.0.0/0", "::/0", "fd00::/16", "fd00::1"];
    private static readonly string[] Addresses = ["10.0.0.1", "10.1.2.3", "192.168.0.9", "8.8.8.8", "fd00::1", "fd01::1", "::ffff:10.0.0.1"];
    private static readonly string[] Windows = ["08:00-12:00", "22:00-06:00", "12:00-00:00", "00:00-00:01"];
    private static readonly string[] Times =
        ["2026-01-01T00:00:00Z", "2026-01-01T08:00:00Z", "2026-01-01T11:59:59.999Z", "2026-01-01T12:00:00Z", "2026-06-01T23:30:00Z", "2025-12-31T05:00:00Z"];

    public static Gen<PolicyCase> Generator { get; } =
        from roles in Sized(Roles1(), 0, 4)
        from name in Gen.Elements(Values.Where(v => v.Length > 0).ToArray())
        from client in Gen.Elements(Values)
        from cn in Gen.Elements(Values)
        let principal = new Principal(name, "native", [], new Dictionary<string, string> { ["clientid"] = client, ["cert.cn"] = cn }.ToFrozenDictionary())
        from held in Sized(Gen.Choose(0, 9), 1, 5)
        from context in Context1(principal, [.. held.Select(h => h switch { < 5 => $"role{h}", 9 => "auditor", _ => "role0" })])
        from operations in Sized(Asked1([.. roles.SelectMany(r => r.Grants)], principal), 1, 3)
        select new PolicyCase([.. roles.Select((r, i) => r with { Name = $"role{i}" })], context, [.. operations]);

    public OperationSet ToSet() => ToSet(Operations);

    public static OperationSet ToSet(IEnumerable<Asked> operations)
    {
        var set = new OperationSet();
        foreach (Asked asked in operations)
        {
            set.Begin(SystemAction.Intern(asked.System, asked.Action));
            foreach ((byte[] resource, bool isPrefix) in asked.Resources)
            {
                if (isPrefix)
                {
                    set.AddPrefix(resource);
                }
                else
                {
                    set.AddResource(resource);
                }
            }
        }

        return set;
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (RoleDocument role in Roles)
        {
            foreach (Grant grant in role.Grants)
            {
                text.AppendLine($"{role.Name}: {grant.Effect} {grant.System} [{string.Join(' ', grant.Actions)}] [{string.Join(' ', grant.Resources)}] {grant.When} {(grant.When is null ? "" : string.Join(' ', grant.When.Sources))}");
            }
        }

        return text.Append(Context).Append(" roles ").AppendJoin(' ', Context.Roles).AppendLine().AppendJoin("; ", Operations).ToString();
    }

    private static Gen<RoleDocument> Roles1() =>
        from grants in Sized(Grant1(), 0, 5)
        select new RoleDocument { Name = "role", Grants = [.. grants] };

    private static Gen<Grant> Grant1() =>
        from effect in Gen.Elements(GrantEffect.Allow, GrantEffect.Allow, GrantEffect.Allow, GrantEffect.Deny)
        from system in Gen.Elements("alpha", "alpha", "ipfs-proxy", "*")
        from actions in Sized(Gen.Elements(ActionPatterns), 1, 2)
        from resources in Sized(Pattern1(), 0, 4)
        from isConditional in Gen.Elements(false, false, true)
        from conditions in Conditions1()
        from isOwn in Gen.Elements(false, true)
        let when = conditions with { Own = isOwn && system == "ipfs-proxy" ? true : null }
        select new Grant { Effect = effect, System = system, Actions = [.. actions], Resources = [.. resources], When = isConditional ? when : null };

    private static Gen<string> Pattern1() =>
        from parts in Sized(Gen.Elements(PatternParts), 1, 4)
        let text = string.Join('/', parts)
        select text.Length == 0 ? "**" : text;

    private static Gen<GrantConditions> Conditions1() =>
        from sources in Sized(Gen.Elements(Networks), 0, 2)
        from gates in Sized(Gen.Elements("one", "two"), 0, 1)
        from certificate in Gen.Elements(false, false, true)
        from window in Gen.Elements<string?>([null, null, .. Windows])
        from before in Gen.Elements<string?>(null, null, "2026-01-01T08:00:00+02:00")
        from after in Gen.Elements<string?>(null, null, "2026-01-01T12:00:00Z")
        select new GrantConditions
        {
            Sources = [.. sources],
            Gates = [.. gates],
            ClientCertificate = certificate,
            Hours = window,
            NotBefore = before is null ? null : DateTimeOffset.Parse(before),
            NotAfter = after is null ? null : DateTimeOffset.Parse(after),
        };

    private static Gen<AuthorizationContext> Context1(Principal principal, ImmutableArray<string> roles) =>
        from address in Gen.Elements(Addresses)
        from gate in Gen.Elements("one", "two")
        from certificate in Gen.Elements(false, true)
        from now in Gen.Elements(Times)
        from ownership in Gen.Elements(Ownership.Unknown, Ownership.Foreign, Ownership.Own, Ownership.Own)
        select new AuthorizationContext(principal, roles, IPAddress.Parse(address), gate, certificate, DateTimeOffset.Parse(now), 7) { Ownership = ownership };

    private static Gen<Asked> Asked1(ImmutableArray<Grant> grants, Principal principal) =>
        from system in Gen.Elements("alpha", "alpha", "ipfs-proxy")
        from action in Gen.Elements(Actions)
        from resources in Sized(Resource1([.. grants.SelectMany(g => g.Resources)], principal), 0, 2)
        select new Asked(system, action, [.. resources]);

    // Most names are made from a pattern of the policy, so that they match it, or nearly.
    private static Gen<(byte[] Name, bool IsPrefix)> Resource1(string[] patterns, Principal principal) =>
        from isPrefix in Gen.Elements(false, false, false, true)
        from fromPattern in Gen.Elements(true, true, false)
        from pattern in Gen.Elements(patterns.Length == 0 ? ["a/b"] : patterns)
        from runs in Sized(Gen.Elements("", "a", "b", "ab", "a/b", "/", "b/"), 12, 12)
        from segments in Sized(Gen.Elements(Parts), 1, 4)
        from cut in Gen.Choose(0, 12)
        let name = Encoding.UTF8.GetBytes(fromPattern ? Instance(pattern, runs, principal) : string.Join('/', segments))
        select (isPrefix && cut < name.Length ? name[..cut] : name, isPrefix);

    private static string Instance(string pattern, IReadOnlyList<string> runs, Principal principal)
    {
        string text = pattern.Replace("${username}", principal.Name).Replace("${clientid}", principal.Attributes["clientid"]).Replace("${cert.cn}", principal.Attributes["cert.cn"]);
        var name = new StringBuilder();
        int run = 0;
        for (int i = 0; i < text.Length; i++)
        {
            bool isDouble = text[i] == '*' && i + 1 < text.Length && text[i + 1] == '*';
            name.Append(text[i] != '*' ? text[i].ToString() : isDouble ? runs[run++ % runs.Count] : runs[run++ % runs.Count].Replace("/", ""));
            i += isDouble ? 1 : 0;
        }

        return name.ToString();
    }

    private static Gen<List<T>> Sized<T>(Gen<T> element, int least, int most) =>
        from count in Gen.Choose(least, most)
        from list in element.ListOf(count)
        select list.ToList();
}
