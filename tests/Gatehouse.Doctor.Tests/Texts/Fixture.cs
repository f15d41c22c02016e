using Gatehouse.Doctor.Texts;
using Gatehouse.Doctor.Texts.Compose;
using Gatehouse.Doctor.Texts.Erlang;
using Gatehouse.Doctor.Texts.Hocon;
using Gatehouse.Doctor.Texts.Json;
using Gatehouse.Doctor.Texts.Units;
using Gatehouse.Doctor.Texts.Yaml;
using Xunit;

namespace Gatehouse.Doctor.Tests.Texts;

/// <summary>
/// Configuration files of real shape under <c>Fixtures</c>: as shipped, opened wide, secured, broken; those of the readers alone and those of whole
/// hosts (<c>rules-*</c>). What a file is says its name, as it does on a host.
/// </summary>
internal static class Fixture
{
    private static readonly string Root = System.IO.Path.Combine(AppContext.BaseDirectory, "Fixtures");

    /// <summary>Files of broken hosts that are broken as texts; the others there are wrong in what they say.</summary>
    private static readonly string[] BrokenOnHosts =
    [
        "elasticsearch/rules-broken/etc/elasticsearch/elasticsearch.yml",
        "emqx/rules-broken/etc/emqx/emqx.conf",
        "ignite/rules-broken/opt/ignite3-db-3.0.0/etc/ignite-config.conf",
        "ipfs-cluster/rules-broken/var/lib/ipfs/.ipfs-cluster/service.json",
        "kubo/rules-broken/var/lib/ipfs/.ipfs/config",
    ];

    private static readonly string[] All =
    [
        .. Directory.GetFiles(Root, "*", SearchOption.AllDirectories).Select(static f => System.IO.Path.GetRelativePath(Root, f).Replace('\\', '/'))
            .Where(static name => !name.StartsWith("Hardening/", StringComparison.Ordinal)).Order(StringComparer.Ordinal),
    ];

    /// <summary>Names of the configuration files, such as <c>emqx/emqx-5.8.conf</c>.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Where(static name => FormatOf(name) is not null)];

    /// <summary>File names of what is no configuration file: facts of a host, keys, pipelines, what is expected.</summary>
    public static IReadOnlyList<string> Others { get; } =
        [.. All.Where(static name => FormatOf(name) is null).Select(static name => name[(name.LastIndexOf('/') + 1)..]).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>Those that their system can read.</summary>
    public static TheoryData<string> Readable => [.. Names.Where(static n => !IsBroken(n))];

    /// <summary>Those that it cannot.</summary>
    public static TheoryData<string> Broken => [.. Names.Where(IsBroken)];

    public static byte[] Bytes(string name) => File.ReadAllBytes(System.IO.Path.Combine(Root, name));

    /// <summary>Reads bytes as the format of a fixture.</summary>
    public static ConfigDocument Read(string name, ReadOnlySpan<byte> bytes) => Format(name) switch
    {
        "emqx" => HoconFile.Read(bytes, name, HoconOptions.Emqx with { Include = Include }),
        "ignite" => HoconFile.Read(bytes, name, HoconOptions.Ignite),
        "json" => JsonFile.Read(bytes, name),
        "erlang" => ErlangFile.Read(bytes, name),
        "args" => VmArgsFile.Read(bytes, name),
        "cookie" => CookieFile.Read(bytes, name),
        "service" => UnitFile.Read(bytes, name),
        "env" => EnvFile.Read(bytes, name, EnvSyntax.Systemd),
        "compose" => ComposeFile.Read(bytes, name),
        "plain" => YamlFile.Read(bytes, name, YamlOptions.Plain),
        _ => YamlFile.Read(bytes, name, YamlOptions.Dotted),
    };

    public static ConfigDocument Read(string name) => Read(name, Bytes(name));

    /// <summary>Which reader it is for.</summary>
    public static string Format(string name) => FormatOf(name) ?? throw new ArgumentException("no configuration file", nameof(name));

    private static string? FormatOf(string name)
    {
        string file = System.IO.Path.GetFileName(name);
        string folder = System.IO.Path.GetFileName(System.IO.Path.GetDirectoryName(name)) ?? "";
        string system = name[..name.IndexOf('/', StringComparison.Ordinal)];
        string extension = System.IO.Path.GetExtension(file);
        return extension switch
        {
            ".yml" or ".yaml" => file.Contains("compose", StringComparison.Ordinal) ? "compose"
                : file.StartsWith("opensearch-security", StringComparison.Ordinal) || folder == "opensearch-security" ? "plain"
                : file == "pipelines.yml" ? null : "dotted",
            ".args" or ".cookie" or ".service" or ".env" => extension[1..],
            ".conf" when folder.EndsWith(".service.d", StringComparison.Ordinal) => "service",
            ".conf" or ".hocon" when system == "emqx" =>
                file.StartsWith("acl", StringComparison.Ordinal) || file.StartsWith("ssl_dist", StringComparison.Ordinal) ? "erlang" : "emqx",
            ".conf" or ".json" when system == "ignite" => "ignite",
            ".json" => "json",
            "" => file == "cookie" ? "cookie" : file == "config" && system == "kubo" ? "json" : file == "emqx_vars" || folder == "default" ? "env" : null,
            _ => null,
        };
    }

    private static bool IsBroken(string name) => System.IO.Path.GetFileName(name).Contains("broken", StringComparison.Ordinal) || BrokenOnHosts.Contains(name);

    private static HoconInclude? Include(string including, string name)
    {
        string path = System.IO.Path.Combine(System.IO.Path.GetDirectoryName(including) ?? "", name);
        return Names.Contains(path) ? new HoconInclude(path, Bytes(path)) : null;
    }
}
