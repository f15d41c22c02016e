using System.Text.Json.Nodes;
using Gatehouse.Testing.Elasticsearch.Indices;
using Gatehouse.Testing.Elasticsearch.Rest;

namespace Gatehouse.Testing.Elasticsearch.Apis;

/// <summary>Aliases, of indices and of data streams.</summary>
internal sealed class AliasApi(ApiContext context)
{
    public void Register(Router router)
    {
        router.Add("POST", "/_aliases", Change);
        foreach (string word in (string[])["_alias", "_aliases"])
        {
            router.Add("PUT,POST", "/{index}/" + word + "/{name}", Put);
            router.Add("DELETE", "/{index}/" + word + "/{name}", Delete);
        }

        foreach (string path in (string[])["/_alias", "/_alias/{name}", "/{index}/_alias", "/{index}/_alias/{name}"])
        {
            router.Add("GET", path, Get);
            router.Add("HEAD", path, call => RestAnswer.Exists(Get(call).Status == 200));
        }
    }

    private RestAnswer Change(RestCall call)
    {
        JsonArray actions = call.RequireJson()["actions"] as JsonArray ?? throw ElasticsearchException.IllegalArgument("No action specified");

        // All or nothing: names are resolved before the first change is made.
        List<Action> changes = [.. actions.SelectMany(a => Plan(a.AsMap("actions")))];
        changes.ForEach(static c => c());
        return RestAnswer.Ok(new JsonObject { ["acknowledged"] = true, ["errors"] = false });
    }

    private IEnumerable<Action> Plan(JsonObject action)
    {
        (string verb, JsonNode? value) = action.First();
        JsonObject settings = value.AsMap(verb);
        string[] indices = [.. settings["index"].Texts(), .. settings["indices"].Texts()];
        string[] aliases = [.. settings["alias"].Texts(), .. settings["aliases"].Texts()];
        if (indices.Length == 0)
        {
            throw ElasticsearchException.IllegalArgument("One of [index] or [indices] is required");
        }

        switch (verb)
        {
            case "add":
                return Add(indices, aliases.Length > 0 ? aliases : throw ElasticsearchException.IllegalArgument("One of [alias] or [aliases] is required"), settings);
            case "remove":
                return Remove(indices, aliases, settings["must_exist"].Bool());
            case "remove_index":
                string[] names = [.. context.Expressions.Targets(indices, ResolveOptions.Metadata with { IgnoreAliases = true, WithDataStreams = false }).Select(static t => t.Index.Name)];
                return [() => Array.ForEach(names, n => context.Cluster.Indices.Remove(n))];
            default:
                throw ElasticsearchException.Parsing($"[aliases] unknown field [{verb}]");
        }
    }

    private RestAnswer Put(RestCall call)
    {
        foreach (Action change in Add(call.Require("index").Split(','), [call.Require("name")], call.Json()).ToArray())
        {
            change();
        }

        return RestAnswer.Acknowledged();
    }

    private RestAnswer Delete(RestCall call)
    {
        foreach (Action change in Remove(call.Require("index").Split(','), call.Require("name").Split(','), mustExist: true).ToArray())
        {
            change();
        }

        return RestAnswer.Ok(new JsonObject { ["acknowledged"] = true, ["errors"] = false });
    }

    private IEnumerable<Action> Add(string[] indices, string[] aliases, JsonObject settings)
    {
        JsonObject definition = settings.Where(static p => p.Key is "filter" or "is_write_index" or "is_hidden" or "search_routing" or "index_routing")
            .ToJsonObject(static p => p.Key, static p => p.Value?.DeepClone());
        if (settings["routing"].Text() is { } routing)
        {
            definition["index_routing"] = routing;
            definition["search_routing"] = routing;
        }

        foreach ((string holder, SortedDictionary<string, JsonObject> held) in Holders(indices, mustExist: true))
        {
            foreach (string alias in aliases)
            {
                string name = DateMath.Resolve(alias, context.Cluster.Now);
                if (context.Cluster.Indices.ContainsKey(name) || context.Cluster.DataStreams.ContainsKey(name))
                {
                    throw new ElasticsearchException(400, "invalid_alias_name_exception", $"Invalid alias name [{name}]: an index or data stream exists with the same name as the alias");
                }

                IndexNames.Validate(name);
                yield return () => held[name] = definition.DeepClone().AsObject();
            }
        }
    }

