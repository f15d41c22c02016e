using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Elastic;

/// <summary>A file of OpenSearch's security plugin.</summary>
/// <param name="Path">Where it is, or would be.</param>
/// <param name="Tree">What it says; empty where it is not there.</param>
/// <param name="Why">Why it cannot be read, as the end of a sentence; null where it was read, or is not there.</param>
internal sealed record SecurityFile(string Path, SettingTree Tree, string? Why);

/// <summary>
/// The folder of OpenSearch's security plugin: <c>config.yml</c>, <c>internal_users.yml</c> and their neighbours. What is in force lies in
/// an index that was filled from them, so they say what was set up, and nothing of later changes.
/// </summary>
internal static class SecurityFolder
{
    /// <summary>Reads one of them.</summary>
    public static SecurityFile Read(NodeSubject node, string name)
    {
        string? folder = new[]
        {
            node.Locate("opensearch-security"),
            node.Home.Path is null ? null : $"{node.Home.Path}/plugins/opensearch-security/securityconfig",
            node.Home.Path is null ? null : $"{node.Home.Path}/plugins/opendistro_security/securityconfig",
        }.OfType<string>().FirstOrDefault(path => node.Host.Look($"{path}/{name}") is not null);
        return folder is null
            ? new SecurityFile(name, SettingTree.Empty, null)
            : ForeignFiles.ReadPlain(node.Host, $"{folder}/{name}");
    }

    /// <summary>Ways to log in that are on, by name, with their settings below <c>config.dynamic.authc</c>.</summary>
    public static IEnumerable<Setting> Domains(SecurityFile config) =>
        config.Tree.Under("config.dynamic.authc").Where(static domain => domain.Child("http_enabled")?.AsBoolean() ?? domain.Child("enabled")?.AsBoolean() ?? true);

    /// <summary>A setting below another one, never null.</summary>
    public static Setting Below(SecurityFile file, Setting setting, string path) => file.Tree.Find(setting.Path.Add(SettingPath.Parse(path)));

    /// <summary>Whether client certificates are the only way to log in; null where that cannot be told.</summary>
    public static bool? HasOnlyCertificates(NodeSubject node)
    {
        SecurityFile config = Read(node, "config.yml");
        string?[] types = [.. Domains(config).Select(domain => Below(config, domain, "http_authenticator.type").Text)];
        return config.Why is not null ? null : types.Length > 0 && types.All(static type => type == "clientcert");
    }
}
