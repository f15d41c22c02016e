using System.Buffers;
using System.Text;
using Gatehouse.Engine.Elasticsearch.Answers;
using Gatehouse.Engine.Elasticsearch.Handles;
using Gatehouse.Engine.Elasticsearch.Names;
using Gatehouse.Engine.Elasticsearch.Security;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Engine.Gates;
using Gatehouse.Operations;
using Gatehouse.Policy;
using Gatehouse.Problems;
using Gatehouse.Protocols.Catalogues;
using Gatehouse.Protocols.Elasticsearch;
using Gatehouse.Protocols.Elasticsearch.Streams;
using Gatehouse.Protocols.Http;

namespace Gatehouse.Engine.Elasticsearch;

/// <summary>Steps 5 to 7 of a gate whose system is <c>elasticsearch</c>. One object a gate model.</summary>
internal sealed class ElasticsearchSteps(GateModel model, GateEnvironment environment, SecurityApi security, HandleKeeper handles) : ISystemSteps
{
    private readonly SecurityCalls _security = new(security, environment);
    private readonly NameSteps _names = new(environment);

    /// <summary>
    /// Longest target that a narrowing makes: with method and version that is the upstream's own limit of 4,096 bytes
    /// (<c>http.max_initial_line_length</c>).
    /// </summary>
    private const int MaxTarget = 4096 - 20;

    /// <inheritdoc/>
    public string Challenge(HttpExchange exchange) => ElasticsearchErrors.Challenge;

    /// <inheritdoc/>
    public async ValueTask<Refusal?> PrepareAsync(HttpExchange exchange)
    {
        exchange.Operations.Clear();
        exchange.Course = new ElasticsearchCourse();
        if (SecurityCalls.Owns(exchange.Target))
        {
            return await _security.PrepareAsync(exchange);
        }

        RouteResult found = ElasticsearchClassifier.Find(exchange.Method, exchange.RawTarget, exchange.Target);
        if (found.Route is not { } route)
        {
            return PrepareUnknown(exchange, found.Class!); // one of the two is there
        }

        if (route.Body == ElasticsearchBody.Bulk)
        {
            return await PrepareBulkAsync(exchange, route);
        }

        if (await ElasticsearchBodies.ReadAsync(exchange, route) is { } refusal)
        {
            return refusal;
        }

        ClassifiedRequest request = ElasticsearchClassifier.Classify(
            route, exchange.Method, exchange.Target, exchange.Headers.ContentType, exchange.Body.Buffered);
        HandleUse use = await handles.OpenAsync(exchange, route, request, environment.Snapshots.Current);
        return use.Refusal
            ?? await PrepareKnownAsync(exchange, route, request, use)
            ?? handles.Seal(exchange, route, use)
            ?? Chain(exchange)
            ?? await _names.CompleteAsync(exchange, route);
    }

    private async ValueTask<Refusal?> PrepareKnownAsync(HttpExchange exchange, ElasticsearchRoute route, ClassifiedRequest request, HandleUse use)
    {
        RequestBody body = exchange.Body;
        NameNeed need = new(Names: null);
        Refusal? refusal = Weigh(exchange, route, request, use, need);
        if (!need.IsNeeded)
        {
            return refusal;
        }

        // Once more from its beginning, with what the upstream says it has.
        KnownNames? names = await _names.BookOf(exchange).GetAsync();
        if (names is null)
        {
            return NameSteps.Unavailable;
        }

        exchange.Operations.Clear();
        exchange.UseBody(body);
        exchange.PartlyRefused = null;
        return Weigh(exchange, route, request, use, new NameNeed(names));
    }

