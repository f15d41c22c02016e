using System.Collections.Immutable;
using Gatehouse.Doctor.Emqx.Reading;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Emqx.Checks;

/// <summary>gen_rpc, the second port between nodes.</summary>
internal static class RpcChecks
{
    /// <summary>Its rules.</summary>
    public static ImmutableArray<Rule<EmqxSubject>> All { get; } =
    [
        new("RPC-001", Open),
        new("RPC-003", Fallback),
        new("RPC-004", InClear),
        new("RPC-005", Certificates),
        new("RPC-006", OldTls),
        new("RPC-007", Discovery),
        new("RPC-008", CookieInClear),
    ];

    /// <summary>The port as it is open.</summary>
    public static IEnumerable<Reach> Reaches(EmqxSubject emqx) =>
        emqx.Cluster.Rpc() is { } own ? Reach.Of(emqx, "gen_rpc", own.EndPoint, own.Evidence) : [];

    private static IEnumerable<Observation> Open(EmqxSubject emqx)
    {
        if (emqx.Cluster.Rpc() is null)
        {
            yield return emqx["rpc.port_discovery"].IsUnknown || emqx["rpc.listen_address"].IsUnknown
                ? emqx.Undecided(emqx["rpc.listen_address"].IsUnknown ? "rpc.listen_address" : "rpc.port_discovery", "where gen_rpc listens")
                : new Observation("where gen_rpc listens cannot be told: its address or the node's name is not understood", [emqx.Place(emqx["rpc.listen_address"])]) { IsUnknown = true };
        }

        foreach (Reach reach in Reaches(emqx).Where(static r => r.IsExposed))
        {
            yield return MutualTls.OfRpc(emqx)
                ? Observation.Of(Severity.Info, $"{reach.Says}: the port is open, and protected by mutual TLS with certificates of its own", reach.Evidence)
                : Observation.Of(emqx.Cookies.IsWellKnown ? Severity.Critical : Severity.High, $"{reach.Says}: whoever has the cookie runs code there", reach.Evidence);
        }
    }

    private static IEnumerable<Observation> Fallback(EmqxSubject emqx)
    {
        if (emqx.IsBefore(5, 3) == true || emqx.IsBefore(6, 3) == false || emqx.Flag("rpc.insecure_fallback", usual: true) == false)
        {
            yield break; // RPC-008; 6.3 ignores it and is safe
        }

        yield return emqx.Release is null || emqx.Flag("rpc.insecure_fallback", usual: true) is null
            ? new Observation("gen_rpc of 5.3 to 6.2 sends the cookie in clear to whoever refuses its first call, unless `rpc.insecure_fallback` is false; the version or the value is not known", [emqx.Place(emqx["rpc.insecure_fallback"])]) { IsUnknown = true }
            : emqx.Fault("gen_rpc sends the cookie in clear to whoever answers on a peer's port and refuses the first call", "rpc.insecure_fallback");
    }

    private static IEnumerable<Observation> InClear(EmqxSubject emqx)
    {
        string? protocol = Protocol(emqx);
        if (protocol == "ssl" || emqx.Cluster.LeavesHost == false)
        {
            yield break;
        }

        if (protocol is null)
        {
            yield return emqx.Undecided("rpc.protocol", "whether gen_rpc talks in clear");
        }
        else if (emqx.Cluster.LeavesHost is null)
        {
            yield return new Observation("gen_rpc would talk in clear; whether this node is joined to others cannot be told from here", [emqx.Place(emqx["rpc.protocol"])]) { IsUnknown = true };
        }
        else
        {
            yield return emqx.Fault("gen_rpc talks to other hosts in clear", "rpc.protocol", "cluster.discovery_strategy");
        }
    }

    private static IEnumerable<Observation> Certificates(EmqxSubject emqx)
    {
        if (Protocol(emqx) != "ssl")
        {
            yield break;
        }

        foreach (string path in new[] { "rpc.certfile", "rpc.keyfile", "rpc.cacertfile" })
        {
            Setting setting = emqx[path];
            if (setting.IsUnknown)
            {
                yield return emqx.Undecided(path, "which certificates gen_rpc takes");
            }
            else if (setting.Text is not { Length: > 0 } file)
            {
                yield return emqx.Fault($"gen_rpc speaks TLS, and `{path}` is not set", path);
            }
            else if (path != "rpc.keyfile" && EmqxCertificate.Read(emqx.Host, emqx.Places.OnHost(file), emqx.Place(setting)) is var read
                && (read.IsMissing || read.Certificates.Any(static c => ShippedCertificates.Find(c) is not null)))
            {
                yield return emqx.Fault(read.IsMissing ? $"gen_rpc's `{path}` is not there" : $"gen_rpc's `{path}` is one that EMQX ships: everybody has its key", path);
            }
        }
    }

    private static IEnumerable<Observation> OldTls(EmqxSubject emqx)
    {
        Setting versions = emqx["rpc.tls_versions"];
        if (Protocol(emqx) != "ssl")
        {
            yield break;
        }

        if (versions.IsSet && versions.AsCommaTexts() is null)
        {
            yield return emqx.Undecided("rpc.tls_versions", "which versions of TLS gen_rpc speaks");
        }
        else if (TlsWords.Old(versions.AsCommaTexts() ?? []) is { Length: > 0 } old)
        {
            yield return emqx.Fault($"gen_rpc speaks {old}", "rpc.tls_versions");
        }
    }

    private static IEnumerable<Observation> Discovery(EmqxSubject emqx)
    {
        string? discovery = emqx.Word("rpc.port_discovery", "stateless");
        bool hasOwnPort = emqx["rpc.server_port"].IsSet || emqx["rpc.tcp_server_port"].IsSet;
        if (discovery == "stateless" && hasOwnPort)
        {
            yield return emqx.Fault("`rpc.server_port` is set, which counts only with `rpc.port_discovery = manual`: peers dial the port by the node's name", "rpc.port_discovery", "rpc.server_port");
        }
        else if (discovery == "manual" && !emqx.IsContainer && emqx.Cluster.Strategy == "static" && emqx.Cluster.LeavesHost == true)
        {
            yield return new Observation("gen_rpc's port is set by hand; whether the other nodes say the same cannot be seen from here", [emqx.Place(emqx["rpc.port_discovery"])]) { IsUnknown = true };
        }
    }

    private static IEnumerable<Observation> CookieInClear(EmqxSubject emqx)
    {
        if (Protocol(emqx) == "ssl" || emqx.Cluster.LeavesHost == false || emqx.IsBefore(5, 3) == false || emqx.IsBefore(5, 0) == true)
        {
            yield break;
        }

        yield return emqx.IsBefore(5, 3) is null || emqx.Cluster.LeavesHost is null
            ? new Observation("gen_rpc of 5.0 to 5.2 sends the cookie in clear; the version, or whether this node is joined to others, is not known", [emqx.Place(emqx["rpc.protocol"])]) { IsUnknown = true }
            : emqx.Fault($"gen_rpc of {emqx.Release} sends the cookie in clear to other hosts, always", "rpc.protocol", "cluster.discovery_strategy");
    }

    /// <summary>What gen_rpc runs over; null where that cannot be told.</summary>
    public static string? Protocol(EmqxSubject emqx) => emqx["rpc.protocol"].IsSet ? emqx.Word("rpc.protocol", null) : emqx.Word("rpc.driver", "tcp");
}
