using System.Collections.Immutable;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Ipfs.Cluster;

/// <summary>Who reaches the REST API and the pinning service API, and what they are asked for.</summary>
internal static class ApiRules
{
    private const long LargeHeaders = 64 * 1024;

    /// <summary>IC030, IC050: reached from other hosts, and nobody is asked for a password.</summary>
    public static IEnumerable<Observation> OpenToAll(ApiSection api)
    {
        if (!api.IsOn)
        {
            foreach (Observation leftover in StillRunning(api))
            {
                yield return leftover;
            }

            yield break;
        }

        foreach (Observation unclear in Unclear(api))
        {
            yield return unclear;
        }

        ImmutableArray<Evidence> exposures = api.Exposures();
        if (exposures.IsEmpty)
        {
            yield break;
        }

        Setting users = api["basic_auth_credentials"];
        switch (api.Authentication)
        {
            case Authentication.None:
                yield return Observation.Of($"the {api.Title} is reached from other hosts and asks nobody for a password", [.. exposures, .. Shown.All(users)]);
                break;
            case Authentication.Unknown:
                yield return Observation.Unknown($"whether the {api.Title}, which other hosts reach, asks for a password cannot be told", users);
                break;
        }
    }

    /// <summary>IC031, IC051: reached from other hosts, with passwords in clear text.</summary>
    public static IEnumerable<Observation> ClearText(ApiSection api)
    {
        if (!api.IsOn || api.HasTls || api.Authentication is Authentication.None or Authentication.Empty)
        {
            yield break;
        }

        ImmutableArray<Evidence> exposures = api.Exposures();
        if (!exposures.IsEmpty)
        {
            yield return Observation.Of($"passwords and tokens for the {api.Title} cross the network in clear text: it has no TLS", exposures);
        }
    }

    /// <summary>IC032, IC052: on loopback, and nobody is asked for a password.</summary>
    public static IEnumerable<Observation> OpenToLocals(ApiSection api)
    {
        if (!api.IsOn || api.IsUnixOnly || !api.Exposures().IsEmpty)
        {
            yield break;
        }

        Setting users = api["basic_auth_credentials"];
        switch (api.Authentication)
        {
            case Authentication.None:
                yield return Observation.At($"every local user, and every page in a browser on this host, may use the {api.Title}: it asks nobody for a password", api.Subject.Near(users));
                break;
            case Authentication.Unknown:
                yield return Observation.Unknown($"whether the {api.Title} asks for a password cannot be told", users);
                break;
        }
    }

    /// <summary>IC036, IC056: the API on a libp2p host of its own.</summary>
    public static IEnumerable<Observation> OwnLibp2pHost(ApiSection api)
    {
        Setting listen = api["libp2p_listen_multiaddress"];
        if (!api.IsOn || listen.IsBlank() || (listen.Kind == SettingKind.List && listen.Children.IsEmpty))
        {
            yield break;
        }

        // The daemon makes that host only with an identity for it.
        if (api["id"].IsBlank() || api["private_key"].IsBlank())
        {
            yield return Observation.At(Severity.Info, $"an address of libp2p is set for the {api.Title}, which stays off without `id` and `private_key` beside it", listen);
            yield break;
        }

        string text = $"the {api.Title} is offered on a libp2p host of its own, which the cluster's secret does not guard";
        yield return api.Authentication == Authentication.None
            ? Observation.At(Severity.Critical, text + ", and nobody is asked for a password", listen)
            : Observation.At(text, listen);
    }

    /// <summary>IC037, IC057: requests in a file that others may read.</summary>
    public static IEnumerable<Observation> LogFile(ApiSection api) => api.IsOn ? LogFile(api.Subject, api["http_log_file"]) : [];

    /// <summary>The same for any log of requests.</summary>
    public static IEnumerable<Observation> LogFile(ClusterSubject subject, Setting log)
    {
        if (log.IsBlank() || log.Text is null)
        {
            yield break;
        }

        string? folder = subject.PathOf(log.Text) is { } path ? Path.GetDirectoryName(path) : null;
        switch (folder is null ? null : FileModes.IsPrivate(subject.Host, folder))
        {
            case false:
                yield return Observation.At("requests with CIDs, names and metadata are logged to a file of mode 0644 in a folder that others may enter", log);
                break;
            case null:
                yield return Observation.Unknown("requests are logged to a file; whether its folder keeps others out cannot be seen", log);
                break;
        }
    }

