using System.CommandLine;
using System.Globalization;
using Gatehouse.Administration;
using Gatehouse.App.Client;
using Gatehouse.App.Terminal;
using Gatehouse.Policy;
using Gatehouse.Problems;

namespace Gatehouse.App.Commands.Questions;

/// <summary><c>gatehouse who-can</c>, <c>what-can</c>, <c>suggest</c> and <c>unused</c>.</summary>
internal static class QuestionCommands
{
    private static AdminJson Json => CommandContext.Json;

    public static void AddTo(Command root, CommandTree tree)
    {
        root.Add(WhoCan(tree));
        root.Add(WhatCan(tree));
        root.Add(Suggest(tree));
        root.Add(Unused(tree));
    }

    private static Command WhoCan(CommandTree tree)
    {
        Argument<string> operation = new("OPERATION") { Description = "SYSTEM:ACTION:NAME; a name with ** at its end: every name that begins so" };
        Option<string?> gate = new("--gate") { Description = "through this gate; else conditions on gates are left open", HelpName = "NAME" };
        Option<string?> source = new("--source") { Description = "from this address; else conditions on it are left open", HelpName = "ADDRESS" };
        Option<bool?> certificate = new("--client-certificate") { Description = "true or false; else left open", HelpName = "BOOL" };
        Option<byte?> qos = new("--qos") { Description = "at this MQTT QoS, 0 to 2; else left open", HelpName = "QOS" };
        Option<bool?> retain = new("--retain") { Description = "MQTT messages to be retained (true) or others (false); else left open", HelpName = "BOOL" };
        Option<bool?> own = new("--own") { Description = "on one's own pins (true) or others' (false); else left open", HelpName = "BOOL" };
        Option<string?> at = new("--at") { Description = "at this moment: 2026-01-31T08:00:00Z; else now, with hours left open", HelpName = "TIME" };
        Option<int> limit = new("--limit") { Description = "at most so many", HelpName = "N", DefaultValueFactory = static _ => 1000 };
        return tree.Make(
            "who-can",
            "who can do something, and through which role and grant; exit code 1 if nobody\nexample: gatehouse who-can etcd:kv.put:app/x --gate etcd",
            async (context, cancellation) =>
            {
                var request = new WhoCanRequest
                {
                    Operation = context.Value(operation),
                    Gate = context.Value(gate),
                    Source = context.Value(source),
                    ClientCertificate = context.Value(certificate),
                    Qos = context.Value(qos),
                    Retain = context.Value(retain),
                    Own = context.Value(own),
                    At = AuditFilter.Time(context.Value(at)) is { } time ? DateTimeOffset.Parse(time, CultureInfo.InvariantCulture) : null,
                    Limit = context.Value(limit),
                };
                Answer<WhoCanResponse> answer = await context.Client.SendAsync(
                    HttpMethod.Post, "/v1/who-can", request, Json.WhoCanRequest, Json.WhoCanResponse, cancellation);
                context.Print(answer, found => QuestionText.Write(context.Screen, found));
                return answer.Value.Counts.GetValueOrDefault("yes") + answer.Value.Counts.GetValueOrDefault("conditional") > 0 ? ExitCodes.Fine : ExitCodes.Findings;
            },
            operation, gate, source, certificate, qos, retain, own, at, limit);
    }

    private static Command WhatCan(CommandTree tree)
    {
        Argument<string> name = new("NAME") { Description = "a user; or a role, an API key's id, a mapping" };
        Option<string?> kind = new("--kind") { Description = "user, role, api_key or mapping; else the first that has the name", HelpName = "KIND" };
        Option<string?> gate = new("--gate") { Description = "only what can apply at this gate", HelpName = "NAME" };
        return tree.MakeQuery(
            "what-can",
            "the grants and denies that somebody has, and the roles they come from\nexample: gatehouse what-can anna --gate etcd",
            context => $"/v1/what-can/{AdminClient.Segment(context.Value(name))}" + AdminClient.Query(("kind", context.Value(kind)), ("gate", context.Value(gate))),
            Json.WhatCanResponse,
            QuestionText.Write,
            name, kind, gate);
    }

    private static Command Suggest(CommandTree tree)
    {
        Argument<string> user = new("USER") { Description = "a native user, with what its API keys did; or REALM/NAME" };
        Option<string> since = Since("24h");
        Option<string?> gate = new("--gate") { Description = "only what was done through this gate, and only there", HelpName = "NAME" };
        Option<bool> denied = new("--include-denied") { Description = "with what was refused" };
        Option<int?> generalize = new("--generalize") { Description = "more than so many names in one place become PLACE/*", HelpName = "N" };
        return tree.MakeQuery(
            "suggest",
            "a role with just what somebody did, as `role set -f` takes it\nexample: gatehouse suggest anna --since 7d > anna.yaml",
            context =>
            {
                string text = context.Value(user);
                int slash = text.IndexOf('/', StringComparison.Ordinal);
                return $"/v1/suggest/{AdminClient.Segment(text[(slash + 1)..])}" + AdminClient.Query(
                    ("realm", slash > 0 ? text[..slash] : null),
                    ("since", AuditFilter.Time(context.Value(since))),
                    ("gate", context.Value(gate)),
                    ("include_denied", context.Value(denied) ? "true" : null),
                    ("generalize", context.Value(generalize)?.ToString(CultureInfo.InvariantCulture)));
            },
            Json.SuggestResponse,
            RoleYaml.Write,
            user, since, gate, denied, generalize);
    }

    private static Command Unused(CommandTree tree)
    {
        Option<string> since = Since("30d");
        return tree.MakeQuery(
            "unused",
            "grants, roles, users and API keys that nobody needed\nexample: gatehouse unused --since 90d",
            context => "/v1/unused" + AdminClient.Query(("since", AuditFilter.Time(context.Value(since)))),
            Json.UnusedResponse,
            QuestionText.Write,
            since);
    }

    private static Option<string> Since(string value) => new("--since") { Description = "not before: 15m, 2h, 7d ago, or a time", HelpName = "TIME", DefaultValueFactory = _ => value };
}