    /// <inheritdoc/>
    public ValueTask<ForwardOutcome> ForwardAsync(HttpExchange exchange)
    {
        var course = (ElasticsearchCourse)exchange.Course!; // PrepareAsync set it
        course.IsFromKibana = exchange.Headers.SaysKibana && KibanaServer.Is(exchange, environment.Time.GetUtcNow());
        ValueTask<ForwardOutcome> forward = course.Answer is { } answer
            ? answer(exchange)
            : exchange.Gate.Forwarder!.ForwardAsync(exchange.Permit, exchange); // a gate of this system has an upstream
        return course.Bulk is { } bulk ? NoteAsync(exchange, bulk, forward)
            : course.Sealing is not null || _names.MayChange(exchange) ? EndAsync(exchange, course, forward) : forward;
    }

    private async ValueTask<ForwardOutcome> EndAsync(HttpExchange exchange, ElasticsearchCourse course, ValueTask<ForwardOutcome> forward)
    {
        ForwardOutcome outcome = course.Sealing is { } sealing ? await sealing.EndAsync(forward) : await forward;
        _names.Heed(exchange, outcome);
        return outcome;
    }

    /// <summary>Refused items take their places behind whatever else changes the response.</summary>
    private static Refusal? Chain(HttpExchange exchange)
    {
        if (exchange.Course is ElasticsearchCourse { Items: { } items } course)
        {
            course.Filter = new ItemResponse(items, course.Filter);
        }

        return null;
    }

    /// <summary>What a bulk wrote to, and what of it was refused, is known at its end.</summary>
    private async ValueTask<ForwardOutcome> NoteAsync(HttpExchange exchange, BulkRequest bulk, ValueTask<ForwardOutcome> forward)
    {
        ForwardOutcome outcome = await forward;
        _names.Heed(exchange, outcome);
        bulk.Dispose();
        if (bulk.Judge.Refused.Count > 0)
        {
            var refused = new OperationSet();
            Add(refused, bulk.Judge.Refused);
            exchange.PartlyRefused = refused;
        }

        return outcome;
    }

    /// <inheritdoc/>
    public void WriteError(HttpExchange exchange, int status, ProblemDefinition problem, string reason, string? receipt, IBufferWriter<byte> into) =>
        ElasticsearchErrors.Write(exchange, status, problem, reason, receipt, into);

    /// <summary>A path that the table does not know: only who may do everything may send it, and it goes on as it is.</summary>
    private static Refusal? PrepareUnknown(HttpExchange exchange, RequestClass request)
    {
        if (request.Outcome == RequestOutcome.Refused)
        {
            return ElasticsearchRefusals.Of(request.Refusal!); // a refusal has a word
        }

        Add(exchange.Operations, request.Operations);
        if (exchange.HasBody)
        {
            exchange.StreamBody(exchange.Gate.Model.Configuration.MaxBody);
        }

        return null;
    }

    private async ValueTask<Refusal?> PrepareBulkAsync(HttpExchange exchange, ElasticsearchRoute route)
    {
        if (exchange.Target.TryGetParameter("source"u8, out _))
        {
            return ElasticsearchRefusals.Of("body_in_query");
        }

        if (!exchange.HasBody || !ElasticsearchClassifier.AcceptsContentType(route, exchange.Headers.ContentType))
        {
            return exchange.HasBody ? ElasticsearchRefusals.BodyType : ElasticsearchRefusals.Of("malformed_lines");
        }

        if (exchange.Headers.ContentLength > ElasticsearchBodies.MaxBulk)
        {
            return ElasticsearchRefusals.BodyTooLarge;
        }

        Snapshots.SecuritySnapshot snapshot = environment.Snapshots.Current;
        bool stands = exchange.TryGetContext(snapshot, environment.Time.GetUtcNow(), out AuthorizationContext context);
        KnownNames? names = stands ? await _names.ForBulkAsync(exchange, snapshot.Policy, context) : null;
        BulkRequest bulk = BulkRequest.Begin(exchange, route, snapshot.Policy, context, names, new BulkCourse(exchange, environment, snapshot));
        if (!stands || !bulk.MayWriteAnything)
        {
            return null; // the decision refuses it
        }

        return await bulk.ReadAsync(exchange);
    }

