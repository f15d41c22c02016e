using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Emqx.Reading;

/// <summary>Finds the files of certificates that are in force: those that are named, and the defaults of listeners that name none.</summary>
internal static class UsedCertificates
{
    private static readonly (string Name, string Default)[] OfListeners =
        [("certfile", "${EMQX_ETC_DIR}/certs/cert.pem"), ("cacertfile", "${EMQX_ETC_DIR}/certs/cacert.pem")];

    private static readonly string[] OfRpc = ["rpc.certfile", "rpc.cacertfile"];

    /// <summary>All of them, each file once.</summary>
    public static IEnumerable<EmqxCertificate> Of(EmqxSubject emqx)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach ((string path, Evidence evidence) in Named(emqx))
        {
            string file = emqx.Places.OnHost(path);
            if (seen.Add(file))
            {
                yield return EmqxCertificate.Read(emqx.Host, file, evidence);
            }
        }
    }

    /// <summary>Files of the distribution's TLS options.</summary>
    public static IEnumerable<EmqxCertificate> OfDistribution(EmqxSubject emqx, params string[] names) =>
        (DistributionTls.Of(emqx).Options ?? []).Where(option => names.Contains(option.Name) && option.Value.Text is not null)
            .Select(option => EmqxCertificate.Read(emqx.Host, emqx.Places.OnHost(option.Value.Text!), option.Evidence)); // asked for above

    private static IEnumerable<(string Path, Evidence Evidence)> Named(EmqxSubject emqx)
    {
        foreach (EmqxListener listener in emqx.Listeners.Where(static l => l.IsTls && l.IsOn != false))
        {
            foreach ((string, Evidence) named in OfListener(emqx, listener.Path))
            {
                yield return named;
            }
        }

        if (EmqxBind.Parse(emqx["dashboard.listeners.https.bind"].Text) is { Port: > 0 })
        {
            foreach ((string, Evidence) named in OfListener(emqx, "dashboard.listeners.https"))
            {
                yield return named;
            }
        }

        bool isRpcTls = emqx.Word("rpc.protocol", "tcp") == "ssl";
        foreach (Setting setting in OfRpc.Select(path => emqx[path]).Where(s => isRpcTls && s.Text is { Length: > 0 }))
        {
            yield return (setting.Text!, emqx.Place(setting)); // asked for above
        }

        if (emqx.Cluster.IsTls)
        {
            foreach (DistributionTls.Option option in (DistributionTls.Of(emqx).Options ?? []).Where(static o => o.Name is "certfile" or "cacertfile"))
            {
                if (option.Value.Text is { } path)
                {
                    yield return (path, option.Evidence);
                }
            }
        }
    }

    private static IEnumerable<(string Path, Evidence Evidence)> OfListener(EmqxSubject emqx, string path)
    {
        SettingPath options = SettingPath.Parse(path).Add("ssl_options");
        foreach ((string name, string usual) in OfListeners)
        {
            Setting setting = emqx.Settings.Find(options.Add(name));
            setting = setting.IsSet ? setting : emqx.Settings.Find(SettingPath.Parse(path).Add(name));
            if (!setting.IsUnknown && (setting.Text ?? usual) is { Length: > 0 } file)
            {
                yield return (file, emqx.Place(setting));
            }
        }
    }
}
