using System.Text;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Engine.Gates;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Engine.Store;
using Gatehouse.Operations;
using Gatehouse.Policy;
using Gatehouse.Protocols.Catalogues;
using Gatehouse.Protocols.Elasticsearch;
using Gatehouse.Protocols.Elasticsearch.Streams;
using Gatehouse.Protocols.Http;
using Gatehouse.Trust.Sealing;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Elasticsearch.Handles;

/// <summary>
/// Ties what the upstream keeps for a client to who made it: a handle is opened for its owner alone, what it was made with is
/// decided again at each use, and the upstream gets its own id. One object a node.
/// </summary>
internal sealed class HandleKeeper
{
    private readonly HandleRenewals _renewals;
    private readonly HandleSeal _seal;
    private readonly HandleBook _book;
    private readonly TimeProvider _time;

    /// <summary>Makes one.</summary>
    public HandleKeeper(Sealer sealer, IStateStore store, TimeProvider time, ILogger logger)
    {
        _renewals = new HandleRenewals(sealer, time);
        _seal = new HandleSeal(sealer, _renewals);
        _book = new HandleBook(sealer, store, time, logger);
        _time = time;
    }

    /// <summary>Opens the handles of a request that has been classified.</summary>
    public async ValueTask<HandleUse> OpenAsync(HttpExchange exchange, ElasticsearchRoute route, ClassifiedRequest request, SecuritySnapshot snapshot)
    {
        bool isOwned = request.Class.Outcome == RequestOutcome.Owner;
        HandleRule? rule = isOwned || request.Class.Outcome == RequestOutcome.Operations ? HandleRules.Takes(exchange.Method, route.Template) : null;
        if (rule is { IsKept: true })
        {
            return await FindAsync(exchange, rule, request, snapshot);
        }

        if (!isOwned)
        {
            return HandleUse.None;
        }

        HandleUse use = rule is null ? HandleUse.None : Open(exchange, route, rule);
        return use.Handles.Count > 0 || use.Refusal is not null ? use : new HandleUse { Refusal = HandleRefusals.Unreadable };
    }

    /// <summary>
    /// Has the handles of the response sealed, where it gives some out; or says why the request is refused before. What is to be
    /// decided of it must be known.
    /// </summary>
    public Refusal? Seal(HttpExchange exchange, ElasticsearchRoute route, HandleUse use)
    {
        bool hasPointInTime = use.Handles.Any(static h => h.Kind == HandleKind.PointInTime);
        List<HandleOutput> outputs = HandleRules.Gives(exchange.Method, route.Template, exchange.Target, hasPointInTime);
        if (outputs.Count == 0)
        {
            return null;
        }

        bool answersAsText = HandleRules.AnswersAsText(route.Template);
        if (!ResponseForms.CanBeRead(exchange, answersAsText))
        {
            return HandleRefusals.Form;
        }

        string? life = Parameter(exchange.Target, "keep_alive") ?? Member(exchange, route, "keep_alive");
        HandleMaker maker = new(_seal, _book, _time)
        {
            Gate = exchange.GateName,
            Owner = HandleOwner.Of(exchange.Login!.Principal), // step 4 came before
            Rights = HandleRights.Of(exchange.Operations),
            Life = use.Life ?? Parameter(exchange.Target, "scroll") ?? Member(exchange, route, "page_timeout") ?? life,
            KeptLife = life,
            Use = use,
        };
        var course = (ElasticsearchCourse)exchange.Course!; // it was made with what is to be decided
        course.Sealing = new HandleFilter(outputs, maker, answersAsText);
        course.Filter = course.Filter is null ? course.Sealing : throw new InvalidOperationException("handles are sealed before anything else changes the response");
        return null;
    }

