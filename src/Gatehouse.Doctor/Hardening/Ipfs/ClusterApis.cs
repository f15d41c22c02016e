using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Hardening.Certificates;
using Gatehouse.Doctor.Texts;
using Gatehouse.Problems.Doctor;
using Gatehouse.Trust.Certificates;

namespace Gatehouse.Doctor.Hardening.Ipfs;

/// <summary>The APIs of IPFS Cluster: on loopback, on a Unix socket, or with TLS of their own; those that nobody needs go.</summary>
internal static class ClusterApis
{
    private const int RestPort = 9094, ProxyPort = 9095, PinningPort = 9097;
    private const string Rest = "api.restapi";

    // Relative names are looked for beside service.json.
    private const string KeyFile = "gatehouse-api.key", CertificateFile = "gatehouse-api.crt", AuthorityFile = "gatehouse-ca.crt";

    /// <summary>The one user of them.</summary>
    public const string GateUser = "gatehouse";

    /// <summary>The file with them made safe.</summary>
    public static ConfigDocument Of(ConfigDocument file, IHost host, PlanDraft draft, HardenWishes wishes, ISecretSource secrets)
    {
        ConfigDocument edited = WithoutUnneeded(file, draft, wishes);
        string? password = null;
        foreach ((string section, int port) in ((string, int)[])[(Rest, RestPort), ("api.pinsvcapi", PinningPort)])
        {
            if (edited.Settings[section].Kind == SettingKind.Map)
            {
                Setting users = edited.Settings[$"{section}.basic_auth_credentials"];
                password ??= draft.Secret(
                    $"password of the API's user `{GateUser}`", users.Child(GateUser)?.Text, null, static word => SecretStrength.IsGoodWord(word, GateUser) ? null : "it can be guessed", () => secrets.Word(43));
                string[] gone = [.. users.Children.Select(static user => user.Name).Where(static name => name != GateUser)];
                if (gone.Length > 0)
                {
                    draft.Warn($"users of {section} that go, because every one of them may do everything: {string.Join(", ", gone)}");
                }

                edited = Http(edited, draft, section, port, password);
            }
        }

        if (wishes.GatePassword is { } path && password is not null)
        {
            draft.PutGatePassword(path, password);
        }

        if (edited.Settings[Rest].Kind == SettingKind.Map)
        {
            edited = wishes.Socket is { } socket ? Socket(edited, draft, socket)
                : wishes.Expose is { } address ? Expose(edited, host, draft, wishes, address)
                : edited;
        }

        Setting proxy = edited.Settings["api.ipfsproxy"];
        return proxy.Kind == SettingKind.Map ? Loopback(edited, "api.ipfsproxy.listen_multiaddress", ProxyPort) : edited;
    }

    /// <summary>Addresses as the setting had them: one text, or a list.</summary>
    public static Literal Written(Setting setting, string[] texts) => texts.Length == 1 && setting.Kind != SettingKind.List ? Literal.Text(texts[0]) : Literal.Texts(texts);

    private static ConfigDocument WithoutUnneeded(ConfigDocument file, PlanDraft draft, HardenWishes wishes)
    {
        ConfigDocument edited = file;
        foreach ((string section, string word, string what) in ((string, string, string)[])[("pinsvcapi", "pinsvcapi", "the pinning service API"), ("ipfsproxy", "proxy", "the IPFS proxy, which has no login,")])
        {
            if (!wishes.Keep.Contains(word) && edited.Settings[$"api.{section}"].IsSet)
            {
                edited = edited.Without($"api.{section}");
                draft.Warn($"{what} goes (`api.{section}`): --keep {word} leaves it, on loopback");
            }
        }

        if (wishes.Drop.FirstOrDefault(static word => word != "restapi" && !ClusterObservations.Words.Contains(word)) is { } unknown)
        {
            throw HardenProblems.Wish.Exception($"`{unknown}` cannot be dropped", "--drop restapi,metrics,tracing; pinsvcapi and proxy go unless --keep names them");
        }

        if (wishes.Drop.Contains("restapi") && edited.Settings[Rest].IsSet)
        {
            edited = edited.Without(Rest);
            draft.Warn("the REST API goes (`api.restapi`): ipfs-cluster-ctl needs it and does not work on this peer any more, nor does a gate before it");
        }

        return edited;
    }

