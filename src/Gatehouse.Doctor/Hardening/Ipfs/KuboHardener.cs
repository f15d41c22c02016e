using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Texts;
using Gatehouse.Doctor.Texts.Json;

namespace Gatehouse.Doctor.Hardening.Ipfs;

/// <summary>Kubo's <c>config</c>: RPC on loopback and behind a password, a gateway that fetches for nobody, experiments off.</summary>
public sealed class KuboHardener : IHardener
{
    private const int RpcPort = 5001, GatewayPort = 8080;
    private const string GateUser = "gatehouse";
    private const string Authorizations = "API.Authorizations";
    private const string Headers = "API.HTTPHeaders";

    /// <inheritdoc/>
    public string System => "kubo";

    /// <inheritdoc/>
    public string Locate(IHost host, string? named) => Find(host, named).File;

    /// <inheritdoc/>
    public HardenPlan Plan(IHost host, HardenWishes wishes, ISecretSource secrets)
    {
        Installation found = Find(host, wishes.File);
        var draft = new PlanDraft(host, System, found, wishes.User, "ipfs.service", "kubo.service");
        var file = JsonFile.Read(draft.Needed(found.File), found.File);
        ConfigDocument edited = Loopback(file, "Addresses.API", RpcPort);
        edited = Gateway(edited, draft, wishes);
        edited = OwnHeaders(edited, draft);
        edited = Experiments(edited, draft, wishes);
        edited = wishes.Gate ? Lock(edited, draft, wishes, secrets) : edited;
        draft.Put(file, edited);
        draft.Tighten(draft.Beside("swarm.key"));
        Warn(draft, host, found.Process);
        Steps(draft, wishes);
        return draft.ToPlan();
    }

    private static Installation Find(IHost host, string? named) => Installation.Find(host, named, "config", FileOf, "/root/.ipfs/config", "/var/lib/ipfs/config", "/data/ipfs/config");

    private static string? FileOf(ProcessFact process)
    {
        if (process.Name is not ("ipfs" or "kubo") || !process.Arguments.Contains("daemon"))
        {
            return null;
        }

        string? folder = Installation.Told(process, "--repo-dir") ?? Installation.Variable(process, "IPFS_PATH");
        folder ??= Installation.Variable(process, "HOME") is { } home ? Path.Combine(home, ".ipfs") : null;
        return folder is null ? null : Path.Combine(folder, "config");
    }

    private static ConfigDocument Loopback(ConfigDocument file, string path, int port)
    {
        Setting setting = file.Settings[path];
        if (setting.AsTexts() is not { IsEmpty: false } texts)
        {
            return file; // nothing listens, or where it does is Kubo's default: loopback
        }

        string[] wanted = [.. texts.Select(one => one.Length == 0 || Multiaddress.IsLocal(one) ? one : Multiaddress.On(one, "127.0.0.1", port)).Distinct(StringComparer.Ordinal)];
        return file.Put(path, setting.Kind == SettingKind.List ? Literal.Texts(wanted) : Literal.Text(wanted[0]));
    }

    private static ConfigDocument Gateway(ConfigDocument file, PlanDraft draft, HardenWishes wishes)
    {
        bool isOpen = file.Settings["Addresses.Gateway"].AsTexts() is { } texts && texts.Any(static one => one.Length > 0 && !Multiaddress.IsLocal(one));
        if (!isOpen)
        {
            return file;
        }

        if (wishes.Keep.Contains("gateway"))
        {
            return file.Put("Gateway.NoFetch", Literal.Boolean(true));
        }

        draft.Warn("the gateway goes to loopback: --keep gateway leaves it where it is, and it then gives only what this node has (`Gateway.NoFetch`)");
        return Loopback(file, "Addresses.Gateway", GatewayPort);
    }

    // `*` there also switches off the guard against pages of other sites.
    private static ConfigDocument OwnHeaders(ConfigDocument file, PlanDraft draft)
    {
        bool isOpen = file.Settings[Headers].Children.Any(static header =>
            header.Name.Equals("Access-Control-Allow-Origin", StringComparison.OrdinalIgnoreCase) && header.AsTexts() is { } origins && origins.Contains("*"));
        if (!isOpen)
        {
            return file;
        }

        ConfigDocument edited = file;
        foreach (string name in file.Settings[Headers].Children.Select(static header => header.Name).Where(static name => name.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase)))
        {
            edited = edited.Remove(SettingPath.Parse(Headers).Add(name));
        }

