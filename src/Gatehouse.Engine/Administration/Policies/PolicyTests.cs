using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;
using System.Text;
using Gatehouse.Administration;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Identity;
using Gatehouse.Operations;
using Gatehouse.Policy;
using Gatehouse.Policy.Names;
using Gatehouse.Policy.Topics;

namespace Gatehouse.Engine.Administration.Policies;

/// <summary>Runs the tests of a policy file against the snapshot that the file makes: the same mapping and decision as at a gate.</summary>
internal sealed class PolicyTests(SecuritySnapshot snapshot, AskedActions actions, ImmutableArray<GateView> gates, DateTimeOffset now)
{
    private const int MaxFailures = 200;

    private readonly List<PolicyTestFailure> _failures = [];
    private int _expectations;
    private int _failed;

    /// <summary>Runs all of them.</summary>
    public PolicyTestResponse Run(IReadOnlyList<PolicyTestView> tests)
    {
        for (int i = 0; i < tests.Count; i++)
        {
            Run(tests[i], i);
        }

        return new PolicyTestResponse { Passed = _failed == 0, Tests = tests.Count, Expectations = _expectations, Failed = _failed, Failures = _failures };
    }

    private void Run(PolicyTestView test, int index)
    {
        AuthorizationContext? context = ContextOf(test, out string? wrong);
        foreach ((string line, bool expected) in test.May.Select(static line => (line, true)).Concat(test.MayNot.Select(static line => (line, false))))
        {
            _expectations++;
            string? reason = wrong;
            if (reason is null && OperationsOf(line, expected, out reason) is { } operations)
            {
                reason = context is null ? Inactive(test, expected) : operations.Select(one => Failed(context.Value, one, expected)).FirstOrDefault(static failed => failed is not null);
            }

            if (reason is not null && ++_failed <= MaxFailures)
            {
                _failures.Add(new PolicyTestFailure
                {
                    Test = test.Name is null ? $"test {index + 1}" : $"test {index + 1}, {AdminRequestReader.Shown(test.Name)}",
                    Index = index,
                    Who = Who(test),
                    Expected = expected ? "may" : "may_not",
                    Operation = AdminRequestReader.Shown(line),
                    Reason = reason,
                });
            }
        }
    }

    private static string Who(PolicyTestView test) => AdminRequestReader.Shown(
        test.Roles is { } roles ? $"roles {string.Join(", ", roles)}" : $"{test.Realm ?? RealmNames.Native}/{test.User}");

    private static string? Inactive(PolicyTestView test, bool expected) => expected ? $"`{Who(test)}` is disabled or expired; no role matters before that" : null;

    /// <summary>Null with a reason where the test is about nobody, null without one where somebody cannot come in at all.</summary>
    private AuthorizationContext? ContextOf(PolicyTestView test, out string? wrong)
    {
        IPAddress source = test.Source is { } text && IPAddress.TryParse(text, out IPAddress? parsed) ? parsed : IPAddress.Loopback;
        source = source.IsIPv4MappedToIPv6 ? source.MapToIPv4() : source;
        DateTimeOffset at = test.At ?? now;
        var principal = new Principal(
            test.User ?? "test", test.Realm ?? RealmNames.Native, [.. test.Groups], test.Attributes?.ToFrozenDictionary(StringComparer.Ordinal));
        Rights rights;
        bool isHere = true;
        if (test.Roles is { } roles)
        {
            // As those of a user, roles that are not there are a mistake and not a smaller right.
            string? unknown = roles.FirstOrDefault(role => !snapshot.Policy.HasRole(role));
            wrong = unknown is null ? null : $"there is no role `{AdminRequestReader.Shown(unknown)}`";
            rights = new Rights([.. roles]);
        }
        else
        {
            bool isKnown = principal.Realm == RealmNames.Native ? snapshot.Users.ContainsKey(principal.Name) : snapshot.Document.Realms.ContainsKey(principal.Realm);
            wrong = isKnown ? null : principal.Realm == RealmNames.Native ? $"there is no user `{principal.Name}`" : $"there is no realm `{AdminRequestReader.Shown(principal.Realm)}`";
            rights = Rights.None;
            isHere = isKnown && snapshot.TryGetRights(principal, source, at, out rights);
        }

        if (wrong is null && test.Gate is { } gate && !IsGate(gate))
        {
            wrong = $"there is no gate `{AdminRequestReader.Shown(gate)}`";
        }

        return wrong is not null || !isHere
            ? null
            : new AuthorizationContext(principal, rights.Roles, source, test.Gate ?? "", test.ClientCertificate == true, at, 0) { Limit = rights.Limit, Qos = test.Qos, Retain = test.Retain, Ownership = OwnershipFact.Of(test.Own) };
    }

