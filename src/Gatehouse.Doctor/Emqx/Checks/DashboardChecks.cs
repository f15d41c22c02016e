using System.Collections.Immutable;
using System.Net;
using Gatehouse.Doctor.Emqx.Reading;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Emqx.Checks;

/// <summary>The dashboard and its API: who is administrator there runs code on the host.</summary>
internal static class DashboardChecks
{
    private const int Port = 18083;
    private const string Http = "dashboard.listeners.http.bind";
    private const string Https = "dashboard.listeners.https.bind";

    /// <summary>Its rules.</summary>
    public static ImmutableArray<Rule<EmqxSubject>> All { get; } =
    [
        new("DSH-001", DefaultPassword),
        new("DSH-003", InClear),
        new("DSH-004", AnyOrigin),
        new("DSH-005", Description),
        new("DSH-006", OpenMetrics),
        new("DSH-007", OpenStatus),
        new("DSH-008", Keys),
        new("DSH-009", EternalPasswords),
        new("DSH-010", Plugins),
    ];

    /// <summary>The HTTP port as it is open.</summary>
    public static IEnumerable<Reach> Reaches(EmqxSubject emqx) => Reaches(emqx, Http, "the dashboard", EmqxBind.Parse(emqx.Word(Http, $"{Port}")));

    private static IEnumerable<Reach> AllReaches(EmqxSubject emqx) =>
        Reaches(emqx).Concat(Reaches(emqx, Https, "the dashboard's HTTPS", EmqxBind.Parse(emqx.Word(Https, "0"))));

    private static IEnumerable<Reach> Reaches(EmqxSubject emqx, string path, string title, EmqxBind? bind) =>
        bind is { Port: > 0 } ? Reach.Of(emqx, title, new IPEndPoint(emqx.AddressOf(bind), bind.Port), emqx.Place(emqx[path])) : [];

    private static bool IsOn(EmqxSubject emqx) => EmqxBind.Parse(emqx.Word(Http, $"{Port}")) is not { Port: 0 } || EmqxBind.Parse(emqx.Word(Https, "0")) is not { Port: 0 };

    /// <summary>Whether others than this host get to it.</summary>
    public static bool IsExposed(EmqxSubject emqx) => AllReaches(emqx).Any(static r => r.IsExposed);

    private static IEnumerable<Observation> DefaultPassword(EmqxSubject emqx)
    {
        const string Path = "dashboard.default_password";
        if (!IsOn(emqx) || emqx.IsHardened == true)
        {
            yield break; // hardened refuses it
        }

        Setting password = emqx[Path];
        bool isSet = password.Kind is not (SettingKind.Missing or SettingKind.Null);
        if (password.IsUnknown || (!isSet && emqx.IsEnvironmentHidden))
        {
            yield return new Observation("the password that the first start gave to the administrator cannot be told", [emqx.Place(password)]) { IsUnknown = true };
        }
        else if (password.Text is null or "public" or "")
        {
            yield return emqx.Fault($"the first start makes the administrator `{emqx.Word("dashboard.default_username", "admin") ?? "admin"}` with the password that everybody knows{(isSet ? "" : ", as nothing sets another")}", Path);
        }
    }

    private static IEnumerable<Observation> InClear(EmqxSubject emqx)
    {
        if (EmqxBind.Parse(emqx.Word(Http, $"{Port}")) is null)
        {
            yield return emqx.Undecided(Http, "where the dashboard listens");
        }

        foreach (Reach reach in Reaches(emqx).Where(static r => r.IsExposed))
        {
            yield return Observation.Of($"{reach.Says}, in clear", reach.Evidence);
        }
    }

    private static IEnumerable<Observation> AnyOrigin(EmqxSubject emqx) =>
        IsOn(emqx) ? emqx.Must("dashboard.cors", good: false, usual: false, "pages of any site may read answers of the dashboard's API") : [];

    private static IEnumerable<Observation> Description(EmqxSubject emqx) =>
        IsExposed(emqx) ? emqx.Must("dashboard.swagger_support", good: false, usual: true, "the description of the whole API is open without login") : [];

