using System.Globalization;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Hardening.Emqx;

/// <summary>What clients and administrators of EMQX see: listeners and dashboard.</summary>
internal static class EmqxClients
{
    private static readonly string[] Others = ["ssl", "ws", "wss", "quic"];
    private static readonly string[] WebSockets = ["ws", "wss"];
    private static readonly string[] Headers = ["proxy_address_header", "proxy_port_header"];

    /// <summary>Clients are taken from the gate only, where one stands in front.</summary>
    public static ConfigDocument Listeners(ConfigDocument file, EmqxFiles files, PlanDraft draft, HardenWishes wishes, Version version)
    {
        if (!wishes.Gate)
        {
            draft.Warn("listeners stay as they are: with a gate in front, --gate binds clear text to loopback and switches the others off");
            WarnOfHeaders(files, draft, version);
            return file;
        }

        ConfigDocument edited = file
            .Put("listeners.tcp.default.bind", Literal.Text($"127.0.0.1:{Port(files.InForce["listeners.tcp.default.bind"], 1883)}"))
            .Put("listeners.tcp.default.proxy_protocol", Literal.Boolean(true))
            .Put("listeners.tcp.default.access_rules", Literal.Texts("allow 127.0.0.1", "deny all"));
        foreach (string kind in Others)
        {
            string path = $"listeners.{kind}.default";
            bool isThere = kind != "quic" || files.InForce[path].IsSet; // it alone is off until it is set
            if (isThere && !wishes.Keep.Contains(kind))
            {
                edited = edited.PutIfSet($"{path}.enabled", Literal.Boolean(false)).Put($"{path}.enable", Literal.Boolean(false)); // `enabled` in 5.0
            }
            else if (isThere)
            {
                draft.Warn($"{path} stays where it is, beside the gate{(kind == "ws" ? "" : "; the certificate that EMQX ships has a key that everybody knows")}");
            }

            if (WebSockets.Contains(kind) && wishes.Keep.Contains(kind))
            {
                // The header is believed from anybody.
                edited = Headers.Aggregate(edited, (document, name) => document.Put($"{path}.websocket.{name}", Literal.Text("")));
            }
        }

        foreach (Setting kind in files.InForce.Under("listeners"))
        {
            foreach (Setting other in kind.Children.Where(static one => one.Name != "default" && IsOn(one)))
            {
                draft.Warn($"the listener {kind.Name}:{other.Name} stays as it is, and goes around the gate");
            }
        }

        return edited;
    }

    // A proxy of the administrator's may be in front and need them. From 6.3 on none is believed that is not set.
    private static void WarnOfHeaders(EmqxFiles files, PlanDraft draft, Version version)
    {
        foreach (string kind in WebSockets)
        {
            IEnumerable<string> names = files.InForce[$"listeners.{kind}"].Children.Where(IsOn).Select(static one => one.Name);
            names = IsOn(files.InForce[$"listeners.{kind}.default"]) ? names.Prepend("default") : names; // there without being set
            bool isUsual = version < new Version(6, 3);
            foreach (string path in names.Distinct(StringComparer.Ordinal).Select(name => $"listeners.{kind}.{name}.websocket"))
            {
                string[] believed = [.. Headers.Where(name => files.InForce[$"{path}.{name}"] is var header && (header.IsSet ? header.Text is not { Length: 0 } : isUsual))];
                if (believed.Length > 0)
                {
                    draft.Warn($"{path}: {string.Join(" and ", believed)} let every client say which address it comes from; set them to \"\" unless a proxy of yours alone reaches the listener");
                }
            }
        }
    }

    private static bool IsOn(Setting listener) => (listener.Child("enable") ?? listener.Child("enabled"))?.AsBoolean() != false && listener.Text != "marked_for_deletion";

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

    private static int Port(Setting bind, int usual)
    {
        string text = bind.Text ?? "";
        return int.TryParse(text[(text.LastIndexOf(':') + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port is > 0 and < 65536 ? port : usual;
    }
}
