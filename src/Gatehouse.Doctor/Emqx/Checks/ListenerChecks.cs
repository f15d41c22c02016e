using System.Collections.Immutable;
using System.Net;
using System.Text.RegularExpressions;
using Gatehouse.Doctor.Emqx.Reading;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Emqx.Checks;

/// <summary>Listeners of MQTT: where they are open, and whom they believe.</summary>
internal static partial class ListenerChecks
{
    private static readonly int[] GatePorts = [1883, 8883, 8083, 8084];
    private static readonly string[] Limits = ["max_connections", "max_conn_rate", "messages_rate", "bytes_rate"];

    /// <summary>Its rules.</summary>
    public static ImmutableArray<Rule<EmqxSubject>> All { get; } =
    [
        new("LIS-001", InClear),
        new("LIS-005", NoAuthentication),
        new("LIS-006", BelievedProxy),
        new("LIS-007", UnseenSource),
        new("LIS-008", BelievedHeader),
        new("LIS-009", AnyOrigin),
        new("LIS-010", NoLimits),
        new("LIS-011", AnybodyAtAdmin),
        new("LIS-012", Unused),
    ];

    /// <summary>Listeners that are on, or may be.</summary>
    public static IEnumerable<EmqxListener> On(EmqxSubject emqx) => emqx.Listeners.Where(static l => l.IsOn != false && l.Bind is not { Port: 0 });

    /// <summary>A listener's port as it is open; nothing where its address is not understood.</summary>
    public static IEnumerable<Reach> Reaches(EmqxSubject emqx, EmqxListener listener) => listener.Bind is { } bind
        ? Reach.Of(emqx, listener.Title, new IPEndPoint(emqx.AddressOf(bind), bind.Port), emqx.Place(emqx[$"{listener.Path}.bind"]), isUdp: listener.Kind == "quic")
        : [];

    /// <summary>Whether others than this host get to it; true where that cannot be told, so that nothing is called milder than it may be.</summary>
    public static bool IsExposed(EmqxSubject emqx, EmqxListener listener) => listener.Bind is null || Reaches(emqx, listener).Any(static r => r.IsExposed);

    /// <summary>Listeners that others than this host get to.</summary>
    public static IEnumerable<EmqxListener> Exposed(EmqxSubject emqx) => On(emqx).Where(listener => IsExposed(emqx, listener));

    /// <summary>A process that takes clients' connections of MQTT in front of this broker, or null.</summary>
    public static SocketFact? ForeignGate(EmqxSubject emqx)
    {
        var own = new HashSet<uint>((emqx.Process?.Sockets ?? []).Select(static s => s.Inode));
        return own.Count == 0 ? null : emqx.Host.Sockets.FirstOrDefault(s => s is { IsUdp: false, IsExposed: true } && GatePorts.Contains(s.EndPoint.Port) && !own.Contains(s.Inode));
    }

    private static IEnumerable<Observation> InClear(EmqxSubject emqx)
    {
        foreach (EmqxListener listener in On(emqx).Where(static l => !l.IsTls))
        {
            if (listener.Bind is null || listener.IsOn is null)
            {
                yield return emqx.Undecided(listener.Bind is null ? $"{listener.Path}.bind" : $"{listener.Path}.enable", $"where {listener.Title} listens");
                continue;
            }

            foreach (Reach reach in Reaches(emqx, listener).Where(static r => r.IsExposed))
            {
                yield return Observation.Of($"{reach.Says}, in clear", reach.Evidence);
            }
        }
    }

    private static IEnumerable<Observation> NoAuthentication(EmqxSubject emqx)
    {
        foreach (EmqxListener listener in On(emqx))
        {
            string path = $"{listener.Path}.enable_authn";
            if (emqx[path].IsUnknown)
            {
                yield return emqx.Undecided(path, $"whether {listener.Title} authenticates");
            }
            else if (emqx.Flag(path, usual: true) == false)
            {
                bool isExposed = IsExposed(emqx, listener);
                yield return emqx.Fault(isExposed ? Severity.Critical : Severity.High, $"{listener.Title} lets everybody in, whatever the authentication chain says{(isExposed ? "" : "; it is open to this host only")}", path);
            }
        }
    }

    private static IEnumerable<Observation> BelievedProxy(EmqxSubject emqx)
    {
        foreach (EmqxListener listener in On(emqx).Where(l => emqx.Flag($"{l.Path}.proxy_protocol", usual: false) != false))
        {
            string path = $"{listener.Path}.proxy_protocol";
            if (emqx.Flag(path, usual: false) is null)
            {
                yield return emqx.Undecided(path, $"whom {listener.Title} believes");
            }
            else if (IsExposed(emqx, listener) && !EndsInDeny(emqx, listener))
            {
                yield return emqx.Fault($"{listener.Title} takes address and certificate name from whoever connects, and everybody can", path, $"{listener.Path}.bind", $"{listener.Path}.access_rules");
            }
        }
    }