    private static IEnumerable<Observation> OpenMetrics(EmqxSubject emqx)
    {
        bool? usual = emqx.IsBefore(6, 3) is { } isOld ? !isOld : null;
        return IsOn(emqx) ? emqx.Must("prometheus.enable_basic_auth", good: true, usual, "metrics are open without login", IsExposed(emqx) ? null : Severity.Low) : [];
    }

    private static IEnumerable<Observation> OpenStatus(EmqxSubject emqx)
    {
        foreach (Reach reach in AllReaches(emqx).Where(static r => r.IsExposed))
        {
            yield return Observation.Of($"`/status` at {reach.EndPoint} tells the node's name without login, and with it the ports between nodes", reach.Evidence);
        }
    }

    private static IEnumerable<Observation> Keys(EmqxSubject emqx)
    {
        Setting setting = emqx["api_key.bootstrap_file"];
        if (setting.IsUnknown)
        {
            yield return emqx.Undecided("api_key.bootstrap_file", "which API keys are made at the start");
        }

        if (setting.Text is not { Length: > 0 } written)
        {
            yield break;
        }

        string path = emqx.Places.OnHost(written);
        if (emqx.Host.Look(path) is { } file && (EmqxFile.IsOpenToOthers(emqx.Host, path) || file.Status.OthersWrite))
        {
            yield return new Observation("every user of this host can read the API keys", [emqx.Place(setting), Shown.Of(file, emqx.Host)]);
        }

        if (EmqxFile.Text(emqx.Host, path, out string? problem, out bool isMissing) is not { } text)
        {
            if (!isMissing)
            {
                yield return new Observation($"the file of API keys cannot be looked at: {problem}", [emqx.Place(setting)]) { IsUnknown = true };
            }

            yield break;
        }

        string[] lines = text.Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            // KEY:SECRET[:ROLE[:SCOPES]]
            string[] parts = lines[i].Trim().Split(':');
            if (parts.Length >= 2 && (parts.Length == 2 || parts[2] is "" or "administrator"))
            {
                yield return Observation.Of("an API key has the role of an administrator and no end", new Evidence(EvidenceKind.File, path, $"{parts[0]}:{Shown.Mask}", i + 1));
            }
        }
    }

    private static IEnumerable<Observation> EternalPasswords(EmqxSubject emqx)
    {
        const string Path = "dashboard.password_expired_time";
        Setting time = emqx[Path];
        if (!IsOn(emqx) || (!time.IsSet && emqx.IsBefore(5, 9) == true))
        {
            yield break; // builds without users' life cycle
        }

        if (time.IsUnknown || (!time.IsSet && emqx.Release is null))
        {
            yield return emqx.Undecided(Path, "whether passwords of the dashboard end");
        }
        else if (!time.IsSet || time.AsDuration(TimeSpan.FromSeconds(1)) == TimeSpan.Zero)
        {
            yield return emqx.Fault("passwords of the dashboard never end", Path);
        }
    }

    private static IEnumerable<Observation> Plugins(EmqxSubject emqx)
    {
        foreach (Setting state in emqx["plugins.states"].Children.Where(static s => s.Child("enable")?.AsBoolean() != false))
        {
            yield return Observation.At($"a plugin runs in the broker: `{state.Child("name_vsn")?.Text ?? "?"}`", state.Child("name_vsn") ?? state);
        }

        string folder = emqx["plugins.install_dir"].Text is { Length: > 0 } named ? emqx.Places.OnHost(named) : emqx.Places.OnHost("plugins");
        string[] enabled = [.. emqx["plugins.states"].Children.Select(static s => s.Child("name_vsn")?.Text).OfType<string>()];
        foreach (string name in emqx.Host.List(folder).Where(name => !enabled.Contains(name) && emqx.Host.Look($"{folder}/{name}")?.Status.IsFolder == true))
        {
            yield return Observation.Of($"a plugin is installed that nothing declares: `{name}`", new Evidence(EvidenceKind.File, $"{folder}/{name}", "folder of a plugin"));
        }
    }
}
