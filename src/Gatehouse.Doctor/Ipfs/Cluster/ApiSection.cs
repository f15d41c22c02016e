using System.Collections.Immutable;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Ipfs.Cluster;

/// <summary>Who has to say who they are.</summary>
internal enum Authentication
{
    /// <summary>Nobody.</summary>
    None,

    /// <summary>Everybody.</summary>
    Required,

    /// <summary>An empty table of users: the daemon does not start.</summary>
    Empty,

    /// <summary>It cannot be told.</summary>
    Unknown,
}

/// <summary>One of the two APIs that are configured alike: <c>restapi</c> and <c>pinsvcapi</c>.</summary>
internal sealed class ApiSection(ClusterSubject subject, string name, string title, int port)
{
    /// <summary>The peer.</summary>
    public ClusterSubject Subject => subject;

    /// <summary>Its name in the file.</summary>
    public string Name => name;

    /// <summary>What it is called: <c>REST API</c>.</summary>
    public string Title => title;

    /// <summary>Its usual port.</summary>
    public int Port => port;

    /// <summary>Its part of the file.</summary>
    public Setting Section => subject.At("api", name);

    /// <summary>Whether it is started: a section that is there, be it empty, starts it.</summary>
    public bool IsOn => Section.Kind == SettingKind.Map;

    /// <summary>A setting of it.</summary>
    public Setting this[string key] => subject.At("api", name, key);

    /// <summary>Where it listens for HTTP. An empty list is no list: the usual address stays.</summary>
    public Setting Listen => this["http_listen_multiaddress"];

    /// <summary>Whether it listens on a Unix socket and nowhere else.</summary>
    public bool IsUnixOnly => Addresses() is { IsEmpty: false } found && found.All(static a => a.Address.Reach == Reach.Unix);

    /// <summary>Who has to say who they are.</summary>
    public Authentication Authentication
    {
        get
        {
            Setting users = this["basic_auth_credentials"];
            return users.IsUnknown ? Authentication.Unknown
                : users.IsBlank() && users.Kind != SettingKind.Text ? Authentication.None
                : users.Children.IsEmpty ? Authentication.Empty
                : Authentication.Required;
        }
    }

    /// <summary>Whether it has both a certificate and a key.</summary>
    public bool HasTls => !this["ssl_cert_file"].IsBlank() && !this["ssl_key_file"].IsBlank();

    /// <summary>The addresses that the configuration names.</summary>
    public ImmutableArray<(ServiceAddress Address, Setting Setting)>? Addresses() => ServiceAddress.Read(Listen);

    /// <summary>Where others than this host reach it: addresses of the configuration, and sockets that the process has in spite of it.</summary>
    public ImmutableArray<Evidence> Exposures()
    {
        ImmutableArray<(ServiceAddress Address, Setting Setting)> addresses = Addresses() ?? [];
        var found = addresses.Where(static a => a.Address.IsExposed).Select(static a => Shown.Of(a.Setting)).ToList();
        HashSet<int> ports = [.. addresses.IsEmpty ? [port] : addresses.Select(static a => a.Address.Port).Where(static p => p > 0)];
        HashSet<int> said = [.. addresses.Where(static a => a.Address.IsExposed).Select(static a => a.Address.Port)];
        found.AddRange(OpenSockets(subject).Where(socket => ports.Contains(socket.EndPoint.Port) && !said.Contains(socket.EndPoint.Port))
            .Select(socket => Shown.Of(socket, $"{subject.Process!.Place} listens here"))); // the sockets are its
        return [.. found];
    }

    /// <summary>Addresses that are names or cannot be read: who reaches them cannot be told.</summary>
    public IEnumerable<Setting> Unclear() =>
        (Addresses() ?? []).Where(static a => a.Address.Reach is Reach.Name or Reach.Unreadable).Select(static a => a.Setting);

    /// <summary>TCP sockets of a peer's process that other hosts reach.</summary>
    public static IEnumerable<SocketFact> OpenSockets(ClusterSubject subject) => subject.Sockets.Where(static socket => !socket.IsUdp && socket.IsExposed);
}
