using System.Collections.Immutable;
using Gatehouse.Doctor.Emqx.Reading;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Emqx.Checks;

/// <summary>Files, user, trail, and the host's public addresses.</summary>
internal static class HostChecks
{
    private const string FileScheme = "file://";

    /// <summary>Its rules.</summary>
    public static ImmutableArray<Rule<EmqxSubject>> All { get; } =
    [
        new("AUD-001", NoTrail),
        new("FIL-001", OpenFiles),
        new("FIL-002", InlineSecrets),
        new("FIL-003", Root),
        new("NET-001", PublicPorts),
    ];

    private static IEnumerable<Observation> NoTrail(EmqxSubject emqx)
    {
        const string Path = "log.audit.enable";
        bool mayLack = emqx.IsBefore(5, 4) == true || (emqx.IsBefore(5, 9) == true && emqx.IsEnterprise != true);
        if (mayLack && IsBehindGate(emqx) && emqx.Flag(Path, usual: false) == false)
        {
            return [emqx.Fault(Severity.Info, "this build has no audit log unless it is an enterprise one; clients come through a gate of this host, which keeps the trail", Path)];
        }

        return emqx.IsBefore(5, 4) == true || (mayLack && emqx.IsEnterprise == false)
            ? [emqx.Fault("this build has no audit log", Path)]
            : emqx.Must(Path, good: true, usual: false, "nothing records what administrators do");
    }

    // Every listener is on loopback and takes who comes from whoever stands in front; so is the dashboard.
    private static bool IsBehindGate(EmqxSubject emqx) =>
        ListenerChecks.On(emqx).Any() && ListenerChecks.On(emqx).All(listener => !ListenerChecks.IsExposed(emqx, listener) && emqx.Flag($"{listener.Path}.proxy_protocol", usual: false) == true)
        && !DashboardChecks.IsExposed(emqx);

    private static IEnumerable<Observation> OpenFiles(EmqxSubject emqx)
    {
        foreach (EmqxFile file in emqx.Files.Where(static f => f.Problem is not null))
        {
            yield return new Observation($"{file.Role} cannot be read: {file.Problem}", [new Evidence(EvidenceKind.File, file.Path, file.Role)]) { IsUnknown = true };
        }

        foreach (string path in Secrets(emqx).Concat(HoldersOfSecrets(emqx)).Distinct(StringComparer.Ordinal))
        {
            if (emqx.Host.Look(path) is { } file && (EmqxFile.IsOpenToOthers(emqx.Host, path) || file.Status.OthersWrite))
            {
                yield return Observation.Of("every user of this host can read a file with secrets", Shown.Of(file, emqx.Host));
            }
        }
    }

    private static IEnumerable<string> Secrets(EmqxSubject emqx)
    {
        string certs = emqx.Places.InEtc("certs");
        foreach (string name in emqx.Host.List(certs).Where(static n => n.EndsWith(".key", StringComparison.Ordinal) || n.EndsWith("key.pem", StringComparison.Ordinal)))
        {
            yield return $"{certs}/{name}";
        }

        yield return emqx.Places.InData("configs/cluster.hocon");
        string backups = emqx.Places.InData("backup");
        foreach (string name in emqx.Host.List(backups))
        {
            yield return $"{backups}/{name}";
        }

        foreach (Setting setting in emqx.Settings.Leaves().Where(static s => s.Text is { Length: > 0 }))
        {
            if (setting.Name is "keyfile" or "bootstrap_file" && setting.Path.Segments[0] != "api_key")
            {
                yield return emqx.Places.OnHost(setting.Text!); // see the line above
            }
            else if (setting.Text!.StartsWith(FileScheme, StringComparison.Ordinal) && setting.Path.ToString() != "node.cookie")
            {
                yield return emqx.Places.OnHost(setting.Text);
            }
        }
    }

    // Of the cookie ERL-004 speaks.
    private static IEnumerable<string> HoldersOfSecrets(EmqxSubject emqx) =>
        Inline(emqx).Where(static s => s.Path.ToString() != "node.cookie" && IsNamedSecret(s)).Select(static s => s.Origin?.Source).OfType<string>();