    private HandleUse Open(HttpExchange exchange, ElasticsearchRoute route, HandleRule rule)
    {
        DateTimeOffset now = _time.GetUtcNow();
        HandleOpener opener = new(_seal, rule.Kind, exchange.GateName, HandleOwner.Of(exchange.Login!.Principal), now); // step 4 came before
        List<(HandlePlace Place, string Id)> edits = [];
        foreach (HandlePlace place in HandlePlace.Find(rule, exchange.Target))
        {
            edits.Add((place, string.Join(',', place.Ids.Select(opener.Open))));
        }

        ReadOnlyMemory<byte> body = exchange.Body.Buffered;
        bool isLines = route.Body == ElasticsearchBody.Searches;
        if (rule.Member is { } member && !body.IsEmpty)
        {
            Spliced spliced = isLines
                ? MsearchRewriter.Rewrite(body, static _ => MsearchDecision.Keep, opener.Open)
                : BodySplice.ReplaceStrings(body, new JsonPaths(member), opener.Open);
            if (spliced.Error is SpliceError.Malformed or SpliceError.UnexpectedType)
            {
                return new HandleUse { Refusal = HandleRefusals.Unreadable };
            }

            exchange.UseBody(new RequestBody(null, spliced.Body, spliced.Body.Length, spliced.Body.Length));
        }

        if (opener.Fault != HandleFault.None)
        {
            return new HandleUse { Refusal = HandleRefusals.Of(opener.Fault, rule.Kind) };
        }

        string? life = rule.LifeMember is { } lives && !body.IsEmpty ? HandlePlace.Text(body, lives, isLines) : null;
        life ??= Parameter(exchange.Target, rule.LifeParameter);
        foreach (Handle handle in opener.Opened)
        {
            if (life is not null)
            {
                _renewals.Renew(handle, HandleLife.End(handle.Kind, life, handle.Expires, now));
            }
        }

        return new HandleUse { Handles = opener.Opened, Edits = edits, Life = life };
    }

    private async ValueTask<HandleUse> FindAsync(
        HttpExchange exchange, HandleRule rule, ClassifiedRequest request, SecuritySnapshot snapshot)
    {
        string? privilege = rule.Privilege;
        bool isOwned = request.Class.Outcome == RequestOutcome.Owner;
        if (!isOwned && May(exchange, snapshot, request.Class.Operations))
        {
            return HandleUse.None;
        }

        string id = Encoding.UTF8.GetString(exchange.Target.Segment(rule.Segment));
        HandleOwner who = HandleOwner.Of(exchange.Login!.Principal); // step 4 came before
        (Handle? handle, HandleFault fault) = await _book.FindAsync(rule.Kind, exchange.GateName, id, who);
        if (handle is not null)
        {
            string? life = Parameter(exchange.Target, rule.LifeParameter);
            if (life is not null)
            {
                handle = handle with { Expires = HandleLife.End(handle.Kind, life, handle.Expires, _time.GetUtcNow()) };
                await _book.PutAsync(handle);
            }

            return new HandleUse { Handles = [handle], IsInstead = true };
        }

        if (!isOwned)
        {
            return HandleUse.None; // the decision on the privilege refuses it
        }

        return privilege is not null && May(exchange, snapshot, [new RequestOperation(privilege, [])])
            ? new HandleUse { Privilege = privilege, IsInstead = true }
            : new HandleUse { Refusal = HandleRefusals.Of(fault, rule.Kind) };
    }

    /// <summary>Whether the caller may on this snapshot. It only chooses the way: what is decided is decided in step 6.</summary>
    private bool May(HttpExchange exchange, SecuritySnapshot snapshot, IReadOnlyList<RequestOperation> operations)
    {
        OperationSet asked = new();
        HandleRights.AddTo(asked, operations);
        return exchange.TryGetContext(snapshot, _time.GetUtcNow(), out AuthorizationContext context)
            && Authorizer.Decide(snapshot.Policy, context, asked).IsAllowed;
    }

    private static string? Member(HttpExchange exchange, ElasticsearchRoute route, string name) =>
        route.Body == ElasticsearchBody.Json && !exchange.Body.Buffered.IsEmpty ? HandlePlace.Text(exchange.Body.Buffered, name, isLines: false) : null;

    private static string? Parameter(CanonicalTarget target, string? name) =>
        name is not null && target.TryGetParameter(Encoding.UTF8.GetBytes(name), out ReadOnlySpan<byte> value) ? Encoding.UTF8.GetString(value) : null;
}
