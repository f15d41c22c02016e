using System.Globalization;
using System.Text;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Hardening.Emqx;

/// <summary>What clients and administrators of EMQX see: listeners, dashboard, rights.</summary>
internal static class EmqxClients
{
    private const string AllowGate = """
        %% Clients come through the gate, which decides what each of them may do; nobody else has a right here.
        {allow, {username, {re, "^gatehouse$"}}, all, ["#", "$SYS/#"]}.
        {deny, all}.

        """;

    /// <summary>Clients are taken from the gate only, where one stands in front.</summary>
    public static ConfigDocument Listeners(ConfigDocument file, EmqxFiles files, PlanDraft draft, HardenWishes wishes)
    {
        if (!wishes.Gate)
        {
            draft.Warn("listeners stay as they are: with a gate in front, --gate binds clear text to loopback and switches the others off");
            return file;
        }

        ConfigDocument edited = file
            .Put("listeners.tcp.default.bind", Literal.Text($"127.0.0.1:{Port(files.InForce["listeners.tcp.default.bind"], 1883)}"))
            .Put("listeners.tcp.default.proxy_protocol", Literal.Boolean(true))
            .Put("listeners.tcp.default.access_rules", Literal.Texts("allow 127.0.0.1", "deny all"));
        foreach (string kind in (ReadOnlySpan<string>)["ssl", "ws", "wss"])
        {
            if (!wishes.Keep.Contains(kind))
            {
                edited = edited.Put($"listeners.{kind}.default.enable", Literal.Boolean(false));
            }
            else
            {
                draft.Warn($"listeners.{kind}.default stays where it is, beside the gate{(kind == "ws" ? "" : "; the certificate that EMQX ships has a key that everybody knows")}");
            }

            if (kind != "ssl" && wishes.Keep.Contains(kind))
            {
                // The header is believed from anybody.
                edited = edited.Put($"listeners.{kind}.default.websocket.proxy_address_header", Literal.Text("")).Put($"listeners.{kind}.default.websocket.proxy_port_header", Literal.Text(""));
            }
        }

        foreach (Setting kind in files.InForce.Under("listeners"))
        {
            foreach (Setting other in kind.Children.Where(static one => one.Name != "default" && one.Child("enable")?.AsBoolean() != false))
            {
                draft.Warn($"the listener {kind.Name}:{other.Name} stays as it is, and goes around the gate");
            }
        }

        return edited;
    }

    /// <summary>The dashboard and its REST API: on loopback, with a password that nobody knows yet.</summary>
    public static ConfigDocument Dashboard(ConfigDocument file, EmqxFiles files, PlanDraft draft, HardenWishes wishes, ISecretSource secrets)
    {
        SettingTree settings = files.InForce;
        string current = settings["dashboard.default_password"].Text ?? "public";
        ConfigDocument edited = file;

        // `file:///...` is a secret elsewhere, which is better.
        if (!current.StartsWith("file://", StringComparison.Ordinal))
        {
            string password = draft.Secret(
                "first password of the dashboard (`dashboard.default_password`)", current, null, static word => SecretStrength.IsGoodWord(word) ? null : "it can be guessed", () => secrets.Word(32));
            edited = edited.Put("dashboard.default_password", Literal.Text(password));
        }

        string bind = settings["dashboard.listeners.http.bind"].Text ?? "18083";
        if (!wishes.Keep.Contains("dashboard") && bind != "0")
        {
            edited = edited.Put("dashboard.listeners.http.bind", Literal.Text($"127.0.0.1:{Port(settings["dashboard.listeners.http.bind"], 18083)}"));
        }

        return edited
            .Put("dashboard.swagger_support", Literal.Boolean(false))
            .PutIfSet("dashboard.cors", Literal.Boolean(false))
            .Put("prometheus.enable_basic_auth", Literal.Boolean(true));
    }

    /// <summary>Who matches no rule is refused.</summary>
    public static ConfigDocument Rights(ConfigDocument file, EmqxFiles files, PlanDraft draft, HardenWishes wishes)
    {
        ConfigDocument edited = file
            .Put("authorization.no_match", Literal.Word("deny"))
            .Put("authorization.deny_action", Literal.Word("ignore"))
            .Put("authorization.cache.ttl", Literal.Text("1m"))
            .Put("mqtt.strict_mode", Literal.Boolean(true));
        string path = draft.Beside("acl.conf");
        if (wishes.Gate)
        {
            if (draft.Optional(path) is { } bytes && Encoding.UTF8.GetString(bytes) is var old && old != AllowGate && old.Split('\n').Any(static line => line.TrimStart().StartsWith('{')))
            {
                draft.Warn($"the rules of {path} go: among them may be one that lets 127.0.0.1 do everything, which is everybody behind a gate; put rules of your own before {{deny, all}}");
            }

            draft.PutText(path, AllowGate);
        }
        else
        {
            draft.Warn($"{path} stays as it is: a last rule {{allow, all}} makes authorization.no_match mean nothing");
        }

        return Authentication(edited, files, draft, wishes);
    }

    private static ConfigDocument Authentication(ConfigDocument file, EmqxFiles files, PlanDraft draft, HardenWishes wishes)
    {
        Setting chain = files.InForce["authentication"];
        if (chain.IsUnknown || chain.Children.Any(static one => one.Child("enable")?.AsBoolean() != false))
        {
            return file;
        }

        if (!wishes.Gate || chain.IsSet)
        {
            draft.Warn("there is no authentication that is on: whatever name a client gives is believed");
            return file;
        }

        // Passwords are salted and hashed by default; the gate's is random, so that more rounds would only slow each login down.
        draft.Warn("authentication against EMQX's own database is switched on, and it is empty: nobody is let in before the user of the gate is made");
        return file.Put("authentication", Literal.List(Literal.Map(
            ("mechanism", Literal.Word("password_based")), ("backend", Literal.Word("built_in_database")), ("user_id_type", Literal.Word("username")))));
    }

    private static int Port(Setting bind, int usual)
    {
        string text = bind.Text ?? "";
        return int.TryParse(text[(text.LastIndexOf(':') + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port is > 0 and < 65536 ? port : usual;
    }
}
