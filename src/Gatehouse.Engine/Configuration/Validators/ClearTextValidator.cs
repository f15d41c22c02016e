using System.Net;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Configuration.Validators;

/// <summary>Nothing in clear text off loopback: neither a gate nor the metrics.</summary>
internal sealed class ClearTextValidator : IConfigurationValidator
{
    public void Validate(NodeConfiguration configuration, ConfigurationContext context)
    {
        foreach (GateConfiguration gate in configuration.Gates.Where(static g => !g.Tls))
        {
            if (IsOffLoopback(gate.Listen))
            {
                context.Report(
                    ConfigurationProblems.ClearText,
                    $"gate `{gate.Name}` has `tls: false` and listens on `{gate.Listen}`, which is not loopback",
                    $"gates.{gate.Name}.tls",
                    "remove `tls: false`, or listen on 127.0.0.1 or [::1]");
            }
        }

        if (configuration.Metrics is string metrics && IsOffLoopback(metrics))
        {
            context.Report(
                ConfigurationProblems.ClearText,
                $"metrics are served in clear text and `{metrics}` is not loopback",
                "metrics",
                "listen on 127.0.0.1 or [::1]; this version has no TLS and no login for them");
        }
    }

    private static bool IsOffLoopback(string listen) =>
        ListenAddress.TryParse(listen, out IPEndPoint? endpoint, out _) && !IPAddress.IsLoopback(endpoint.Address);
}
