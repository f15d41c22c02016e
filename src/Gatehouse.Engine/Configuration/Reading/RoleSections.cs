using System.Collections.Immutable;
using System.Globalization;
using Gatehouse.Administration;
using Gatehouse.Engine.Configuration.Yaml;
using Gatehouse.Policy;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Configuration.Reading;

/// <summary>
/// The vocabulary of a role file, the same as the API's. Nothing here may be empty by oversight: resources or conditions that
/// were forgotten would grant more, not less.
/// </summary>
internal static class RoleSections
{
    private static readonly ImmutableArray<string> Effects = ["allow", "deny"];

    // RFC 3339 with an offset: without one two readers would mean two moments.
    private static readonly string[] Times = ["yyyy-MM-dd'T'HH:mm:sszzz", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz", "yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'"];

    private static readonly Section<ConditionsView> When = new(
        "`when`",
        new Key<ConditionsView>("sources", static (r, n, c) => c with { Sources = Texts(r, n) }),
        new Key<ConditionsView>("gates", static (r, n, c) => c with { Gates = Texts(r, n) }),
        new Key<ConditionsView>("client_certificate", static (r, n, c) => c with { ClientCertificate = r.Boolean(n) }),
        new Key<ConditionsView>("not_before", static (r, n, c) => c with { NotBefore = Time(r, n) }),
        new Key<ConditionsView>("not_after", static (r, n, c) => c with { NotAfter = Time(r, n) }),
        new Key<ConditionsView>("hours", static (r, n, c) => c with { Hours = r.Text(n) }),
        new Key<ConditionsView>("qos", static (r, n, c) => c with { Qos = Qos(r, n) }),
        new Key<ConditionsView>("retain", static (r, n, c) => c with { Retain = r.Boolean(n) }),
        new Key<ConditionsView>("own", static (r, n, c) => c with { Own = r.Boolean(n) }));

    private static readonly Section<GrantView> Grant = new(
        "a grant",
        new Key<GrantView>("effect", static (r, n, c) => c with { Effect = r.Word(n, Effects, "effect") == "deny" ? GrantEffect.Deny : GrantEffect.Allow }),
        new Key<GrantView>("system", static (r, n, c) => c with { System = r.Text(n) }) { Required = true },
        new Key<GrantView>("actions", static (r, n, c) => c with { Actions = Texts(r, n) }) { Required = true },
        new Key<GrantView>("resources", static (r, n, c) => c with { Resources = Texts(r, n) }),
        new Key<GrantView>("allow_restricted", static (r, n, c) => c with { AllowRestricted = r.Boolean(n) }),
        new Key<GrantView>("when", Conditions));

    /// <summary>A role.</summary>
    public static Section<RoleView> Role { get; } = new(
        "the role",
        new Key<RoleView>("name", static (r, n, c) => c with { Name = r.Text(n) }),
        new Key<RoleView>("description", static (r, n, c) => c with { Description = r.Text(n) }),
        new Key<RoleView>("built_in", static (r, n, c) => c with { BuiltIn = r.Boolean(n) }),
        new Key<RoleView>("grants", static (r, n, c) => c with { Grants = Grants(r, n) }) { Required = true });

    private static List<GrantView> Grants(Reading reading, YamlNode node)
    {
        if (node is not YamlSequence list)
        {
            reading.Report(ConfigurationProblems.WrongType, "`grants` is a list of grants", node, "begin each with `- system:`");
            return [];
        }

        return [.. list.Items.Select((item, i) => Grant.Read(reading, item, $"grants.{i}", new GrantView { System = "", Actions = [] }))];
    }

    private static GrantView Conditions(Reading reading, YamlNode node, GrantView grant)
    {
        if (node is YamlScalar { IsEmpty: true } or YamlMapping { Entries.IsEmpty: true })
        {
            reading.Report(ConfigurationProblems.WrongType, "`when` is empty", node, "give it a condition or remove the key");
            return grant;
        }

        return grant with { When = When.Read(reading, node, "when", new ConditionsView()) };
    }

    /// <summary>A list of texts, or a single one; unlike names of gatehouse.yaml these differ by case.</summary>
    private static List<string> Texts(Reading reading, YamlNode node)
    {
        IReadOnlyList<YamlNode> nodes = node is YamlSequence list ? list.Items : [node];
        if (nodes.Count == 0)
        {
            reading.Report(ConfigurationProblems.WrongType, "the list is empty", node, "give it a value or remove the key");
        }

        return [.. nodes.Select(reading.Text)];
    }

    private static List<int> Qos(Reading reading, YamlNode node)
    {
        IReadOnlyList<YamlNode> nodes = node is YamlSequence list ? list.Items : [node];
        if (nodes.Count == 0)
        {
            reading.Report(ConfigurationProblems.WrongType, "the list is empty", node, "give it a value or remove the key");
        }

        return [.. nodes.Select(item => reading.Count(item, 0, 2))];
    }

    private static DateTimeOffset? Time(Reading reading, YamlNode node)
    {
        string text = reading.Text(node);
        if (DateTimeOffset.TryParseExact(
            text, Times, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTimeOffset time))
        {
            return time;
        }

        if (text.Length > 0)
        {
            reading.Report(ConfigurationProblems.Quantity, $"{Reading.Shown(text)} is no time: 2026-12-31T12:00:00Z, or with an offset", node);
        }

        return null;
    }
}
