using System.Collections.Immutable;
using Gatehouse.Engine.Configuration.Yaml;
using Gatehouse.Network;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Configuration.Files;

/// <summary>
/// Reads the IP filter's settings out of an elasticsearch.yml: flat keys, nested ones and mixtures, texts with commas and
/// lists, with the fallbacks that Elasticsearch has. Settings of anything else are passed over.
/// </summary>
internal sealed class ElasticsearchFilterFile
{
    /// <summary>The HTTP filter, as Elasticsearch calls it in its own trail.</summary>
    public const string HttpProfile = ".http";

    private const string Transport = "xpack.security.transport.filter.";
    private readonly Dictionary<string, YamlNode> _settings = new(StringComparer.Ordinal);
    private readonly string _source;
    private readonly ICollection<Problem> _problems;

    private ElasticsearchFilterFile(string source, ICollection<Problem> problems)
    {
        _source = source;
        _problems = problems;
    }

    /// <summary>The filter of a profile, or null with at least one problem.</summary>
    /// <param name="utf8">The file.</param>
    /// <param name="source">What problems call it.</param>
    /// <param name="profile"><see cref="HttpProfile"/>, <c>default</c>, <c>_remote_cluster</c>, or a transport profile's name.</param>
    /// <param name="own">Addresses of Elasticsearch's host as they were given beside the file; default: none were.</param>
    /// <param name="forwardHosts">See <see cref="ElasticsearchFilter.TakeHostsForward"/>.</param>
    /// <param name="problems">What is wrong.</param>
    public static ElasticsearchFilterSettings? Read(
        ReadOnlySpan<byte> utf8, string source, string profile, ImmutableArray<string> own, bool forwardHosts, ICollection<Problem> problems)
    {
        int before = problems.Count;
        YamlNode? root = YamlText.Decode(utf8, source, problems) is { } text && YamlText.Check(text, source, problems)
            ? YamlTree.Parse(text, source, problems)
            : null;
        if (problems.Count > before)
        {
            return null;
        }

        var file = new ElasticsearchFilterFile(source, problems);
        switch (root)
        {
            case null:
                break;
            case YamlMapping mapping:
                file.Flatten(mapping, "");
                break;
            default:
                file.Refuse(root, "the file is no mapping of settings");
                break;
        }

        ElasticsearchFilterSettings settings = file.SettingsOf(profile, own, forwardHosts);
        return problems.Count > before ? null : settings;
    }

    private ElasticsearchFilterSettings SettingsOf(string profile, ImmutableArray<string> own, bool forwardHosts)
    {
        string[] network = ["network.bind_host", "network.host"];
        string[] transport = ["transport.bind_host", "transport.host", .. network];
        (string[] prefixes, string enabled, string[] hosts) = profile switch
        {
            HttpProfile => (
                ["xpack.security.http.filter.", "transport.profiles.default.xpack.security.filter.", Transport],
                "xpack.security.http.filter.enabled",
                ["http.bind_host", "http.host", .. network]),
            "default" => ([Transport], Transport + "enabled", transport),
            "_remote_cluster" => (
                ["xpack.security.remote_cluster.filter.", Transport], Transport + "enabled", ["remote_cluster.bind_host", "remote_cluster.host", .. transport]),
            _ => (
                new[] { $"transport.profiles.{profile}.xpack.security.filter." },
                Transport + "enabled",
                new[] { $"transport.profiles.{profile}.bind_host" }.Concat(transport).ToArray()),
        };
        if (hosts[0].StartsWith("transport.profiles.", StringComparison.Ordinal)
            && !_settings.Keys.Any(key => key.StartsWith($"transport.profiles.{profile}.", StringComparison.Ordinal)))
        {
            _problems.Add(NetworkProblems.FilterUnreadable.Because(
                $"there is no transport profile of that name in `{_source}`", hint: "leave --profile out for the HTTP filter; `default` is the transport's own"));
        }

        bool isOn = Flag("xpack.security.enabled") && Flag(enabled);
        ImmutableArray<string> bound = Flag("xpack.security.filter.always_allow_bound_address") ? Bound(hosts, own) : [];
        var filter = new ElasticsearchFilter(
            List([.. prefixes.Select(static p => p + "allow")]), List([.. prefixes.Select(static p => p + "deny")]), bound, own, forwardHosts);
        return new ElasticsearchFilterSettings(filter, isOn);
    }

