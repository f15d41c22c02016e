using System.Text;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Texts;
using Gatehouse.Doctor.Texts.Erlang;
using Gatehouse.Problems;
using Gatehouse.Protocols.Erlang;

namespace Gatehouse.Doctor.Hardening.Emqx;

/// <summary>The file of rules: who may publish and subscribe what. Its last word is no.</summary>
internal static class EmqxRules
{
    private const string AllowGate = """
        %% Clients come through the gate, which decides what each of them may do; nobody else has a right here.
        {allow, {username, {re, "^gatehouse$"}}, all, ["#", "$SYS/#"]}.
        {deny, all}.

        """;

    private const string DenyAll = "{deny, all}.";
    private static readonly string[] Anybody = ["", ".*", "^.*", ".*$", "^.*$", "^", "$"];

    /// <summary>Writes the one that the sources name; without any it is acl.conf beside emqx.conf.</summary>
    public static void Of(IHost host, EmqxFiles files, PlanDraft draft, HardenWishes wishes)
    {
        string wanted = wishes.Gate ? "the user `gatehouse` may do everything, and nobody else anything." : "who may do what is allowed by name, and the last rule denies the rest; nobody else anything.";
        Setting sources = (draft.Environment is { } environment ? files.With(files.Main, environment) : files.InForce)["authorization.sources"];
        if (sources.IsUnknown || sources.IsPartial)
        {
            draft.Step($"Look at `authorization.sources` yourself, which cannot be told here ({sources.Reason ?? "its value is not known"}): {wanted}");
            return;
        }

        Setting[] on = [.. sources.Children.Where(static one => one.Child("enable")?.AsBoolean() != false)];
        int at = Array.FindIndex(on, static one => one.Child("type")?.Text == "file");
        if (sources.IsSet && at < 0)
        {
            draft.Step($"Look at `authorization.sources`, none of which is a file of rules that is on: {wanted}");
            return;
        }

        Setting? named = at < 0 ? null : on[at].Child("path");
        string? path = named is null ? draft.Beside("acl.conf") : named.Text is { } text ? files.OnHost(text) : null;
        if (path is null || host.Look(Path.GetDirectoryName(path) ?? "/") is null)
        {
            draft.Step($"Look at the file of rules that `authorization.sources` names ({named?.Text ?? "it cannot be told which"}), which is not found on this host: {wanted}");
            return;
        }

        if (wishes.Gate)
        {
            ForGate(path, draft);
        }
        else if (!WithoutWide(path, draft))
        {
            return;
        }

        if (at > 0)
        {
            draft.Step($"Look at `authorization.sources`: {string.Join(", ", on[..at].Select(static one => one.Child("type")?.Text ?? "one that cannot be told"))} stands before the file of rules, and what it allows is allowed. Put the file first.");
        }

        if (path != draft.Beside("acl.conf"))
        {
            draft.Step($"Leave the rules in the dashboard alone from now on: it writes {path} anew.");
        }
    }

    private static void ForGate(string path, PlanDraft draft)
    {
        if (draft.Optional(path) is { } bytes && Encoding.UTF8.GetString(bytes) is var old && old != AllowGate && old.Split('\n').Any(static line => line.TrimStart().StartsWith('{')))
        {
            draft.Warn($"the rules of {path} go: among them may be one that lets 127.0.0.1 do everything, which is everybody behind a gate; put rules of your own before {{deny, all}}");
        }

        draft.PutText(path, AllowGate);
    }

    // The administrator's own rules stay; what lets everybody, or everybody on this host, do everything goes.
    private static bool WithoutWide(string path, PlanDraft draft)
    {
        if (draft.Optional(path) is not { } bytes)
        {
            draft.PutText(path, $"%% Put rules of your own before this line: who matches none may do nothing.\n{DenyAll}\n");
            Tell(draft, path);
            return true;
        }

        if (Edited(bytes, path, out ErlangFile? before, out int gone) is not { } after)
        {
            draft.Step($"Look at {path} yourself, which cannot be read as rules: what lets everybody do everything goes, and the last rule is {DenyAll}");
            return false;
        }

        draft.PutText(path, after.ToText());
        if (gone > 0)
        {
            draft.Warn($"{gone} rule{(gone == 1 ? "" : "s")} of {path} that let{(gone == 1 ? "s" : "")} everybody, or whoever comes from 127.0.0.1, do everything go{(gone == 1 ? "es" : "")}");
        }

        if (before!.Text != after.Text) // read
        {
            Tell(draft, path);
        }

        return true;
    }

