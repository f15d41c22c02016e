using System.Text;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Hardening.Emqx;

/// <summary>The dashboard and its REST API: on loopback, with a password that nobody knows yet.</summary>
internal static class EmqxDashboard
{
    private const string Password = "dashboard.default_password", PasswordFile = "gatehouse-dashboard-password", Scheme = "file://", Expiry = "dashboard.password_expired_time";

    // Passwords in files: emqx/emqx#14638; that they end: emqx/emqx#14255.
    private static readonly Version FirstWithFileAndEnd = new(5, 9);

    /// <summary>The file with it.</summary>
    public static ConfigDocument Of(ConfigDocument file, EmqxFiles files, PlanDraft draft, HardenWishes wishes, ISecretSource secrets, Version version)
    {
        SettingTree settings = files.InForce;
        ConfigDocument edited = FirstPassword(file, files, draft, secrets, version);
        string bind = settings["dashboard.listeners.http.bind"].Text ?? "18083";
        if (!wishes.Keep.Contains("dashboard") && bind != "0")
        {
            edited = edited.Put("dashboard.listeners.http.bind", Literal.Text($"127.0.0.1:{EmqxListeners.Port(settings["dashboard.listeners.http.bind"], 18083)}"));
        }

        if (version >= FirstWithFileAndEnd && settings[Expiry] is var expiry && (!expiry.IsSet || expiry.AsDuration(TimeSpan.FromSeconds(1)) == TimeSpan.Zero))
        {
            edited = edited.Put(Expiry, Literal.Text("180d"));
            draft.Warn($"{Expiry} is set: who logs in to the dashboard with a password older than 180 days makes a new one first");
        }

        return edited
            .Put("dashboard.swagger_support", Literal.Boolean(false))
            .PutIfSet("dashboard.cors", Literal.Boolean(false))
            .Put("prometheus.enable_basic_auth", Literal.Boolean(true));
    }

    // Since 5.9 in a file of its own, before that in emqx.conf, which takes `file://` for the password itself.
    private static ConfigDocument FirstPassword(ConfigDocument file, EmqxFiles files, PlanDraft draft, ISecretSource secrets, Version version)
    {
        string current = files.InForce[Password].Text ?? "public";
        bool isFile = version >= FirstWithFileAndEnd && current.StartsWith(Scheme, StringComparison.Ordinal);
        string? path = isFile ? files.OnHost(current) : null;
        byte[]? content = path is null ? null : draft.Optional(path);
        if (isFile && content is null && path != draft.Beside(PasswordFile))
        {
            draft.Step($"Look at the first password of the dashboard yourself: it is taken from {current}, which cannot be read now.");
            return file;
        }

        string? known = isFile ? content is null ? null : Encoding.UTF8.GetString(content).Trim() : current;
        string password = draft.Secret(
            $"first password of the dashboard (`{Password}`)", known, null, static word => SecretStrength.IsGoodWord(word) ? null : "it can be guessed", () => secrets.Word(32));
        if (version < FirstWithFileAndEnd)
        {
            return file.Put(Password, Literal.Text(password));
        }

        string own = isFile && password == known ? path! : draft.Beside(PasswordFile); // isFile and content
        draft.PutSecret(own, isFile && password == known ? content! : Encoding.UTF8.GetBytes(password)); // the same
        return isFile && password == known ? file : file.Put(Password, Literal.Text(Scheme + own));
    }
}