        draft.Warn($"the Access-Control headers of {Headers} go: they let every web page use the RPC");
        return edited;
    }

    private static ConfigDocument Experiments(ConfigDocument file, PlanDraft draft, HardenWishes wishes)
    {
        ConfigDocument edited = file;
        string[] off = ["Libp2pStreamMounting", "P2pHttpProxy", "GatewayOverLibp2p"];
        foreach (string name in off)
        {
            edited = edited.PutIfSet($"Experimental.{name}", Literal.Boolean(false));
        }

        foreach ((string name, string word) in ((string, string)[])[("FilestoreEnabled", "filestore"), ("UrlstoreEnabled", "urlstore")])
        {
            if (edited.Settings[$"Experimental.{name}"].AsBoolean() != true)
            {
                continue;
            }

            bool goes = wishes.Drop.Contains(word);
            edited = goes ? edited.Put($"Experimental.{name}", Literal.Boolean(false)) : edited;
            draft.Warn(goes
                ? $"Experimental.{name} goes off: what was added with it cannot be read any more (ipfs filestore ls, before the restart, says what that is)"
                : $"Experimental.{name} stays on, because what was added with it could not be read without it: --drop {word} switches it off where nothing was");
        }

        return edited;
    }

    private static ConfigDocument Lock(ConfigDocument file, PlanDraft draft, HardenWishes wishes, ISecretSource secrets)
    {
        Setting users = file.Settings[Authorizations];
        string? current = users.Child(GateUser)?.Child("AuthSecret")?.Text;
        string prefix = $"basic:{GateUser}:";
        string? own = current is not null && current.StartsWith(prefix, StringComparison.Ordinal) ? current[prefix.Length..] : null;
        string password = draft.Secret($"password of the RPC's user `{GateUser}`", own, null, static word => SecretStrength.IsGoodWord(word, GateUser) ? null : "it can be guessed", () => secrets.Word(43));
        foreach (string name in users.Children.Select(static user => user.Name).Where(static name => name != GateUser))
        {
            draft.Warn($"user `{name}` of {Authorizations} stays: what it may do is not seen by the gate");
        }

        if (wishes.GatePassword is { } path)
        {
            draft.PutGatePassword(path, password);
        }

        return file.Put($"{Authorizations}.{GateUser}", Literal.Map(("AuthSecret", Literal.Text(prefix + password)), ("AllowedPaths", Literal.Texts("/api/v0"))));
    }

    private static void Warn(PlanDraft draft, IHost host, ProcessFact? process)
    {
        if (host.Look(draft.Beside("swarm.key")) is null)
        {
            draft.Warn("there is no swarm.key: whatever this node has can be fetched by anybody who knows its id, whatever stands before its ports");
        }

        if (process?.Arguments.Any(static argument => argument.StartsWith("--unrestricted-api", StringComparison.Ordinal)) == true)
        {
            draft.Warn("the daemon was started with --unrestricted-api: leave it out");
        }

        if (process is not null && Installation.Variable(process, "API_ORIGIN") is not null)
        {
            draft.Warn("API_ORIGIN stands in the daemon's environment and lets pages of that origin use the RPC: take it out");
        }
    }

    private static void Steps(PlanDraft draft, HardenWishes wishes)
    {
        if (wishes.Gate)
        {
            draft.Step(wishes.GatePassword is { } path
                ? $"Name the password at the gates before Kubo: upstream_user: {GateUser}, upstream_password: file:{path}."
                : $"Give the gates before Kubo the password of {Authorizations}: upstream_user: {GateUser}, upstream_password: file:FILE (--gate-password FILE writes that file).");
            draft.Step("Where IPFS Cluster uses this node, make the gate that adds the password for it first, and harden it with --injector PORT: docs/operate/ipfs.md, \"Kubo locked\".");
        }

        draft.Step("Restart the daemon: it reads its configuration once.");
        draft.Step($"gatehouse doctor {draft.File}");
    }
}