    private static IEnumerable<Setting> Inline(EmqxSubject emqx) => emqx.Settings.Leaves()
        .Where(static s => s.Kind is SettingKind.Text or SettingKind.Number && s.Text is { Length: > 0 } text && !text.StartsWith(FileScheme, StringComparison.Ordinal)
            && !text.StartsWith("${", StringComparison.Ordinal) && s.Origin?.Variable is null && Shown.IsSensitive(s));

    private static bool IsNamedSecret(Setting setting) =>
        setting.Name is "password" or "default_password" or "secret" or "key_password" or "token" or "api_secret" or "secret_access_key" or "private_key";

    private static IEnumerable<Observation> InlineSecrets(EmqxSubject emqx)
    {
        ImmutableArray<Evidence> places = [.. Inline(emqx).Where(s => MayBeFile(emqx, s)).Select(emqx.Place)];
        if (!places.IsEmpty)
        {
            yield return new Observation("secrets stand in configuration files, where copies, backups and tickets take them along", places);
        }
    }

    // Since when a secret may lie in a file: of connectors and TLS 5.4, the administrator's first password 5.9 (emqx/emqx#14638), the cookie 6.3.
    private static bool MayBeFile(EmqxSubject emqx, Setting setting) => setting.Path.ToString() switch
    {
        "node.cookie" => emqx.IsBefore(6, 3) == false,
        "dashboard.default_password" => emqx.IsBefore(5, 9) != true,
        _ => IsNamedSecret(setting) && emqx.IsBefore(5, 4) != true,
    };

    private static IEnumerable<Observation> Root(EmqxSubject emqx)
    {
        if (emqx.Process is { } process)
        {
            if (process.User == 0)
            {
                yield return Observation.Of("the broker runs as root", Shown.Of(process, "user root"));
            }
        }
        else if (emqx.UnitUser is { Text: "root" or "0" } user)
        {
            yield return Observation.At("the broker is started as root", user);
        }
    }

    private static IEnumerable<Observation> PublicPorts(EmqxSubject emqx)
    {
        IEnumerable<(Reach Reach, bool IsNodes)> all =
        [
            .. DistributionChecks.Reaches(emqx).Concat(RpcChecks.Reaches(emqx)).Select(static r => (r, true)),
            .. DashboardChecks.Reaches(emqx).Select(static r => (r, false)),
            .. ListenerChecks.On(emqx).Where(static l => !l.IsTls).SelectMany(l => ListenerChecks.Reaches(emqx, l)).Select(static r => (r, false)),
        ];
        foreach ((Reach reach, bool isNodes) in all.Where(p => p.Reach.IsExposed && p.Reach.IsPublic(emqx.Host) && IsPublished(emqx, p.Reach)))
        {
            yield return Observation.Of(isNodes && emqx.Cookies.IsWellKnown ? Severity.Critical : Severity.High, $"{reach.Says}, and this host has a public address", reach.Evidence);
        }

        foreach (SocketFact socket in emqx.Host.Sockets.Where(static s => s is { IsUdp: false, IsExposed: true, EndPoint.Port: 4369 or 8081 }))
        {
            bool isOurs = socket.EndPoint.Port == 4369 || emqx.Process?.Sockets.Any(own => own.Inode == socket.Inode) == true;
            if (isOurs && new Reach($"port {socket.EndPoint.Port}", socket.EndPoint, IsLive: true, null, []).IsPublic(emqx.Host))
            {
                yield return Observation.Of($"port {socket.EndPoint.Port} listens on {socket.EndPoint}, and this host has a public address", Shown.Of(socket, "listens"));
            }
        }
    }

    // A container's own addresses are nobody's: what is published listens on the host, too.
    private static bool IsPublished(EmqxSubject emqx, Reach reach) =>
        reach.IsLive || !emqx.IsContainer || emqx.Host.Sockets.Any(s => s.IsExposed && s.EndPoint.Port == reach.EndPoint.Port);
}
