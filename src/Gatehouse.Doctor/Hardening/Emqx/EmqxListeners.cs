using System.Globalization;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Hardening.Emqx;

/// <summary>Listeners of MQTT: clear text on loopback, TLS for other hosts where no gate stands in front, and no other.</summary>
/// <param name="files">What is in force.</param>
/// <param name="draft">The plan.</param>
/// <param name="wishes">What the administrator says.</param>
/// <param name="version">EMQX's.</param>
internal sealed class EmqxListeners(EmqxFiles files, PlanDraft draft, HardenWishes wishes, Version version)
{
    private const string Tcp = "listeners.tcp.default", Ssl = "listeners.ssl.default";
    private static readonly string[] Kinds = ["tcp", "ssl", "ws", "wss", "quic"];
    private static readonly string[] Headers = ["proxy_address_header", "proxy_port_header"];

    /// <summary>The file with safe listeners.</summary>
    /// <param name="file">The main file.</param>
    /// <param name="names">Names of the certificate for clients.</param>
    /// <param name="isNewlyHardened">Whether a port without an address means loopback from now on.</param>
    public ConfigDocument Of(ConfigDocument file, string[] names, bool isNewlyHardened)
    {
        ConfigDocument edited = isNewlyHardened ? WithAddresses(file) : file;
        edited = ClearText(edited);
        edited = wishes.Gate || wishes.Keep.Contains("ssl") ? edited : ForOtherHosts(edited, names);
        foreach (string kind in Kinds)
        {
            edited = kind == "tcp" || (kind == "ssl" && !wishes.Gate && !wishes.Keep.Contains("ssl")) ? edited : Other(edited, kind);
        }

        NameOthers();
        return edited;
    }

    /// <summary>Whether clients of other hosts reach a listener then.</summary>
    public static bool IsOpen(SettingTree settings, HardenWishes wishes) =>
        !wishes.Gate && (wishes.Keep.Any(Kinds.Contains) || IsOn(settings[Ssl]) || settings["listeners"].Children.Any(static kind => kind.Children.Any(static one => one.Name != "default" && IsOn(one))));