    /// <summary>Each action on each resource of a line; null with a reason where it names no operation.</summary>
    private List<OperationSet>? OperationsOf(string line, bool expected, out string? reason)
    {
        if (!GrantText.TryParse(line, GrantEffect.Allow, out GrantView? grant, out reason))
        {
            return null;
        }

        // GrantText reads `**` and nothing alike; here one is every name, and the other the system as a whole.
        bool isMqtt = grant!.System == MqttRights.System; // parsed
        string everything = isMqtt ? "#" : "**";
        IReadOnlyList<string> resources = grant.Resources.Count == 0 && line.EndsWith(everything, StringComparison.Ordinal) ? [everything] : grant.Resources;
        List<OperationSet> sets = [];
        foreach (string action in grant.Actions)
        {
            if (!expected && Mistaken(grant.System, action) is { } mistaken)
            {
                reason = mistaken;
                return null;
            }

            if (action.Contains('*') || grant.System.Contains('*') || actions.Find(grant.System, action) is not { } known)
            {
                reason = action.Contains('*') || grant.System.Contains('*')
                    ? "a test names operations; no `*` may stand in system or action"
                    : $"`{AdminRequestReader.Shown(action)}` is no action that this node knows";
                return null;
            }

            foreach (string? resource in resources.Count == 0 ? [null] : resources.AsEnumerable<string?>())
            {
                string name = !isMqtt && resource?.EndsWith("**", StringComparison.Ordinal) == true ? resource[..^2] : resource ?? "";
                if (isMqtt && known != MqttRights.Subscribe && name.AsSpan().ContainsAny('+', '#'))
                {
                    reason = "only `subscribe` is tested with `+` and `#`; no message has a topic with them";
                    return null;
                }

                if (!isMqtt && name.Contains('*'))
                {
                    reason = "`*` may stand in a resource only as `**` at its end: everything that begins so";
                    return null;
                }

                bool isPrefix = resource is not null && name.Length < resource.Length;
                if (resource is not null && !IgniteNames.TryAsk(known, name, isPrefix, out name!, out reason)) // there where it is one
                {
                    return null;
                }

                sets.Add(SetOf(known, resource is null ? null : name, isPrefix));
            }
        }

        return sets;
    }

    // What is misspelt nobody may: such a test would hold for ever. Of systems that only other nodes have, grants are all there is to go by.
    private string? Mistaken(string system, string action)
    {
        if (system.Contains('*') || action.Contains('*') || SystemAction.Find(system, action) is { IsDeclared: true })
        {
            return null;
        }

        return system == AdminEndpoint.System || gates.Any(gate => gate.System == system)
            ? $"`{AdminRequestReader.Shown(action)}` is no action of system `{system}`"
            : AllGrants().Any(grant => grant.System == system) ? null : $"no gate and no grant has the system `{AdminRequestReader.Shown(system)}`";
    }

    private bool IsGate(string name) =>
        name == AdminServer.GateName || gates.Any(gate => gate.Name == name) || AllGrants().Any(grant => grant.When is { Gates.IsDefault: false } when && when.Gates.Contains(name));

    private IEnumerable<Grant> AllGrants() => snapshot.Document.Roles.Values.SelectMany(static role => role.Grants);

    private static OperationSet SetOf(SystemAction action, string? name, bool isPrefix)
    {
        var set = new OperationSet();
        set.Begin(action);
        if (name is not null && isPrefix)
        {
            set.AddPrefix(Encoding.UTF8.GetBytes(name));
        }
        else if (name is not null)
        {
            MqttRights.AddAsked(set, action, Encoding.UTF8.GetBytes(name));
        }

        return set;
    }

    private string? Failed(in AuthorizationContext context, OperationSet operations, bool expected) =>
        Authorizer.Decide(snapshot.Policy, context, operations).IsAllowed == expected
            ? null
            : Explanations.Of(Explainer.Explain(snapshot.Policy, context, operations), null).Summary;
}