    private static ConfigDocument Http(ConfigDocument file, PlanDraft draft, string section, int port, string password)
    {
        SettingTree settings = file.Settings;
        string[] pair = [$"{section}.ssl_cert_file", $"{section}.ssl_key_file"];
        bool isHalf = pair.Count(path => settings[path].Text is { Length: > 0 }) == 1;
        if (isHalf)
        {
            draft.Warn($"only one of {string.Join(" and ", pair)} is set, with which the peer does not start: it goes");
            file = file.Without(pair);
        }
        else if (settings[pair[1]].Text is { Length: > 0 } key)
        {
            draft.Tighten(Path.Combine(draft.Folder, key));
        }

        if (settings[$"{section}.http_log_file"].Text is { Length: > 0 })
        {
            draft.Warn($"{section}.http_log_file makes a log that every local user can read, with names and metadata of pins: set it to \"\" or keep it in a folder of mode 0700");
        }

        // An empty list of origins or methods means any to it, not none.
        ConfigDocument edited = Loopback(file, $"{section}.http_listen_multiaddress", port)
            .Put($"{section}.basic_auth_credentials", Literal.Map((GateUser, Literal.Text(password))))
            .Put($"{section}.headers", Literal.Map())
            .Put($"{section}.cors_allowed_origins", Literal.Texts("https://gatehouse.invalid"))
            .Put($"{section}.cors_allowed_methods", Literal.Texts("GET"))
            .PutIfSet($"{section}.cors_allowed_headers", Literal.Texts())
            .Put($"{section}.cors_allow_credentials", Literal.Boolean(false))
            .Without($"{section}.libp2p_listen_multiaddress", $"{section}.id", $"{section}.private_key");
        return settings[$"{section}.read_header_timeout"].AsDuration() == TimeSpan.Zero ? edited.Put($"{section}.read_header_timeout", Literal.Text("5s")) : edited;
    }

    private static ConfigDocument Socket(ConfigDocument file, PlanDraft draft, string path)
    {
        if (!path.StartsWith('/'))
        {
            throw HardenProblems.Wish.Exception("a Unix socket is named by its whole path", "--socket /run/ipfs-cluster/restapi.sock");
        }

        draft.Warn($"the REST API listens on the Unix socket {path} alone: who may enter its folder may connect, so keep that to the peer's user and the gate's");
        return file.Put($"{Rest}.http_listen_multiaddress", Literal.Text("/unix" + path)).Without($"{Rest}.ssl_cert_file", $"{Rest}.ssl_key_file");
    }

    // TLS of its own: a key of RSA, for its suites before TLS 1.3 have none for others.
    private static ConfigDocument Expose(ConfigDocument file, IHost host, PlanDraft draft, HardenWishes wishes, string address)
    {
        if (wishes.Gate)
        {
            throw HardenProblems.Wish.Exception("--gate and --expose say different things about the REST API", "--gate: loopback, and the gate has TLS; --expose ADDRESS: no gate, and it has TLS itself");
        }

        Setting setting = file.Settings[$"{Rest}.http_listen_multiaddress"];
        int port = (setting.AsTexts() ?? []).Select(Multiaddress.Port).FirstOrDefault(static one => one is not null) ?? RestPort;
        bool isWide = IPAddress.TryParse(address, out IPAddress? ip) && (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any));
        string[] own = [.. isWide ? host.Addresses.Where(static a => !IPAddress.IsLoopback(a) && a.AddressFamily == AddressFamily.InterNetwork).Select(static a => a.ToString()) : [address]];
        draft.Certificate(new CertificateWish
        {
            Profile = CertificateProfile.Ipfs,
            Names = [.. wishes.Names.DefaultIfEmpty(host.Name).Concat(own).Concat(["localhost", "127.0.0.1"]).Distinct(StringComparer.OrdinalIgnoreCase)],
            Purpose = "REST API of this peer",
            Rights = draft.RightsOf(draft.Beside(KeyFile)),
            Pem = new PemPlaces(draft.Beside(KeyFile), draft.Beside(CertificateFile), draft.Beside(AuthorityFile)),
        });
        draft.Warn($"the REST API is reached by others on {address}:{port}, with TLS and one password for everything: a gate tells users apart, and records what they do");
        return file.Put($"{Rest}.http_listen_multiaddress", Literal.Text(Multiaddress.On("", address, port)))
            .Put($"{Rest}.ssl_cert_file", Literal.Text(CertificateFile))
            .Put($"{Rest}.ssl_key_file", Literal.Text(KeyFile));
    }

    // An empty list does not switch an API off: it then listens where it does by default.
    private static ConfigDocument Loopback(ConfigDocument file, string path, int port)
    {
        Setting setting = file.Settings[path];
        ImmutableArray<string> texts = setting.AsTexts() ?? [];
        string[] wanted = [.. texts.Select(one => Multiaddress.IsLocal(one) ? one : Multiaddress.On(one, "127.0.0.1", port)).Distinct(StringComparer.Ordinal)];
        return file.Put(path, wanted.Length == 0 ? Literal.Text($"/ip4/127.0.0.1/tcp/{port}") : Written(setting, wanted));
    }
}