    private List<Action> Remove(string[] indices, string[] aliases, bool? mustExist)
    {
        var changes = new List<Action>();
        foreach ((string _, SortedDictionary<string, JsonObject> held) in Holders(indices, mustExist: true))
        {
            foreach (string alias in held.Keys.Where(k => aliases.Any(a => a == "_all" || Glob.Matches(a, k))).ToArray())
            {
                changes.Add(() => held.Remove(alias));
            }
        }

        return changes.Count > 0 || mustExist == false ? changes
            : throw new ElasticsearchException(404, "aliases_not_found_exception", $"aliases [{string.Join(",", aliases)}] missing", new JsonObject { ["resource.type"] = "aliases", ["resource.id"] = string.Join(",", aliases) });
    }

    private List<(string Holder, SortedDictionary<string, JsonObject> Aliases)> Holders(IReadOnlyList<string> names, bool mustExist)
    {
        ResolveOptions options = ResolveOptions.Metadata with { IgnoreAliases = true, AllowNoIndices = !mustExist, Closed = true };
        return [.. context.Expressions.Names(names, options).Select(n =>
            (n, context.Cluster.DataStreams.TryGetValue(n, out DataStreamState? stream) ? stream.Aliases : context.Cluster.Indices[n].Aliases))];
    }

    private RestAnswer Get(RestCall call)
    {
        string[] wanted = call["name"] is { Length: > 0 } named ? named.Split(',') : [];
        ResolveOptions options = (ResolveOptions.Metadata with { Closed = true, Hidden = true }).With(call);
        IReadOnlyCollection<string> names = context.Expressions.Names(IndexNames.Split(call["index"]), options);
        SortedDictionary<string, List<(string Member, JsonObject Alias)>> all = context.Cluster.Aliases();
        var answer = new JsonObject();
        foreach (string member in names.SelectMany(n => all.TryGetValue(n, out List<(string Member, JsonObject Alias)>? members) ? members.Select(static m => m.Member) : [n]).Distinct().Order(StringComparer.Ordinal))
        {
            SortedDictionary<string, JsonObject> held = context.Cluster.DataStreams.TryGetValue(member, out DataStreamState? stream) ? stream.Aliases : context.Cluster.Indices[member].Aliases;
            JsonObject shown = held.Where(a => wanted.Length == 0 || IsWanted(wanted, a.Key)).ToJsonObject(static a => a.Key, static a => Shown(a.Value));
            if (shown.Count > 0 || (wanted.Length == 0 && stream is null && context.Cluster.OwnerOf(member) is null))
            {
                answer[member] = new JsonObject { ["aliases"] = shown };
            }
        }

        string[] missing = [.. wanted.Where(w => w != "_all" && !w.Contains('*') && w[0] != '-' && !answer.Any(a => a.Value!["aliases"]![w] is not null)).Order(StringComparer.Ordinal)];
        if (missing.Length == 0)
        {
            return RestAnswer.Ok(answer);
        }

        answer["error"] = $"alias{(missing.Length > 1 ? "es" : "")} [{string.Join(',', missing)}] missing";
        answer["status"] = 404;
        return new RestAnswer(404, answer);
    }

    private static bool IsWanted(string[] wanted, string alias)
    {
        bool isWanted = false;
        bool wildcardSeen = false;
        foreach (string pattern in wanted)
        {
            bool isExclusion = wildcardSeen && pattern.StartsWith('-');
            wildcardSeen |= pattern.Contains('*');
            if (Glob.Matches(isExclusion ? pattern[1..] : pattern, alias) || pattern == "_all")
            {
                isWanted = !isExclusion;
            }
        }

        return isWanted;
    }

    private static JsonObject Shown(JsonObject alias) => alias.DeepClone().AsObject();
}