    private Refusal? Weigh(HttpExchange exchange, ElasticsearchRoute route, ClassifiedRequest request, HandleUse use, NameNeed need)
    {
        switch (request.Class.Outcome)
        {
            case RequestOutcome.Refused:
                return ElasticsearchRefusals.Of(request.Class.Refusal!); // a refusal has a word
            case RequestOutcome.Authenticated:
                exchange.Course = new ElasticsearchCourse { IsAnyPrincipal = true };
                return null;
        }

        if (!model.Configuration.WildcardDeletes && HasWideDelete(request.Slots))
        {
            return ElasticsearchRefusals.WildcardDelete;
        }

        AuthorizationContext context = default;
        bool stands = exchange.TryGetContext(environment.Snapshots.Current, environment.Time.GetUtcNow(), out context);
        return stands ? Narrow(exchange, route, request, use, context, need) : Whole(exchange, request, use);
    }

    /// <summary>A login that fell meanwhile: the decision says so.</summary>
    private static Refusal? Whole(HttpExchange exchange, ClassifiedRequest request, HandleUse use)
    {
        Add(exchange.Operations, use.IsInstead ? [] : request.Class.Operations);
        use.AddTo(exchange.Operations);
        return null;
    }

    private Refusal? Narrow(
        HttpExchange exchange, ElasticsearchRoute route, ClassifiedRequest request, HandleUse use, in AuthorizationContext context, NameNeed need)
    {
        bool isStrict = model.Configuration.Strict;
        CompiledPolicy policy = environment.Snapshots.Current.Policy;
        var rewriter = new TargetRewriter(exchange.Target);
        rewriter.Drop("error_trace");
        use.Rewrite(rewriter);
        var narrowing = new SlotNarrowing(policy, context, SlotNarrowing.OptionsOf(exchange.Target, isStrict), need) { Template = route.Template };
        narrowing.Narrow(request.Slots, rewriter);
        CanonicalTarget? target = rewriter.HasChanged ? rewriter.Make() : exchange.Target;
        if (target is null || (rewriter.HasChanged && target.ToString().Length > Math.Max(MaxTarget, exchange.RawTarget.Length)))
        {
            return ElasticsearchRefusals.TooManyNames;
        }

        ReadOnlyMemory<byte> decided = exchange.Body.Buffered;
        bool isOther = rewriter.HasChanged;
        MultiSearchNarrowing? searches = null;
        if (route.Template.EndsWith("/_msearch", StringComparison.Ordinal))
        {
            searches = new MultiSearchNarrowing(policy, context, GivenOf(exchange, route), isStrict, need);
            if (searches.Narrow(decided) is { } narrowed)
            {
                exchange.UseBody(new RequestBody(null, narrowed.Forward, narrowed.Forward.Length, narrowed.Forward.Length));
                decided = narrowed.Decide;
                isOther = true;
            }
        }

        request = isOther ? ReadAgain(exchange, target, decided) : request;
        if (searches is not null && MultiSearchNarrowing.ReadsEverything(request.Others))
        {
            searches.LookInto(decided, body => ReadAgain(exchange, target, body));
        }

        ItemRefusals? refused = null;
        if (!use.IsInstead)
        {
            Add(exchange.Operations, narrowing.Operations(request.Slots, areUnproven: false));

            // What nobody could narrow, as what a template or a query language reads: every name, restricted ones too.
            Add(exchange.Operations, narrowing.Operations(request.Slots, areUnproven: true), isWhole: true);
            Add(exchange.Operations, KibanaServer.WithoutScript(route, target, request, context, environment.Snapshots.Current.Document), isWhole: searches is not { IsProven: true });
            refused = LeaveOut(exchange, new ItemizedRequest(route, target, policy, context) { Proven = searches }, decided);
        }

        use.AddTo(exchange.Operations);
        bool isAnswered = refused is not null && exchange.Body.Buffered.IsEmpty;
        exchange.Course = new ElasticsearchCourse
        {
            Target = rewriter.HasChanged ? target : null,
            IsUnpacked = exchange.Headers.HasContentEncoding,
            Items = refused,
            Answer = isAnswered ? e => ItemizedRequest.AnswerAsync(e, refused!) : null, // isAnswered says so
        };
        return !model.Configuration.WildcardDeletes && (request.DeletesByWildcard || HasWideDelete(exchange.Operations)) ? ElasticsearchRefusals.WildcardDelete : null;
    }

