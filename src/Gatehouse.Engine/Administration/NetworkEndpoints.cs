using System.Globalization;
using Gatehouse.Administration;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Names;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Network;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Administration;

/// <summary>Rules of the IP filter, for every listener or for one gate.</summary>
internal sealed class NetworkEndpoints(AdminServices services)
{
    private static readonly AdminJson Json = AdminJson.Default;

    /// <summary>Its endpoints.</summary>
    public IEnumerable<AdminEndpoint> All =>
    [
        new("GET", "/v1/networks", "network.list", ListAsync) { Answer = Json.NetworkListResponse },
        new("POST", "/v1/networks", "network.write", AddAsync) { Answer = Json.ChangeResponse, Changes = true, Body = Json.NetworkRuleView, Operations = AdminEndpoints.OnNameInBody },
        new("PUT", "/v1/networks", "network.write", ReplaceAsync) { Answer = Json.ChangeResponse, Changes = true, Body = Json.NetworkReplaceRequest },
        new("DELETE", "/v1/networks", "network.write", RemoveAsync)
        {
            Answer = Json.ChangeResponse,
            Changes = true,
            Parameters = ["effect", "address", "gate"],
            Operations = static call => [new AdminOperation(call.Endpoint.Interned, call.Parameter("address"))],
        },
    ];

    private ValueTask<AdminResult> ListAsync(AdminCall call) => new(AdminResult.Ok(
        new NetworkListResponse { Networks = [.. call.Snapshot.Document.Networks.Select(StateOf)] }, Json.NetworkListResponse));

    private NetworkRuleState StateOf(AddressRule rule)
    {
        AddressFilter.TryNormalize(rule.Address, out string address, out AddressRuleKind kind);
        HostState? host = kind == AddressRuleKind.Host ? services.Names?.StateOf(address) : null;
        return new NetworkRuleState
        {
            Effect = rule.Effect,
            Address = rule.Address,
            Gate = rule.Gate,
            Kind = kind,
            Addresses = host is null ? null : [.. host.Addresses.Select(static a => a.ToString())],
            Resolved = host?.LearnedAt,
            Failing = host?.IsFailing,
        };
    }

    private async ValueTask<AdminResult> AddAsync(AdminCall call)
    {
        var body = (NetworkRuleView)call.Body!;
        if (!IsGate(body.Gate))
        {
            return UnknownGate(body.Gate);
        }

        AddressRule rule = RuleOf(body);
        return AdminResult.From(await services.Changes.ChangeAsync(
            call.Actor, $"{Word(rule)} {rule.Address}{On(rule)}", document => Add(document, rule), call.Cancellation));
    }

    private async ValueTask<AdminResult> ReplaceAsync(AdminCall call)
    {
        var body = (NetworkReplaceRequest)call.Body!;
        if (!IsGate(body.Gate))
        {
            return UnknownGate(body.Gate);
        }

        if (body.Networks.Any(rule => rule.Gate != body.Gate))
        {
            return AdminResult.Refused(AdminRequestReader.Malformed("every rule has the gate that `gate` names"));
        }

        AddressRule[] rules = [.. body.Networks.Select(RuleOf).Distinct()];
        return AdminResult.From(await services.Changes.ChangeAsync(
            call.Actor,
            string.Create(CultureInfo.InvariantCulture, $"set {rules.Length} address rules{(body.Gate is null ? " of every listener" : $" on gate {body.Gate}")}"),
            document => Replace(document, body.Gate, rules, body.Replace),
            call.Cancellation));
    }

