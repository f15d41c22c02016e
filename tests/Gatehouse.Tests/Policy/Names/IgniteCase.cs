using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Gatehouse.Identity;
using Gatehouse.Policy;
using Gatehouse.Policy.Names;

namespace Gatehouse.Tests.Policy.Names;

/// <summary>Random policies of system <c>ignite</c> with random questions, made so that the two often meet.</summary>
internal static class IgniteCase
{
    private static readonly string[] TableActions = ["meta.read", "table.read", "table.write", "table.*", "sql.read", "sql.write", "sql.ddl", "system.read", "meta.*", "tx.use"];
    private static readonly string[] CodeActions = ["compute.execute", "compute.unit", "compute.*", "compute.manage", "cluster.read"];
    private static readonly string[] Asked1 = [.. IgniteRights.All];

    private static readonly string[] Tables =
    [
        "*", "PUBLIC.*", "public.orders", "PUBLIC.ORDERS", "public.\"orders\"", "PUBLIC.\"ORDERS\"", "*.orders", "public.o*s", "${username}.*", "\"${username}\".*",
        "public.${username}_*", "\"x ${username}\".T", "PUBLIC.\"or*\"", "SYSTEM.*", "\"a.b\".\"c\"\"d\"", "public.**",
    ];

    private static readonly string[] TableNames =
        ["PUBLIC.ORDERS", "PUBLIC.\"orders\"", "PUBLIC.OS", "ANNA.T", "\"anna\".T", "PUBLIC.ANNA_1", "PUBLIC.\"anna\"", "\"x anna\".T", "\"a.b\".\"c\"\"d\"", "SYSTEM.LOCKS", "PUBLIC.\"a/b\"", "X.ORDERS"];

    private static readonly string[] Classes = ["*", "com.acme.*", "com.acme.Job", "COM.ACME.JOB", "com.acme.${username}.*", "*:1.0", "unit:*", "*Job", "${username}*"];
    private static readonly string[] ClassNames = ["com.acme.Job", "com.acme.job", "COM.ACME.JOB", "com.acme.anna.Job", "com.acme.a.b.Job", "unit:1.0", "unit:2.0", "a.b.Job", "annaJob"];
    private static readonly string[] Both = ["*", "PUBLIC.*", "PUBLIC.\"orders\"", "COM.ACME.*", "PUBLIC.\"ORDERS\""];

    public static Gen<PolicyCase> Generator { get; } =
        from name in Gen.Elements("anna", "ANNA", "a.b", "x\"y", "é", "a/b", "*")
        from roles in Sized(Role1(), 1, 3)
        let principal = new Principal(name, "native", [], new Dictionary<string, string>().ToFrozenDictionary())
        from gate in Gen.Elements("one", "two")
        from operations in Sized(Operation1(name), 1, 2)
        select new PolicyCase(
            [.. roles.Select((r, i) => r with { Name = $"role{i}" })],
            new AuthorizationContext(principal, [.. roles.Select((_, i) => $"role{i}")], IPAddress.Loopback, gate, false, PolicyFixture.Noon, 7),
            [.. operations]);

    private static Gen<RoleDocument> Role1() =>
        from grants in Sized(Grant1(), 0, 4)
        select new RoleDocument { Name = "role", Grants = [.. grants] };

    private static Gen<Grant> Grant1() =>
        from kind in Gen.Elements(0, 0, 0, 1, 1, 2, 3)
        from effect in Gen.Elements(GrantEffect.Allow, GrantEffect.Allow, GrantEffect.Deny)
        from tables in Sized(Gen.Elements(TableActions), 1, 2)
        from codes in Sized(Gen.Elements(CodeActions), 1, 2)
        from tableNames in Sized(Gen.Elements(Tables), 0, 2)
        from classNames in Sized(Gen.Elements(Classes), 0, 2)
        from bothNames in Sized(Gen.Elements(Both), 0, 2)
        from isWide in Gen.Elements(true, false)
        from gate in Gen.Elements<string?>(null, null, null, "one")
        select new Grant
        {
            Effect = effect,
            System = kind == 3 ? "*" : IgniteRights.System,
            Actions = kind switch { 0 => [.. tables], 1 => [.. codes], 2 => [isWide ? "*" : "*.read"], _ => [.. tables] },
            Resources = kind switch { 0 => [.. tableNames], 1 => [.. classNames], 2 => [.. bothNames], _ => ["PUBLIC.ORDERS", "PUBLIC.**"] },
            When = gate is null ? null : new GrantConditions { Gates = [gate] },
        };

    private static Gen<Asked> Operation1(string user) =>
        from action in Gen.Elements(Asked1)
        from table in Gen.Elements(TableNames)
        from code in Gen.Elements(ClassNames)
        from count in Gen.Choose(0, 3)
        from isPrefix in Gen.Elements(false, false, false, true)
        from cut in Gen.Choose(0, 12)
        let text = (action.StartsWith("compute") ? code : table).Replace("anna", user.Replace("\"", ""))
        let bytes = Encoding.UTF8.GetBytes(text)
        let asked = (isPrefix && cut < bytes.Length ? bytes[..cut] : bytes, isPrefix)
        select new Asked(IgniteRights.System, action, count == 0 ? [] : ImmutableArray.Create(asked));

    private static Gen<List<T>> Sized<T>(Gen<T> element, int least, int most) =>
        from count in Gen.Choose(least, most)
        from list in element.ListOf(count)
        select list.ToList();
}
