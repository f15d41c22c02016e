using System.Collections.Immutable;
using System.Net;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Emqx.Reading;

/// <summary>One step of an authentication chain.</summary>
/// <param name="Node">What is set of it.</param>
internal sealed record EmqxAuthenticator(Setting Node)
{
    /// <summary>How it authenticates: <c>password_based</c>, <c>jwt</c>, <c>scram</c>, <c>cinfo</c>.</summary>
    public string? Mechanism => Node.Child("mechanism")?.Text;

    /// <summary>Where it looks: <c>built_in_database</c>, <c>http</c>, <c>mysql</c>.</summary>
    public string? Backend => Node.Child("backend")?.Text;

    /// <summary>Whether it is on; null where that cannot be told.</summary>
    public bool? IsOn => Node.Child("enable") is { } enable ? enable.AsBoolean() : Node.IsUnknown ? null : true;

    /// <summary>Whether it asks somebody who may be down.</summary>
    public bool IsRemote => Backend is not (null or "built_in_database") || Node.Child("use_jwks")?.AsBoolean() == true;

    /// <summary>A name for sentences.</summary>
    public string Title => $"authenticator `{(Mechanism == "password_based" ? "" : Mechanism + (Backend is null ? "" : ":"))}{Backend ?? (Mechanism is null ? "?" : "")}`";

    /// <summary>A member, missing where nothing sets it.</summary>
    public Setting Get(string name) => Node.Child(name) ?? new Setting { Path = Node.Path.Add(name), Kind = Node.IsPartial ? SettingKind.Unknown : SettingKind.Missing };

    /// <summary>The chain at a path (5.0 allowed a single object, too); null where it cannot be told.</summary>
    public static ImmutableArray<EmqxAuthenticator>? Chain(Setting setting) => setting.Kind switch
    {
        SettingKind.Unknown => null,
        SettingKind.List => setting.IsPartial ? null : [.. setting.Children.Select(static item => new EmqxAuthenticator(item))],
        SettingKind.Map when setting.Child("mechanism") is not null => [new EmqxAuthenticator(setting)],
        SettingKind.Map => [.. setting.Children.Select(static item => new EmqxAuthenticator(item))],
        _ => [],
    };

    /// <summary>Every chain that is in force: the global one, and those of listeners.</summary>
    public static IEnumerable<EmqxAuthenticator> All(EmqxSubject emqx) =>
        emqx.Listeners.Where(static l => l.IsOn != false).Select(l => emqx[$"{l.Path}.authentication"]).Prepend(emqx["authentication"])
            .SelectMany(static s => Chain(s) ?? []).Where(static a => a.IsOn != false);

    /// <summary>Whether a host of a URL or server list is this host.</summary>
    public static bool IsLocal(string server)
    {
        string host = server.Trim();
        int at = host.LastIndexOf('@');
        host = at >= 0 ? host[(at + 1)..] : host;
        int scheme = host.IndexOf("://", StringComparison.Ordinal);
        host = (scheme >= 0 ? host[(scheme + 3)..] : host).Split('/')[0];
        if (host.StartsWith('['))
        {
            host = host[1..].Split(']')[0];
        }
        else if (host.Count(static c => c == ':') == 1)
        {
            host = host.Split(':')[0];
        }

        return host == "localhost" || (IPAddress.TryParse(host, out IPAddress? address) && Reach.IsLoopback(address));
    }
}