    // What it listens on: addresses as they are, `_local_` as loopback, all interfaces as none that a client could have. Other
    // words and names only that host can resolve.
    private ImmutableArray<string> Bound(string[] keys, ImmutableArray<string> own)
    {
        ImmutableArray<string>.Builder addresses = ImmutableArray.CreateBuilder<string>();
        string? key = keys.FirstOrDefault(_settings.ContainsKey);
        foreach (string host in key is null ? ["_local_"] : List([key]))
        {
            switch (host)
            {
                case "_local_":
                    addresses.AddRange("127.0.0.1", "::1");
                    break;
                case "_local:ipv4_":
                    addresses.Add("127.0.0.1");
                    break;
                case "_local:ipv6_":
                    addresses.Add("::1");
                    break;
                case "0.0.0.0" or "::":
                    break;
                default:
                    if (!AddressFilter.TryNormalize(host, out _, out AddressRuleKind kind) || kind != AddressRuleKind.Address)
                    {
                        return own;
                    }

                    addresses.Add(host);
                    break;
            }
        }

        return addresses.ToImmutable();
    }

    private void Flatten(YamlMapping mapping, string prefix)
    {
        foreach (YamlEntry entry in mapping.Entries)
        {
            string key = prefix + entry.Key.Text;
            if (entry.Value is YamlMapping inner)
            {
                Flatten(inner, key + ".");
            }
            else if (!_settings.TryAdd(key, entry.Value))
            {
                Refuse(entry.Key, $"`{Shown(key)}` is there twice");
            }
        }
    }

    private bool Flag(string key)
    {
        if (!_settings.TryGetValue(key, out YamlNode? value))
        {
            return true;
        }

        if (value is YamlScalar { Text: "true" or "false" } flag)
        {
            return flag.Text == "true";
        }

        Refuse(value, $"`{key}` is neither `true` nor `false`");
        return true;
    }

    // The first key that is set, as Elasticsearch falls back from one to the next; a list that is set and empty counts.
    private ImmutableArray<string> List(string[] keys)
    {
        foreach (string key in keys)
        {
            if (_settings.Keys.FirstOrDefault(k => k.StartsWith(key + ".", StringComparison.Ordinal)) is { } numbered)
            {
                Refuse(_settings[numbered], $"`{Shown(numbered)}`: write the list under `{key}` itself");
            }

            if (_settings.TryGetValue(key, out YamlNode? value))
            {
                return [.. Items(key, value)];
            }
        }

        return [];
    }

    private IEnumerable<string> Items(string key, YamlNode value)
    {
        foreach (YamlNode node in value is YamlSequence list ? list.Items : [value])
        {
            if (node is not YamlScalar { IsEmpty: false } scalar && node is not YamlScalar { Style: YamlScalarStyle.Quoted, Text: "" })
            {
                Refuse(node, $"`{key}` is neither a text nor a list of texts");
                continue;
            }

            string text = ((YamlScalar)node).Text;
            if (text.Contains("${", StringComparison.Ordinal))
            {
                Refuse(node, $"`{key}` takes a value from the environment; write the value itself");
                continue;
            }

            foreach (string item in text.Split(',', StringSplitOptions.TrimEntries))
            {
                if (item.Length > 0)
                {
                    yield return item;
                }
                else if (text.Length > 0)
                {
                    Refuse(node, $"`{key}` has an empty item");
                }
            }
        }
    }

    private void Refuse(YamlNode node, string why) =>
        _problems.Add(NetworkProblems.FilterUnreadable.Because(why, new ProblemLocation(_source, node.Span.Line, node.Span.Column)));

    private static string Shown(string text) => text.Length > 80 ? text[..80] + "..." : text;
}

/// <summary>A profile's filter.</summary>
/// <param name="Filter">Its lists.</param>
/// <param name="IsOn">Whether Elasticsearch asks it at all.</param>
internal sealed record ElasticsearchFilterSettings(ElasticsearchFilter Filter, bool IsOn);