    private static IEnumerable<Observation> UnseenSource(EmqxSubject emqx)
    {
        if (ForeignGate(emqx) is not { } gate)
        {
            yield break;
        }

        foreach (EmqxListener listener in On(emqx).Where(l => !IsExposed(emqx, l) && emqx.Flag($"{l.Path}.proxy_protocol", usual: false) == false))
        {
            yield return new Observation(
                $"another program takes clients on {gate.EndPoint} and {listener.Title} sees all of them as this host",
                [emqx.Place(emqx[$"{listener.Path}.proxy_protocol"]), Shown.Of(gate, "another program listens")]);
        }
    }

    private static IEnumerable<Observation> BelievedHeader(EmqxSubject emqx)
    {
        foreach (EmqxListener listener in On(emqx).Where(static l => l.IsWebSocket))
        {
            string path = $"{listener.Path}.websocket.proxy_address_header";
            Setting header = emqx[path];
            if (header is { Text.Length: 0 } || (!header.IsSet && emqx.IsBefore(6, 3) == false))
            {
                continue;
            }

            if (header.IsUnknown || (!header.IsSet && emqx.Release is null))
            {
                yield return emqx.Undecided(path, $"whether {listener.Title} takes a client's address from a header");
                continue;
            }

            bool isExposed = IsExposed(emqx, listener);
            yield return emqx.Fault(isExposed ? Severity.High : Severity.Medium, $"{listener.Title} takes a client's address from the header `{header.Text ?? "x-forwarded-for"}`, which the client writes", path);
        }
    }

    private static IEnumerable<Observation> AnyOrigin(EmqxSubject emqx)
    {
        foreach (EmqxListener listener in On(emqx).Where(static l => l.IsWebSocket))
        {
            foreach (Observation seen in emqx.Must($"{listener.Path}.websocket.check_origin_enable", good: true, usual: false, $"{listener.Title} takes WebSockets that pages of any site open"))
            {
                yield return seen;
            }
        }
    }

    private static IEnumerable<Observation> NoLimits(EmqxSubject emqx)
    {
        foreach (EmqxListener listener in On(emqx))
        {
            // Before 5.1 rates have other names, which changed from one release to the next.
            Setting[] settings = [.. Limits.Take(emqx.IsBefore(5, 1) == true ? 1 : Limits.Length).Select(name => emqx[$"{listener.Path}.{name}"])];
            Setting[] open = [.. settings.Where(static s => !s.IsUnknown && (s.Text is null or "infinity" or "0"))];
            if (open.Length > 0)
            {
                bool isExposed = IsExposed(emqx, listener);
                yield return emqx.Fault(isExposed ? Severity.Medium : Severity.Low, $"{listener.Title} has no limit: {string.Join(", ", open.Select(static s => s.Name))}", listener.Path);
            }

            if (Array.Find(settings, static s => s.IsUnknown) is { } unknown)
            {
                yield return emqx.Undecided(unknown.Path.ToString(), $"limits of {listener.Title}");
            }
        }
    }

    private static IEnumerable<Observation> AnybodyAtAdmin(EmqxSubject emqx)
    {
        foreach (EmqxListener listener in On(emqx).Where(l => ForAdmins().IsMatch(l.Name) && IsExposed(emqx, l)))
        {
            if (emqx[$"{listener.Path}.access_rules"].AsTexts() is not { } rules)
            {
                yield return emqx.Undecided($"{listener.Path}.access_rules", $"who may connect to {listener.Title}");
            }
            else if (rules.IsEmpty || rules.Any(static r => r.Trim() == "allow all"))
            {
                yield return emqx.Fault($"{listener.Title} is for administrators by its name, and anybody may connect", $"{listener.Path}.access_rules");
            }
        }
    }

    private static IEnumerable<Observation> Unused(EmqxSubject emqx)
    {
        foreach (EmqxListener listener in On(emqx).Where(static l => l is { Name: "default", Kind: not "tcp" }))
        {
            // Only switched on, or not mentioned at all: nobody has fitted it to a use.
            bool isBare = listener.IsUntouched || listener.Node.Children.All(static c => c.Name is "enable" or "enabled" or "bind");
            if (isBare && Reaches(emqx, listener).Any(static r => r.IsExposed))
            {
                yield return emqx.Fault($"{listener.Title} is open as it comes, on port {listener.Bind?.Port}, and nothing says that somebody uses it", listener.Path);
            }
        }
    }

    private static bool EndsInDeny(EmqxSubject emqx, EmqxListener listener)
    {
        ImmutableArray<string> rules = emqx[$"{listener.Path}.access_rules"].AsTexts() ?? [];
        return rules.Length > 0 && rules[^1].Trim() == "deny all" && !rules.Any(static r => r.Trim() is "allow all" or "allow 0.0.0.0/0" or "allow ::/0");
    }

    [GeneratedRegex("admin|manage|mgmt|internal|monitor|private|ops", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex ForAdmins();
}
