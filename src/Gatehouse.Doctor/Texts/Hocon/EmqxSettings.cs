using System.Collections.Immutable;
using System.Globalization;
using Gatehouse.Problems;

namespace Gatehouse.Doctor.Texts.Hocon;

/// <summary>
/// What EMQX 5 and 6 run with: <c>base.hocon</c>, <c>cluster.hocon</c>, <c>emqx.conf</c> on top of each other, and the environment over all of
/// them: <c>EMQX_NODE__COOKIE</c> is <c>node.cookie</c>, numbers in names count items from 1.
/// </summary>
public static class EmqxSettings
{
    private const string Prefix = "EMQX_";
    private const int MaxItem = 1000;

    // bin/emqx reads these under names of its own.
    private static readonly Dictionary<string, string> Aliases = new(StringComparer.Ordinal)
    {
        ["EMQX_NODE_NAME"] = "node.name",
        ["EMQX_NODE_COOKIE"] = "node.cookie",
    };

    // Read by scripts, by the image, or by the system before any configuration.
    private static readonly HashSet<string> Apart = new(StringComparer.Ordinal)
    {
        "EMQX_HOST", "EMQX_NAME", "EMQX_ETC_DIR", "EMQX_DATA_DIR", "EMQX_LOG_DIR", "EMQX_LIB_DIR", "EMQX_PLUGIN_DIR", "EMQX_ROOT_DIR", "EMQX_SECURITY_PROFILE",
        "EMQX_SSL_DIST_OPTFILE", "EMQX_ENABLE_BIN_PATH", "EMQX_BOOT_DELAY", "EMQX_CLUSTER_ROLE", "EMQX_DEFAULT_LOG_HANDLER", "EMQX_WAIT_FOR_START", "EMQX_LICENSE",
    };

    // The roots of the schemas of 5.0 to 6.x. What begins otherwise is ignored by the system, as the keys of 4.x are.
    private static readonly HashSet<string> Roots = new(StringComparer.Ordinal)
    {
        "actions", "ai", "alarm", "api_key", "auth_header", "authentication", "authorization", "auto_subscribe", "backup", "banned", "bridges", "broker",
        "client_attrs", "cluster", "cluster_link", "conn_congestion", "connectors", "crl_cache", "dashboard", "delayed", "durable_queues", "durable_sessions",
        "durable_storage", "durable_streams", "event_message", "exhook", "file_transfer", "flapping_detect", "force_gc", "force_shutdown", "gateway", "gcp_device",
        "global_authentication", "license", "limiter", "listeners", "log", "message_transformation", "modules", "mq", "mqtt", "multi_tenancy", "node",
        "opentelemetry", "overload_protection", "persistent_session_store", "plugins", "plugin_libs", "prometheus", "psk_authentication", "resource_server",
        "retainer", "rewrite", "rpc", "rule_engine", "schema_registry", "schema_validation", "session_persistence", "slow_subs", "sources", "stats", "sys_topics",
        "sysmon", "telemetry", "topic_metrics", "trace", "zones",
    };

    /// <summary>What is in force of files, the weakest first, and an environment.</summary>
    /// <exception cref="ProblemException"><c>GH8103</c>: it is too much.</exception>
    public static SettingTree Of(IEnumerable<HoconFile> files, EnvironmentVariables environment)
    {
        HoconFile[] all = [.. files];
        Draft root = HoconSettings.Merge([.. all.Select(static f => f.Unit)], HoconOptions.Emqx, out IReadOnlyList<Remark> own);
        var remarks = new List<Remark>(own);
        foreach (EnvironmentVariable variable in environment.All.Where(static v => v.Name.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            root = With(root, variable, environment, remarks);
        }

        return root.ToTree(all is [.., var main] ? main.Source : "", remarks);
    }

    private static Draft With(Draft root, EnvironmentVariable variable, EnvironmentVariables environment, List<Remark> remarks)
    {
        string path = Aliases.GetValueOrDefault(variable.Name) ?? variable.Name[Prefix.Length..].ToLowerInvariant().Replace("__", ".", StringComparison.Ordinal);
        if (variable.Name is "EMQX_NAME" or "EMQX_HOST")
        {
            return Named(root, variable, environment);
        }

        // The name of its own loses against the one of the schema, whatever the order.
        bool isBeaten = Aliases.TryGetValue(variable.Name, out string? alias)
            && environment.Find(Prefix + alias.ToUpperInvariant().Replace(".", "__", StringComparison.Ordinal)) is not null;
        string[] names = path.Split('.');
        if (Apart.Contains(variable.Name) || isBeaten)
        {
            return root;
        }

        if (!Roots.Contains(names[0]) || names.Contains(""))
        {
            remarks.Add(new Remark(RemarkKind.UnknownVariable, variable.Name, variable.Origin));
            return root;
        }

        if (root.Find(names) is not null)
        {
            remarks.Add(new Remark(RemarkKind.Override, path, variable.Origin));
        }

        Draft value = variable.Value is { } text
            ? HoconSettings.Value(text, variable.Origin, HoconOptions.Emqx)
            : Draft.Unknown($"the environment variable `{variable.Name}` is set to something that is not known", variable.Origin);
        return names.Length > TextLimits.MaxDepth ? root : Put(root, names, value);
    }

    // The image makes the name of both, where nothing says it outright.
    private static Draft Named(Draft root, EnvironmentVariable variable, EnvironmentVariables environment)
    {
        bool isSaid = environment.Find("EMQX_NODE__NAME") is not null || environment.Find("EMQX_NODE_NAME") is not null;
        if (isSaid || environment.Find("EMQX_HOST") is not { } host)
        {
            return root;
        }

        string? name = environment.Find("EMQX_NAME") is { } own ? own.Value : "emqx";
        Draft value = name is null || host.Value is null
            ? Draft.Unknown("the environment variables that make the node's name are not known", variable.Origin)
            : Draft.Scalar(SettingKind.Text, $"{name}@{host.Value}", variable.Origin, variable.Raw, isQuoted: false);
        return root.Find(["node", "name"]) is { Origins: [{ Variable: "EMQX_HOST" or "EMQX_NAME" }, ..] } ? root : Put(root, ["node", "name"], value);
    }

    private static Draft Put(Draft here, ReadOnlySpan<string> names, Draft value)
    {
        if (names.IsEmpty)
        {
            return value.Over(here);
        }

        bool isItem = int.TryParse(names[0], NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number is > 0 and <= MaxItem;
        if (here.Kind == SettingKind.List && isItem)
        {
            Draft list = here.Copy();
            while (list.Items.Count < number)
            {
                list.Items.Add(Draft.Scalar(SettingKind.Null, null, value.Origins[0], "", isQuoted: false));
            }

            list.Items[number - 1] = Put(list.Items[number - 1], names[1..], value);
            return list;
        }

        if (here.Kind != SettingKind.Map)
        {
            var made = new Draft(isItem ? SettingKind.List : SettingKind.Map) { Origins = value.Origins, Overridden = here.Kind == SettingKind.Null ? [] : [here] };
            return Put(made, names, value);
        }

        Draft map = here.Copy();
        Draft? member = here.Member(names[0]);
        Draft empty = new(SettingKind.Null) { Origins = value.Origins };
        map.Put(names[0], member is null && names.Length == 1 ? value : Put(member ?? empty, names[1..], value));
        return map;
    }
}
