using System.Text;
using Gatehouse.Operations;
using Gatehouse.Problems;
using Gatehouse.Protocols.Catalogues;
using Gatehouse.Protocols.Http;

namespace Gatehouse.Protocols.Tests.Http;

/// <summary>A catalogue for etcd's JSON gateway, and small tools to read what a request means.</summary>
internal static class Etcd
{
    public const string Text = """
        # etcd 3.4, JSON gateway
        POST  /v3/kv/range        kv.range   range(/key,/range_end)   body=json(1MiB) encoding=base64 content-type=application/json,application/x-www-form-urlencoded fields=/limit,/serializable,/keys_only
        POST  /v3/kv/put          kv.put     /key                     body=json(1MiB) encoding=base64 fields=/value,/lease
        POST  /v3/kv/deleterange  kv.delete  range(/key,/range_end)   body=json encoding=base64 fields=/prev_kv
        POST  /v3/kv/txn          kv.range   range(/compare/*/key,/compare/*/range_end)  body=json(1MiB) encoding=base64 when=/compare/* fields=/compare/*/target,/compare/*/result,/compare/*/version,/success/*/request_put/value,/failure/*/request_put/value
          + kv.put     /success/*/request_put/key                                                              when=/success/*/request_put
          + kv.range   range(/success/*/request_range/key,/success/*/request_range/range_end)                  when=/success/*/request_range
          + kv.delete  range(/success/*/request_delete_range/key,/success/*/request_delete_range/range_end)    when=/success/*/request_delete_range
          + kv.put     /failure/*/request_put/key                                                              when=/failure/*/request_put
        POST  /v3/watch           watch      range(/create_request/key,/create_request/range_end)   body=json encoding=base64
        POST  /v3/cluster/member/list  member.list  -   body=json
        GET,HEAD  /version        version    -          any-principal
        """;

    public static Catalogue Catalogue { get; } = Parse("etcd", Text);

    public static Catalogue Parse(string system, string text)
    {
        List<Problem> problems = [];
        return Catalogue.Parse(system, text, "test", problems) ??
            throw new InvalidOperationException(string.Join("\n", problems));
    }

    /// <summary>The operations as text, or the word of the refusal.</summary>
    public static string Classify(Catalogue catalogue, string method, string rawTarget, string body = "")
    {
        CanonicalTarget target = new();
        TargetError targetError = target.Parse(rawTarget);
        if (targetError != TargetError.None)
        {
            return TargetErrors.Word(targetError);
        }

        CatalogueMatch match = catalogue.Match(method, target);
        if (!match.IsMatch)
        {
            return MatchErrors.Word(match.Error);
        }

        OperationSet set = new();
        ClassifyScratch scratch = new();
        ClassifyError error = match.Endpoint!.Classify(method, target, Encoding.UTF8.GetBytes(body), "gate", scratch, set);
        if (error != ClassifyError.None)
        {
            return set.Count == 0 ? ClassifyErrors.Word(error) : "operations left behind";
        }

        return Describe(set);
    }

    public static string Describe(OperationSet set)
    {
        List<string> operations = [];
        for (int i = 0; i < set.Count; i++)
        {
            OperationView view = set[i];
            List<string> resources = [];
            for (int r = 0; r < view.ResourceCount; r++)
            {
                resources.Add(Encoding.UTF8.GetString(view.Resource(r)) + (view.Scope(r) == ResourceScope.Prefix ? "+" : ""));
            }

            operations.Add($"{view.Action.Name}({string.Join(",", resources)})");
        }

        return string.Join(" ", operations);
    }

    public static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