    private static void Tell(PlanDraft draft, string path)
    {
        draft.Warn($"clients may publish and subscribe what a rule of {path} allows them, and nothing else");
        draft.StepAfter($"Write who may do what into {path}, before {DenyAll} For each user a line such as {{allow, {{username, \"sensor1\"}}, publish, [\"sensors/1/#\"]}}.");
    }

    private static ErlangFile? Edited(byte[] bytes, string path, out ErlangFile? before, out int gone)
    {
        (before, gone) = (null, 0);
        try
        {
            before = ErlangFile.Read(bytes, path);
            SourceText text = before.SourceText;
            var edits = new List<TextEdit>();
            foreach (ErlangTerm term in before.Terms.Where(IsWide))
            {
                int dot = term.Offset + term.Length;
                while (dot < text.Text.Length && char.IsWhiteSpace(text.Text[dot]))
                {
                    dot++;
                }

                if (dot >= text.Text.Length || text.Text[dot] != '.')
                {
                    return null;
                }

                edits.Add(new TextEdit(text.Lines(TextSpan.Between(term.Offset, dot + 1)), ""));
            }

            gone = edits.Count;
            bool isClosed = before.Terms.LastOrDefault(static term => !IsWide(term)) is ErlangTuple { Items: [ErlangAtom { Name: "deny" }, ErlangAtom { Name: "all" }] };
            SourceText shorter = text.With(edits);
            return ErlangFile.Of(isClosed ? shorter : shorter.With(shorter.AtEnd(DenyAll)));
        }
        catch (ProblemException)
        {
            return null;
        }
    }

    private static bool IsWide(ErlangTerm term)
    {
        if (term is not ErlangTuple { Items: [ErlangAtom { Name: "allow" }, { } who, .. { } rest] })
        {
            return false;
        }

        bool isEverything = rest.Length == 0 || (rest.Length == 2 && Topics(rest[1]).Any(static topic => topic is ErlangAtom { Name: "all" } || topic.Text == "#"));
        return isEverything && (IsThisHost(who) || (IsAnybody(who) && (rest.Length == 0 || rest[0] is ErlangAtom { Name: "all" or "pubsub" })));
    }

    private static IEnumerable<ErlangTerm> Topics(ErlangTerm term) => term is ErlangList list ? list.Items : [term];

    private static bool IsAnybody(ErlangTerm who) => who switch
    {
        ErlangAtom { Name: "all" } => true,
        ErlangTuple { Items: [ErlangAtom { Name: "security_profile" }, _] } => true,
        ErlangTuple { Items: [ErlangAtom { Name: "ipaddr" }, { Text: "0.0.0.0/0" or "::/0" }] } => true,
        ErlangTuple { Items: [ErlangAtom { Name: "user" or "username" or "client" or "clientid" }, ErlangTuple { Items: [ErlangAtom { Name: "re" }, { Text: { } text }] }] } => Anybody.Contains(text),
        ErlangTuple { Items: [ErlangAtom { Name: "or" }, ErlangList list] } => list.Items.Any(IsAnybody),
        ErlangTuple { Items: [ErlangAtom { Name: "and" }, ErlangList list] } => !list.Items.IsEmpty && list.Items.All(IsAnybody),
        _ => false,
    };

    private static bool IsThisHost(ErlangTerm who) => who switch
    {
        ErlangTuple { Items: [ErlangAtom { Name: "ipaddr" }, { Text: { } text }] } => IsLoopback(text),
        ErlangTuple { Items: [ErlangAtom { Name: "ipaddrs" }, ErlangList list] } => list.Items.Any(static item => item.Text is { } text && IsLoopback(text)),
        ErlangTuple { Items: [ErlangAtom { Name: "or" }, ErlangList list] } => list.Items.Any(IsThisHost),
        _ => false,
    };

    private static bool IsLoopback(string address) => address.StartsWith("127.", StringComparison.Ordinal) || address is "::1" or "::1/128";
}
