using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Elastic;

/// <summary>A realm of Elasticsearch: <c>xpack.security.authc.realms.TYPE.NAME</c>.</summary>
/// <param name="Settings">Where its settings stand.</param>
/// <param name="Type"><c>ldap</c>, <c>active_directory</c>, <c>pki</c>, <c>jwt</c> and so on.</param>
/// <param name="Name">Its name.</param>
internal sealed record Realm(LayeredSettings Settings, string Type, string Name)
{
    /// <summary>What it calls its server with.</summary>
    public TlsEnd Tls => new($"realm `{Name}`", Settings, $"{Path}.ssl", IsOpenSearch: false);

    /// <summary>What the names of its settings begin with.</summary>
    public string Path => $"xpack.security.authc.realms.{Type}.{Name}";

    /// <summary>One of its settings.</summary>
    public Setting this[string name] => Settings[$"{Path}.{name}"];
}