    private async ValueTask<AdminResult> RemoveAsync(AdminCall call)
    {
        if (call.Parameter("address") is not { } address)
        {
            return AdminResult.Refused(AdminRequestReader.Malformed("the parameter `address` is missing"));
        }

        AddressFilter.TryNormalize(address, out string normalized, out _);

        AddressRuleEffect? effect = call.Parameter("effect") switch
        {
            "allow" => AddressRuleEffect.Allow,
            "deny" => AddressRuleEffect.Deny,
            _ => null,
        };
        if (effect is null && call.Parameter("effect") is not null)
        {
            return AdminResult.Refused(AdminRequestReader.Malformed("`effect` is `allow` or `deny`"));
        }

        return AdminResult.From(await services.Changes.ChangeAsync(
            call.Actor, $"remove the rule for {AdminRequestReader.Shown(address)}", document => Remove(document, effect, [address, normalized], call.Parameter("gate")), call.Cancellation));
    }

    private static ChangeDecision Add(ClusterDocument document, AddressRule rule) => document.Networks.Contains(rule)
        ? ChangeDecision.Refuse(AdministrationProblems.AlreadyThere.Because($"`{Word(rule)} {AdminRequestReader.Shown(rule.Address)}{On(rule)}` is there already"))
        : ChangeDecision.To(document with { Networks = document.Networks.Add(rule) });

    // Rules of a gate and those of every listener hold together: what was written for one alone means something else then.
    private static ChangeDecision Replace(ClusterDocument document, string? gate, AddressRule[] rules, bool replaces)
    {
        if (document.Networks.FirstOrDefault(rule => gate is null ? rule.Gate is not null : rule.Gate is null) is { } other)
        {
            return ChangeDecision.Refuse(NetworkProblems.RulesWouldMix.Because(
                $"`{Word(other)} {AdminRequestReader.Shown(other.Address)}{On(other)}` would hold together with these rules",
                hint: "gatehouse ip rm removes it; gatehouse ip list shows all"));
        }

        AddressRule[] present = [.. document.Networks.Where(rule => rule.Gate == gate)];
        if (present.Length > 0 && !replaces && !present.ToHashSet().SetEquals(rules))
        {
            return ChangeDecision.Refuse(NetworkProblems.RulesWouldMix.Because(
                $"there are address rules already, such as `{Word(present[0])} {AdminRequestReader.Shown(present[0].Address)}{On(present[0])}`",
                hint: "--replace puts the new ones in their place"));
        }

        return present.ToHashSet().SetEquals(rules)
            ? ChangeDecision.To(document)
            : ChangeDecision.To(document with { Networks = [.. document.Networks.Where(rule => rule.Gate != gate), .. rules] });
    }

    // Kept in one form, so that the same name written otherwise is the same rule. What is no address the compiler refuses.
    internal static AddressRule RuleOf(NetworkRuleView view)
    {
        AddressFilter.TryNormalize(view.Address, out string normalized, out _);
        return new AddressRule(view.Effect, normalized, view.Gate);
    }

    private static AdminResult UnknownGate(string? gate) => AdminResult.Refused(AdministrationProblems.NotFound.Because(
        $"there is no gate `{AdminRequestReader.Shown(gate ?? "")}`", hint: "gatehouse gate list shows them"));

    private bool IsGate(string? gate) =>
        gate is null or AdminServer.GateName or Words.MetricsListener || services.Node.Gates.Any(known => known.Name == gate);

    private static ChangeDecision Remove(ClusterDocument document, AddressRuleEffect? effect, string[] forms, string? gate)
    {
        AddressRule[] found =
        [
            .. document.Networks.Where(rule => forms.Contains(rule.Address) && rule.Gate == gate && (effect is null || rule.Effect == effect)),
        ];
        return found.Length == 0
            ? ChangeDecision.Refuse(AdministrationProblems.NotFound.Because(
                $"there is no rule for `{AdminRequestReader.Shown(forms[0])}`", hint: "gatehouse ip list shows them"))
            : ChangeDecision.To(document with { Networks = document.Networks.RemoveRange(found) });
    }

    private static string Word(AddressRule rule) => rule.Effect == AddressRuleEffect.Allow ? "allow" : "deny";

    private static string On(AddressRule rule) => rule.Gate is null ? "" : $" on gate {rule.Gate}";
}
