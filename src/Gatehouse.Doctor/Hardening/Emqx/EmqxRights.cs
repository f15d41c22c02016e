using System.Text;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Hardening.Emqx;

/// <summary>What clients of EMQX may do, and how they prove who they are.</summary>
internal static class EmqxRights
{
    private const string AllowGate = """
        %% Clients come through the gate, which decides what each of them may do; nobody else has a right here.
        {allow, {username, {re, "^gatehouse$"}}, all, ["#", "$SYS/#"]}.
        {deny, all}.

        """;

    /// <summary>Who matches no rule is refused.</summary>
    public static ConfigDocument Of(ConfigDocument file, IHost host, EmqxFiles files, PlanDraft draft, HardenWishes wishes)
    {
        ConfigDocument edited = file
            .Put("authorization.no_match", Literal.Word("deny"))
            .Put("authorization.deny_action", Literal.Word("ignore"))
            .Put("authorization.cache.ttl", Literal.Text("1m"))
            .Put("mqtt.strict_mode", Literal.Boolean(true));
        Rules(host, files, draft, wishes);
        return Authentication(edited, files, draft, wishes);
    }

    // The file of rules is the one that the sources name; without any it is acl.conf beside emqx.conf.
    private static void Rules(IHost host, EmqxFiles files, PlanDraft draft, HardenWishes wishes)
    {
        Setting sources = (draft.Environment is { } environment ? files.With(files.Main, environment) : files.InForce)["authorization.sources"];
        if (sources.IsUnknown || sources.IsPartial)
        {
            draft.Step($"Look at `authorization.sources` yourself, which cannot be told here ({sources.Reason ?? "its value is not known"}): {Wanted}");
            return;
        }

        Setting[] on = [.. sources.Children.Where(static one => one.Child("enable")?.AsBoolean() != false)];
        int at = Array.FindIndex(on, static one => one.Child("type")?.Text == "file");
        if (sources.IsSet && at < 0)
        {
            draft.Step($"Look at `authorization.sources`, none of which is a file of rules that is on: {Wanted}");
            return;
        }

        Setting? named = at < 0 ? null : on[at].Child("path");
        string? path = named is null ? draft.Beside("acl.conf") : named.Text is { } text ? files.OnHost(text) : null;
        if (path is null || host.Look(Path.GetDirectoryName(path) ?? "/") is null)
        {
            draft.Step($"Look at the file of rules that `authorization.sources` names ({named?.Text ?? "it cannot be told which"}), which is not found on this host: {Wanted}");
            return;
        }

        if (!wishes.Gate)
        {
            draft.Warn($"{path} stays as it is: a last rule {{allow, all}} makes authorization.no_match mean nothing");
            return;
        }

        if (draft.Optional(path) is { } bytes && Encoding.UTF8.GetString(bytes) is var old && old != AllowGate && old.Split('\n').Any(static line => line.TrimStart().StartsWith('{')))
        {
            draft.Warn($"the rules of {path} go: among them may be one that lets 127.0.0.1 do everything, which is everybody behind a gate; put rules of your own before {{deny, all}}");
        }

        draft.PutText(path, AllowGate);
        if (at > 0)
        {
            draft.Step($"Look at `authorization.sources`: {string.Join(", ", on[..at].Select(static one => one.Child("type")?.Text ?? "one that cannot be told"))} stands before the file of rules, and what it allows is allowed. Put the file first.");
        }

        if (path != draft.Beside("acl.conf"))
        {
            draft.Step($"Leave the rules in the dashboard alone from now on: it writes {path} anew.");
        }
    }

    private static string Wanted => "the user `gatehouse` may do everything, and nobody else anything.";

    private static ConfigDocument Authentication(ConfigDocument file, EmqxFiles files, PlanDraft draft, HardenWishes wishes)
    {
        Setting chain = files.InForce["authentication"];
        if (chain.IsUnknown || chain.Children.Any(static one => one.Child("enable")?.AsBoolean() != false))
        {
            return file;
        }

        if (!wishes.Gate || chain.IsSet)
        {
            draft.Warn("there is no authentication that is on: whatever name a client gives is believed");
            return file;
        }

        // Passwords are salted and hashed by default; the gate's is random, so that more rounds would only slow each login down.
        draft.Warn("authentication against EMQX's own database is switched on, and it is empty: nobody is let in before the user of the gate is made");
        return file.Put("authentication", Literal.List(Literal.Map(
            ("mechanism", Literal.Word("password_based")), ("backend", Literal.Word("built_in_database")), ("user_id_type", Literal.Word("username")))));
    }
}