    /// <summary>The port of a bind.</summary>
    public static int Port(Setting bind, int usual)
    {
        string text = bind.Text ?? "";
        return int.TryParse(text[(text.LastIndexOf(':') + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port is > 0 and < 65536 ? port : usual;
    }

    // In clear only on loopback, for the gate or for programs of this host.
    private ConfigDocument ClearText(ConfigDocument file)
    {
        Setting bind = files.InForce[$"{Tcp}.bind"];
        string own = $"127.0.0.1:{Port(bind, 1883)}";
        if (wishes.Keep.Contains("tcp"))
        {
            draft.Warn($"{Tcp} stays as it is: passwords and messages go over the network in clear{(wishes.Gate ? ", beside the gate" : "")}");
            return file;
        }

        ConfigDocument edited = file;
        if (wishes.Gate)
        {
            edited = edited.Put($"{Tcp}.bind", Literal.Text(own)).Put($"{Tcp}.proxy_protocol", Literal.Boolean(true)).Put($"{Tcp}.access_rules", Literal.Texts("allow 127.0.0.1", "deny all"));
        }
        else if (IsOn(files.InForce[Tcp]) && !(bind.Text is { } written && Editing.IsLoopback(Host(written))))
        {
            edited = edited.Put($"{Tcp}.bind", Literal.Text(own));
            draft.Warn($"{Tcp} is bound to {own}: clients of other hosts come over TLS from now on; --keep tcp leaves it as it is");
        }

        return EmqxLimits.OfListener(edited, files, draft, Tcp, version);
    }

    private ConfigDocument ForOtherHosts(ConfigDocument file, string[] names)
    {
        if (!IsOn(files.InForce[Ssl]))
        {
            draft.Warn($"{Ssl} is off and stays so: no client of another host reaches this broker through it. Take its `enable` away to have one with TLS");
            return file;
        }

        Setting bind = files.InForce[$"{Ssl}.bind"];
        bool hasAddress = bind.Text is { } written && Host(written).Length > 0;
        ConfigDocument edited = file.Put($"{Ssl}.enable", Literal.Boolean(true));
        edited = hasAddress ? edited : edited.Put($"{Ssl}.bind", Literal.Text($"0.0.0.0:{Port(bind, 8883)}")); // a port alone may mean loopback
        edited = new EmqxListenerTls(files, draft).Of(edited, Ssl, names);
        return EmqxLimits.OfListener(edited, files, draft, Ssl, version);
    }

    private ConfigDocument Other(ConfigDocument file, string kind)
    {
        string path = $"listeners.{kind}.default";
        if (kind == "quic" && !files.InForce[path].IsSet)
        {
            return file; // it alone is off until it is set
        }

        if (!wishes.Keep.Contains(kind))
        {
            if (!wishes.Gate && IsOn(files.InForce[path]))
            {
                draft.Warn($"{path} is switched off; --keep {kind} leaves it as it is");
            }

            return file.PutIfSet($"{path}.enabled", Literal.Boolean(false)).Put($"{path}.enable", Literal.Boolean(false)); // `enabled` in 5.0
        }

        string where = wishes.Gate ? "where it is, beside the gate" : "as it is";
        draft.Warn($"{path} stays {where}{(kind == "ws" ? wishes.Gate ? "" : ": passwords and messages go over the network in clear" : "; the certificate that EMQX ships has a key that everybody knows")}");
        return kind is "ws" or "wss" ? WithoutHeaders(file, path) : file;
    }

    // They are believed from anybody. One that was written by hand may be meant for a proxy of the administrator's; from 6.3 on there is no other.
    private ConfigDocument WithoutHeaders(ConfigDocument file, string path)
    {
        ConfigDocument edited = file;
        foreach (string header in Headers.Select(name => $"{path}.websocket.{name}"))
        {
            Setting said = files.InForce[header];
            edited = wishes.Gate || !said.IsSet ? edited.Put(header, Literal.Text("")) : edited;
        }

        WarnOfHeaders(path, edited.Settings);
        return edited;
    }

    private void WarnOfHeaders(string path, SettingTree written)
    {
        bool isUsual = version < new Version(6, 3);
        string[] believed = [.. Headers.Where(name => Said($"{path}.websocket.{name}") is var header && (header.IsSet ? header.Text is not { Length: 0 } : isUsual))];
        if (believed.Length > 0)
        {
            draft.Warn($"{path}.websocket: {string.Join(" and ", believed)} let every client say which address it comes from; set them to \"\" unless a proxy of yours alone reaches the listener");
        }

        Setting Said(string setting) => written[setting].IsSet ? written[setting] : files.InForce[setting];
    }

    // Names that the administrator gave are meant; nothing of them is changed.
    private void NameOthers()
    {
        foreach (Setting kind in files.InForce.Under("listeners"))
        {
            foreach (Setting other in kind.Children.Where(static one => one.Name != "default" && IsOn(one)))
            {
                draft.Warn(wishes.Gate
                    ? $"the listener {kind.Name}:{other.Name} stays as it is, and goes around the gate"
                    : $"the listener {kind.Name}:{other.Name} stays as it is{(kind.Name is "tcp" or "ws" ? ": passwords and messages go over it in clear" : "")}");
                if (kind.Name is "ws" or "wss")
                {
                    WarnOfHeaders($"listeners.{kind.Name}.{other.Name}", files.InForce);
                }
            }
        }
    }

    // What stays open goes on being so where a port alone meant every address before.
    private ConfigDocument WithAddresses(ConfigDocument file)
    {
        ConfigDocument edited = file;
        IEnumerable<(string Kind, string Name, Setting Node)> all = files.InForce.Under("listeners").SelectMany(static kind => kind.Children.Select(one => (kind.Name, one.Name, one)))
            .Concat(wishes.Keep.Where(kind => Kinds.Contains(kind) && kind != "quic").Select(kind => (kind, "default", files.InForce[$"listeners.{kind}.default"])));
        foreach ((string kind, string name, Setting node) in all.Where(one => Kinds.Contains(one.Kind) && (one.Name != "default" || wishes.Keep.Contains(one.Kind)) && IsOn(one.Node)).DistinctBy(static one => (one.Kind, one.Name)).ToArray())
        {
            Setting bind = files.InForce[$"listeners.{kind}.{name}.bind"];
            if (Host(bind.Text ?? "").Length == 0 && (bind.IsSet || name == "default"))
            {
                edited = edited.Put($"listeners.{kind}.{name}.bind", Literal.Text($"0.0.0.0:{Port(bind, Usual(kind))}"));
            }
        }

        return edited;
    }

    private static int Usual(string kind) => kind switch { "tcp" => 1883, "ssl" => 8883, "ws" => 8083, "wss" => 8084, _ => 14567 };

    private static string Host(string bind) => bind.LastIndexOf(':') is > 0 and int colon ? bind[..colon].Trim('[', ']') : "";

    private static bool IsOn(Setting listener) => (listener.Child("enable") ?? listener.Child("enabled"))?.AsBoolean() != false && listener.Text != "marked_for_deletion";
}