    /// <summary>IC038, IC058: headers that the API's own logic should set.</summary>
    public static IEnumerable<Observation> Headers(ApiSection api)
    {
        if (api.IsOn)
        {
            foreach (Setting header in api["headers"].Children)
            {
                if (header.Name.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase) || header.Name.Equals("Set-Cookie", StringComparison.OrdinalIgnoreCase))
                {
                    yield return Observation.At($"the header `{header.Name}` is put into every answer of the {api.Title}, past its own rules for other origins", header);
                }
            }
        }
    }

    /// <summary>IC039, IC059: an empty list that does not switch the API off.</summary>
    public static IEnumerable<Observation> EmptyListen(ApiSection api)
    {
        Setting listen = api.Listen;
        bool isEmpty = (listen.Kind == SettingKind.List && listen.Children.All(static c => c.Text is { Length: 0 })) || (listen.Kind == SettingKind.Text && listen.IsBlank());
        if (api.IsOn && isEmpty)
        {
            yield return Observation.At($"the list is empty, and the {api.Title} listens on 127.0.0.1:{api.Port} all the same; taking the section out is what switches it off", listen);
        }
    }

    /// <summary>IC043: headers may come as slowly as they like.</summary>
    public static IEnumerable<Observation> SlowHeaders(ClusterSubject subject)
    {
        foreach ((string title, bool isOn, Setting timeout) in new[]
        {
            (subject.Rest.Title, subject.Rest.IsOn, subject.Rest["read_header_timeout"]),
            (subject.Pinning.Title, subject.Pinning.IsOn, subject.Pinning["read_header_timeout"]),
            ("IPFS proxy", subject.At("api", "ipfsproxy").Kind == SettingKind.Map, subject.At("api", "ipfsproxy", "read_header_timeout")),
        })
        {
            if (isOn && timeout.IsUnknown)
            {
                yield return Observation.Unknown("how long the headers of a request may take cannot be told", timeout);
            }
            else if (isOn && timeout.AsDuration(TimeSpan.FromSeconds(1)) is { } limit && limit <= TimeSpan.Zero)
            {
                yield return Observation.At($"the headers of a request to the {title} may take for ever", timeout);
            }
        }
    }

    /// <summary>IC044: headers may be as long as they like.</summary>
    public static IEnumerable<Observation> LargeHeader(ClusterSubject subject)
    {
        foreach (ApiSection api in new[] { subject.Rest, subject.Pinning })
        {
            Setting most = api["max_header_bytes"];
            if (api.IsOn && most.AsInteger() is > LargeHeaders)
            {
                yield return Observation.At($"every connection to the {api.Title} may fill {most.AsInteger()} bytes with headers", most);
            }
        }
    }

    // Taken out of the file, and still there: the process runs with what it read when it started.
    private static IEnumerable<Observation> StillRunning(ApiSection api)
    {
        if (!UsedPorts.Of(api.Subject).Contains(api.Port))
        {
            foreach (Facts.SocketFact socket in ApiSection.OpenSockets(api.Subject).Where(socket => socket.EndPoint.Port == api.Port))
            {
                yield return Observation.Of(
                    $"the file has no {api.Title} any more, but the process listens on its usual port; whether it asks for a password cannot be told before it is started again",
                    Shown.Of(socket, $"{api.Subject.Process!.Place} listens here")) with
                { IsUnknown = true }; // the sockets are its
            }
        }
    }

    private static IEnumerable<Observation> Unclear(ApiSection api)
    {
        if (api.Addresses() is null)
        {
            yield return Observation.Unknown($"where the {api.Title} listens cannot be told", api.Listen);
        }

        foreach (Setting address in api.Unclear().Where(_ => api.Authentication is Authentication.None or Authentication.Unknown))
        {
            yield return Observation.Unknown($"who reaches the {api.Title} at this address cannot be told", address);
        }

        // A name that was read before the sections had their present form; nobody reads it today.
        Setting old = api["listen_multiaddress"];
        if (api.Listen.IsBlank() && ReleaseName.IsBefore(api.Subject.Version, "1.0.0") is not false && ServiceAddress.Read(old) is { } addresses && addresses.Any(static a => a.Address.IsExposed)
            && api.Authentication == Authentication.None)
        {
            yield return Observation.Unknown($"`listen_multiaddress` was the address of the {api.Title} in early versions; which version runs is not known", old);
        }
    }
}
