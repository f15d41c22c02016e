using System.Collections.Immutable;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Ipfs.Kubo;

/// <summary>The RPC API, which administers the node.</summary>
internal static class RpcRules
{
    private const int RpcPort = 5001;
    private const string Everything = "/api/v0";

    // A path stands for everything that begins with it: `/api/v0/pin` is `/api/v0/pin/remote/service/add`, too.
    private static readonly string[] Wide = ["/api/v0/pin", "/api/v0/config", "/api/v0/key", "/api/v0/files"];

    private static readonly string[] Administrators = ["admin", "administrator", "root", "operator", "gatehouse"];

    /// <summary>KU001: reached from other hosts, and nobody is asked.</summary>
    public static IEnumerable<Observation> OpenToAll(KuboSubject subject)
    {
        if (subject.Api() is not { } addresses)
        {
            yield return Observation.Unknown("where the RPC API listens cannot be told", subject.At("Addresses", "API"));
            yield break;
        }

        Setting users = subject.Authorizations;
        ImmutableArray<Evidence> exposures = subject.Exposures(addresses);
        bool hasUsers = !users.Children.IsEmpty;
        if (exposures.IsEmpty)
        {
            if (!hasUsers && addresses.Where(static a => a.Address.Reach is Reach.Name or Reach.Unreadable).Select(static a => a.Place).FirstOrDefault() is { } unclear)
            {
                yield return Observation.Of("who reaches the RPC API at this address cannot be told", unclear) with { IsUnknown = true };
            }
        }
        else if (users.IsUnknown)
        {
            yield return Observation.Unknown("whether the RPC API, which other hosts reach, asks for a password cannot be told", users);
        }
        else if (!hasUsers)
        {
            yield return Observation.Of("other hosts reach the RPC API, and it asks nobody for a password: they administer the node", exposures);
        }
        else if (subject.HeedsAuthorizations == false)
        {
            yield return Observation.Of("other hosts reach the RPC API, and this version ignores `API.Authorizations`: it asks nobody for a password", [.. exposures, Shown.Of(users)]);
        }
        else if (subject.HeedsAuthorizations is null)
        {
            yield return Observation.Unknown($"versions before {KuboSubject.FirstWithAuthorizations} ignore `API.Authorizations`; which version runs is not known, and other hosts reach the RPC API", users);
        }
    }

    /// <summary>KU001: the file lies in the image or a volume, and the port is published: the image makes the API listen on every address, and no users.</summary>
    public static ImmutableArray<Observation> OpenByImage(KuboSubject subject) =>
    [
        .. subject.File is not null ? [] : subject.Launches.Where(static l => l.IsComposed && CommandLine.Value(l.Arguments, "api") is null).Select(static l => l.Opened(RpcPort)).Where(static ports => !ports.IsEmpty)
            .Select(static ports => Observation.Of("the RPC API is published to other hosts; as the image sets it up, which is assumed here, it asks nobody for a password", ports)),
    ];

    /// <summary>KU002: reached from other hosts, and users are asked for.</summary>
    public static IEnumerable<Observation> OpenToUsers(KuboSubject subject)
    {
        if (subject.Api() is { } addresses && !subject.Authorizations.Children.IsEmpty && subject.HeedsAuthorizations != false && subject.Exposures(addresses) is { IsEmpty: false } exposures)
        {
            yield return Observation.Of("other hosts reach the RPC API: `API.Authorizations` guards `/api/v0` alone, not `/debug`, `/logs` and `/webui`, and passwords cross the network in clear text", exposures);
        }
    }

    /// <summary>KU003: paths that stand for more than they seem to.</summary>
    public static IEnumerable<Observation> WidePaths(KuboSubject subject)
    {
        ImmutableArray<Setting> users = subject.Authorizations.Children;
        foreach (Setting user in users)
        {
            foreach (Setting path in PathsOf(user))
            {
                if (path.IsUnknown)
                {
                    yield return Observation.Unknown($"what `{user.Name}` may use cannot be told", path);
                }
                else if (path.Text is { } text && IsEverything(text) && !Administrators.Contains(user.Name, StringComparer.OrdinalIgnoreCase))
                {
                    yield return Observation.At($"`{user.Name}` may use the whole RPC API, and administer the node with it", path);
                }
                else if (path.Text is { } part && !IsEverything(part) && Wide.FirstOrDefault(wide => wide.StartsWith(part.TrimEnd('/'), StringComparison.Ordinal)) is not null)
                {
                    yield return Observation.At($"`{user.Name}` may use every command that begins with `{part}`, not the one that may be meant", path);
                }
            }
        }
    }

    /// <summary>KU004: pages of every origin.</summary>
    public static IEnumerable<Observation> AnyOrigin(KuboSubject subject)
    {
        Setting origins = subject.At("API", "HTTPHeaders", "Access-Control-Allow-Origin");
        if (origins.IsUnknown)
        {
            yield return Observation.Unknown("which origins may use the RPC API cannot be told", origins);
        }
        else if ((origins.AsTexts() ?? []).Any(static origin => origin.Contains('*', StringComparison.Ordinal)))
        {
            yield return Observation.At("any page in a browser may use the RPC API: `*` also switches off Kubo's own guard against such pages", origins);
        }
    }

    private static ImmutableArray<Setting> PathsOf(Setting user)
    {
        Setting? paths = user.Child("AllowedPaths");
        return paths is null ? [] : paths.IsUnknown ? [paths] : paths.Children;
    }

    private static bool IsEverything(string path) => Everything.StartsWith(path.TrimEnd('/'), StringComparison.Ordinal);
}
