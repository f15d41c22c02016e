using System.Collections.Immutable;
using Gatehouse.Doctor.Emqx.Checks;
using Gatehouse.Doctor.Emqx.Ports;
using Gatehouse.Doctor.Emqx.Reading;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Rules;

namespace Gatehouse.Doctor.Emqx;

/// <summary>Looks at installations of EMQX.</summary>
public sealed class EmqxDoctor : ISystemDoctor
{
    // What can be said of 4.x, whose files say everything under other names.
    private static readonly ImmutableArray<string> Of4 = ["ERL-005", "ERL-018", "FIL-003", "VER-001"];

    /// <summary>Every rule, by id.</summary>
    internal static ImmutableArray<Rule<EmqxSubject>> Rules { get; } =
    [
        .. new[]
        {
            CookieChecks.All, DistributionChecks.All, DistributionTlsChecks.All, RpcChecks.All, ListenerChecks.All, ListenerTlsChecks.All, AuthenticationChecks.All,
            AuthorizationChecks.All, DashboardChecks.All, MqttChecks.All, VersionChecks.All, HostChecks.All,
        }.SelectMany(static rules => rules).OrderBy(static rule => rule.Id, StringComparer.Ordinal),
    ];

    /// <inheritdoc/>
    public string System => "emqx";

    /// <inheritdoc/>
    public ImmutableArray<string> Checks { get; } = [.. Rules.Select(static rule => rule.Id)];

    /// <inheritdoc/>
    public IEnumerable<ExaminedSubject> Examine(IHost host, ExaminationRequest request)
    {
        foreach (EmqxSubject emqx in EmqxDiscovery.Find(host, request))
        {
            yield return emqx.Release is { Major: < 5 }
                ? ExaminedSubject.Of(emqx, [.. Rules.Where(static rule => Of4.Contains(rule.Id))])
                : ExaminedSubject.Of(emqx, Rules) with { Probe = (prober, cancellation) => EmqxPorts.AskAsync(emqx, prober, cancellation) };
        }
    }
}
