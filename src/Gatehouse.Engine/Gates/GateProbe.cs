using Gatehouse.Administration;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Engine.Gates.Probes;
using Gatehouse.Engine.Listeners;
using Gatehouse.Protocols.ProxyProtocol;

namespace Gatehouse.Engine.Gates;

/// <summary><c>gatehouse gate test</c>: looks at a gate's listener, certificate and upstream without a request of anybody's: an MQTT broker or an Ignite node is asked as the gate itself.</summary>
internal static class GateProbe
{
    /// <summary>Looks.</summary>
    public static async ValueTask<GateTestResponse> RunAsync(GateStatus status, GateEnvironment environment, CancellationToken cancellation)
    {
        List<GateCheck> checks = [CheckListener(status), CheckCertificate(status.Model)];
        if (status.Model.Upstream.Address.Kind == UpstreamKind.Builtin)
        {
            checks.Add(Check("upstream", true, "built in"));
        }
        else
        {
            await DialAsync(status.Model, environment, checks, cancellation);
        }

        return new GateTestResponse { Name = status.Model.Name, Passed = checks.TrueForAll(static c => c.Passed), Checks = checks };
    }

    private static async Task DialAsync(GateModel model, GateEnvironment environment, List<GateCheck> checks, CancellationToken cancellation)
    {
        UpstreamDialer dialer = new(model.Upstream, new UpstreamOwners(environment.Owners, model.Owners), environment.Time);
        ForwardControl control = new();
        await using CancellationTokenRegistration stop = cancellation.UnsafeRegister(
            static state => ((ForwardControl)state!).Cancel(ForwardResult.ClientGone), control);
        DialResult result = await dialer.DialAsync(
            control, model.Configuration.Mqtt is { ProxyProtocol: true } ? ProxyHeaderWriter.Local.ToArray() : default);
        using UpstreamConnection? connection = result.Connection;
        string upstream = model.Configuration.Upstream;
        switch (result.Failure)
        {
            case DialFailure.None:
                checks.Add(Check("upstream", true, $"{upstream} accepts connections"));
                checks.Add(Check("owner", true, model.Owners.IsAny ? "not checked (run_as: any)" : "as expected"));
                if (model.Upstream.Address.IsSecured)
                {
                    checks.Add(Check("upstream-tls", true, "certificate verified"));
                }

                if (model.Configuration.Protocol == Words.Mqtt)
                {
                    checks.Add(await MqttProbe.RunAsync(model, connection!, environment.Time)); // nothing failed
                }
                else if (model.Configuration.Protocol == Words.Ignite)
                {
                    checks.Add(await IgniteProbe.RunAsync(model, connection!, environment.Time)); // likewise
                }

                break;
            case DialFailure.WrongOwner:
                checks.Add(Check("upstream", true, $"{upstream} accepts connections"));
                checks.Add(Check("owner", false, result.Detail));
                break;
            case DialFailure.TlsFailed:
                checks.Add(Check("upstream", true, $"{upstream} accepts connections"));
                checks.Add(Check("upstream-tls", false, result.Detail));
                break;
            default:
                checks.Add(Check("upstream", false, $"{upstream}: {result.Detail}"));
                break;
        }
    }

    private static GateCheck CheckListener(GateStatus status) => status.State switch
    {
        GateState.Listening => Check("listener", true, $"listens on {status.Model.Listen}"),
        GateState.Disabled => Check("listener", false, "disabled in gatehouse.yaml"),
        _ => Check("listener", false, status.Problem?.ToString()),
    };

    private static GateCheck CheckCertificate(GateModel model) => model.Listener switch
    {
        { Certificates: null } => Check(
            "certificate", true, model.Swarm is null ? "clear text on purpose (tls: false)" : "none: peers bring their own encryption"),
        { Certificates: ICertificateSource source } => Check(
            "certificate", true, $"ends {source.Get(null).TargetCertificate.NotAfter.ToUniversalTime():yyyy-MM-dd}"),
    };

    private static GateCheck Check(string name, bool passed, string? detail) =>
        new() { Name = name, Passed = passed, Detail = detail };
}