    /// <summary>What is decided is what is forwarded, read by the same reader.</summary>
    private static ClassifiedRequest ReadAgain(HttpExchange exchange, CanonicalTarget target, ReadOnlyMemory<byte> decided)
    {
        RouteResult found = ElasticsearchClassifier.Find(exchange.Method, target.ToString(), target);
        return found.Route is { } other
            ? ElasticsearchClassifier.Classify(other, exchange.Method, target, exchange.Headers.ContentType, decided)
            : throw new InvalidOperationException("a narrowed request is none that the table knows");
    }

    /// <summary>Takes the items that are refused out of the body and of what is to be decided, down to none; null where there are none.</summary>
    private static ItemRefusals? LeaveOut(HttpExchange exchange, ItemizedRequest itemized, ReadOnlyMemory<byte> decided)
    {
        if (itemized.Decide(exchange, decided) is not { } refused)
        {
            return null;
        }

        exchange.PartlyRefused = itemized.Recorded;
        exchange.Operations.Clear();
        if (itemized.IsNothingLeft)
        {
            exchange.UseBody(RequestBody.None);
            itemized.AddEmpty(exchange.Operations);
            return refused;
        }

        ReadOnlyMemory<byte> rest = itemized.LeftOf(exchange.Body.Buffered);
        exchange.UseBody(new RequestBody(null, rest, rest.Length, rest.Length));
        itemized.AddLeft(exchange, decided);
        return refused;
    }

    internal static string? GivenOf(HttpExchange exchange, ElasticsearchRoute route) =>
        route.IndexSegment >= 0 ? Encoding.UTF8.GetString(exchange.Target.Segment(route.IndexSegment))
        : exchange.Target.TryGetParameter("index"u8, out ReadOnlySpan<byte> index) ? Encoding.UTF8.GetString(index) : null;

    // As it was asked: narrowing makes a list of names out of a wildcard, and everything would be deleted by them.
    private static bool HasWideDelete(IReadOnlyList<IndexSlot> slots) =>
        slots.Any(static s => s.Action == "index:delete_index" && (s.Text.Contains('*') || SlotNarrowing.IsEverything(s.Text)));

    // Deleting by a wildcard is never what a policy of names can weigh: the upstream would expand it later than it is decided.
    private static bool HasWideDelete(OperationSet operations)
    {
        for (int i = 0; i < operations.Count; i++)
        {
            OperationView operation = operations[i];
            for (int r = 0; operation.Action.Name == "index:delete_index" && r < operation.ResourceCount; r++)
            {
                if (operation.Scope(r) == ResourceScope.Prefix || operation.Resource(r).Contains((byte)'*'))
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>Adds what is to be decided; <c>isWhole</c>: a wildcard without a fixed beginning was not fenced in by a narrowing.</summary>
    internal static void Add(OperationSet into, IEnumerable<RequestOperation> operations, bool isWhole = false)
    {
        foreach (RequestOperation operation in operations)
        {
            into.Begin(SystemAction.Intern("elasticsearch", operation.Action));
            foreach (string resource in operation.Resources)
            {
                if (resource == MultiSearchNarrowing.NoIndex)
                {
                    continue;
                }

                if (isWhole && resource.StartsWith('*'))
                {
                    into.AddPrefix([]);
                    continue;
                }

                AskedNames.Add(into, resource);
            }
        }
    }
}
