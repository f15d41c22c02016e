using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Hardening.Emqx;

/// <summary>Limits far beyond usual loads, where nobody has set one: they end what has none, and are no measure of a node.</summary>
internal static class EmqxLimits
{
    private static readonly Version FirstWithRates = new(5, 1);

    // Connections of a listener and how fast they come; what one client publishes.
    private static readonly (string Name, string Value, bool IsRate)[] OfListeners =
        [("max_connections", "1024000", false), ("max_conn_rate", "5000/s", true), ("messages_rate", "20000/s", true), ("bytes_rate", "100MB/s", true)];

    /// <summary>Limits of one listener.</summary>
    public static ConfigDocument OfListener(ConfigDocument file, EmqxFiles files, PlanDraft draft, string listener, Version version)
    {
        ConfigDocument edited = file;
        var told = new List<string>();
        foreach ((string name, string value, bool isRate) in OfListeners.Where(one => !one.IsRate || version >= FirstWithRates))
        {
            string path = $"{listener}.{name}";
            if (Wants(files, edited, path))
            {
                edited = edited.Put(path, isRate ? Literal.Text(value) : Literal.Number(long.Parse(value, System.Globalization.CultureInfo.InvariantCulture)));
                told.Add($"{name} {value}");
            }
        }

        Tell(draft, listener, told);
        return edited;
    }

    /// <summary>Limits of sessions, of what is retained, and, where clients come from other hosts, of how often one comes back.</summary>
    public static ConfigDocument OfMqtt(ConfigDocument file, EmqxFiles files, PlanDraft draft, bool isOpen)
    {
        ConfigDocument edited = file;
        var told = new List<string>();
        Put("mqtt.max_subscriptions", Literal.Number(100_000), "100000 of a client");
        bool isOwnStore = (files.InForce["retainer.backend.type"].Text ?? "built_in_database") == "built_in_database";
        if (isOwnStore && files.InForce["retainer.enable"].AsBoolean() != false && Wants(files, edited, "retainer.backend.max_retained_messages"))
        {
            edited = Wants(files, edited, "retainer.backend.type") ? edited.Put("retainer.backend.type", Literal.Word("built_in_database")) : edited;
            Put("retainer.backend.max_retained_messages", Literal.Number(1_000_000), "1000000");
        }

        Tell(draft, "sessions", told);
        return isOpen ? Flapping(edited, files, draft) : edited;

        void Put(string path, Literal value, string shown)
        {
            if (Wants(files, edited, path))
            {
                edited = edited.Put(path, value);
                told.Add($"{path} {shown}");
            }
        }
    }

    private static ConfigDocument Flapping(ConfigDocument file, EmqxFiles files, PlanDraft draft)
    {
        const string Path = "flapping_detect";
        if (files.InForce[$"{Path}.enable"].AsBoolean() == true)
        {
            return file.Put($"{Path}.enable", Literal.Boolean(true));
        }

        draft.Warn("flapping_detect is switched on: a client id with more than 60 connections in a minute, whoever makes them, is kept out for a minute");
        ConfigDocument edited = file.Put($"{Path}.enable", Literal.Boolean(true));
        foreach ((string name, Literal value) in ((string, Literal)[])[("window_time", Literal.Text("1m")), ("max_count", Literal.Number(60)), ("ban_time", Literal.Text("1m"))])
        {
            edited = Wants(files, edited, $"{Path}.{name}") ? edited.Put($"{Path}.{name}", value) : edited;
        }

        return edited;
    }

    private static bool Wants(EmqxFiles files, ConfigDocument edited, string path) => !files.InForce[path].IsSet && !edited.Settings[path].IsSet;

    private static void Tell(PlanDraft draft, string what, List<string> told)
    {
        if (told.Count > 0)
        {
            draft.Warn($"limits of {what} are set where there are none, far beyond usual loads; raise what is too small for yours: {string.Join(", ", told)}");
        }
    }
}
