using System.Text;
using Gatehouse.Engine.Elasticsearch.Handles;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Engine.Gates;
using Gatehouse.Operations;
using Gatehouse.Policy;
using Gatehouse.Policy.Indices;
using Gatehouse.Problems;
using Gatehouse.Protocols.Elasticsearch;
using Gatehouse.Protocols.Http;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Elasticsearch.Names;

/// <summary>
/// What of a request depends on the names that there are: backing indices are confirmed, writes to missing names need the right to
/// create them, answers leave out what the caller may not see. One object a gate model.
/// </summary>
/// <param name="environment">What the node's gates share.</param>
internal sealed class NameSteps(GateEnvironment environment)
{
    /// <summary>Names are needed and cannot be had.</summary>
    public static readonly Refusal Unavailable = new(503, GateProblems.NamesUnavailable, "names_unavailable", Audit.AuditAction.AccessDenied);

    private static readonly string[] Changes =
    [
        "index:create_index", "index:delete_index", "index:manage", "index:auto_configure", "cluster:manage", "cluster:all", "cluster:manage_slm",
    ];

    private static readonly SystemAction[] Writes =
        [.. new[] { "index:create_doc", "index:create", "index:index", "index:delete" }.Select(static w => SystemAction.Intern(Privileges.System, w))];

    private readonly ILogger _logger = environment.Loggers.CreateLogger<NameSteps>();
    private IndexNameBook? _book;

    /// <summary>The names behind the gate of a request.</summary>
    public IndexNameBook BookOf(HttpExchange exchange)
    {
        if (_book is { } known)
        {
            return known;
        }

        Forwarder forwarder = exchange.Gate.Forwarder!; // a gate of this system has an upstream
        IndexNameBook made = new(
            exchange.GateName, question => forwarder.AskAsync(question, IndexNameBook.MaxAnswer, IndexNameBook.Deadline), environment.Time, _logger);
        return Interlocked.CompareExchange(ref _book, made, null) ?? made;
    }

    /// <summary>The names at the start of a bulk; null where they make no difference, and nobody asked for them.</summary>
    public async ValueTask<KnownNames?> ForBulkAsync(HttpExchange exchange, CompiledPolicy policy, AuthorizationContext context)
    {
        IndexNameBook book = BookOf(exchange);
        if (!book.TryGet(out KnownNames? names) && !(new MissingNames(policy, context).MayCreateAnything && new NameScope(policy, context, []).SeesAll))
        {
            names = await book.GetAsync() ?? (Denies(policy, context) ? KnownNames.None : book.Instead);
        }

        return names;
    }

    /// <summary>Completes step 5: what is to be decided stands in the exchange, and how it goes on.</summary>
    public ValueTask<Refusal?> CompleteAsync(HttpExchange exchange, ElasticsearchRoute route)
    {
        Snapshots.SecuritySnapshot snapshot = environment.Snapshots.Current;
        if (exchange.Course is not { IsAnyPrincipal: false } course
            || !exchange.TryGetContext(snapshot, environment.Time.GetUtcNow(), out AuthorizationContext context))
        {
            return ValueTask.FromResult<Refusal?>(null);
        }

        MissingNames missing = new(snapshot.Policy, context);
        bool isSure = !HasBacking(exchange.Operations)
            && !HasDeny(exchange.Operations, snapshot.Policy, context)
            && (!Creates(exchange, route) || missing.MayCreateAll(exchange.Operations));
        if (new NameScope(snapshot.Policy, context, []).SeesAll)
        {
            return isSure ? ValueTask.FromResult<Refusal?>(null) : ConfirmAsync(exchange, route, snapshot.Policy, context);
        }

        return HideAsync(exchange, route, course, snapshot.Policy, context, isSure);
    }

    /// <summary>Whether a request could change names that somebody has asked for.</summary>
    public bool MayChange(HttpExchange exchange) => _book is not null && exchange.Method is not ("GET" or "HEAD");

    /// <summary>Names that a request has changed are asked again.</summary>
    public void Heed(HttpExchange exchange, in ForwardOutcome outcome)
    {
        if (_book is not { } book || outcome.Status is < 200 or > 299 || !MayChange(exchange))
        {
            return;
        }

        bool knows = book.TryGet(out KnownNames? names);
        OperationSet operations = exchange.Operations;
        if (exchange.Course is ElasticsearchCourse { Bulk.Judge.MakesNames: true })
        {
            book.Forget();
            return;
        }

        for (int i = 0; knows && i < operations.Count; i++)
        {
            OperationView operation = operations[i];
            if (Changes.Contains(operation.Action.Name, StringComparer.Ordinal)
                || (outcome.Status == 201 && operation.ResourceCount > 0 && names!.Find(TextOf(operation, 0)) is null)) // known
            {
                book.Forget();
                return;
            }
        }
    }

    private async ValueTask<Refusal?> HideAsync(
        HttpExchange exchange, ElasticsearchRoute route, RequestCourse course, CompiledPolicy policy, AuthorizationContext context, bool isSure)
    {
        NameRule? rule = exchange.Method is "GET" or "POST" ? NameRules.For(route.Template) : null;
        bool isTable = NameRules.IsAliasTable(route.Template);
        bool isText = isTable && exchange.Target.TryGetParameter("format"u8, out ReadOnlySpan<byte> format) && format.SequenceEqual("text"u8);
        if ((rule is not null || isTable) && !isText && !ResponseForms.CanBeRead(exchange, answersAsText: false))
        {
            return HandleRefusals.Form;
        }

        string[] sent = [.. Sent(exchange.Operations)];
        if (!isSure && await ConfirmAsync(exchange, route, policy, context) is { } refusal)
        {
            return refusal;
        }

        if (NameRules.IsListing(route.Template))
        {
            AskForOwn(exchange.Operations);
        }

        AliasTable? table = null;
        IndexNameBook book = BookOf(exchange);
        KnownNames? names = null;
        if (isTable)
        {
            names = await book.GetAsync();
            if (names is null)
            {
                return Unavailable;
            }

            table = new AliasTable(names, HasHeading(exchange.Target));
        }
        else
        {
            names = book.Latest;
        }

        course.Filter = new NameFilter(new NameScope(policy, context, sent), rule, table, names, course.Filter);
        return null;
    }

    private async ValueTask<Refusal?> ConfirmAsync(
        HttpExchange exchange, ElasticsearchRoute route, CompiledPolicy policy, AuthorizationContext context)
    {
        OperationSet operations = exchange.Operations;
        bool hasDeny = HasDeny(operations, policy, context);
        KnownNames? found = await BookOf(exchange).GetAsync();
        if (hasDeny && (found is null || IsDenied(operations, new DeniedMembers(policy, context, found))))
        {
            return found is null ? Unavailable : Refusal.Denied(GateProblems.AccessDenied, "explicit_deny");
        }

        // Without the names nothing is confirmed, and everything is taken for missing but where the upstream has no way to say them.
        Confirm(operations, found ?? BookOf(exchange).Instead, Creates(exchange, route) ? new MissingNames(policy, context) : null);
        return null;
    }

    private static void Confirm(OperationSet operations, KnownNames names, MissingNames? missing)
    {
        List<(SystemAction Action, List<(string Name, ResourceScope Scope)> Names)> all = [];
        for (int i = 0; i < operations.Count; i++)
        {
            OperationView operation = operations[i];
            List<(string Name, ResourceScope Scope)> resources = [];
            for (int r = 0; r < operation.ResourceCount; r++)
            {
                resources.Add((TextOf(operation, r), operation.Scope(r)));
            }

            all.Add((operation.Action, resources));
        }

        operations.Clear();
        foreach ((SystemAction action, List<(string Name, ResourceScope Scope)> resources) in all)
        {
            operations.Begin(action);
            foreach ((string name, ResourceScope scope) in resources)
            {
                Add(operations, name, scope == ResourceScope.Prefix || names.IsPretender(name));
            }
        }

        foreach ((SystemAction action, List<(string Name, ResourceScope Scope)> resources) in all)
        {
            foreach ((string name, _) in missing is not null && MissingNames.IsWrite(action.Name) ? resources : [])
            {
                if (names.IsMissing(name))
                {
                    operations.Begin(missing!.RightFor(name)); // there are resources only where it is
                    operations.AddResource(Encoding.UTF8.GetBytes(name));
                }
            }
        }
    }

    // The list of everything becomes that of his own, so that the privilege on anything suffices.
    private static void AskForOwn(OperationSet operations)
    {
        if (operations.Count == 1 && operations[0].ResourceCount == 1 && IsEverything(operations[0]))
        {
            SystemAction action = operations[0].Action;
            operations.Clear();
            operations.Begin(action);
        }
    }

    private static bool IsEverything(in OperationView operation) =>
        operation.Resource(0).SequenceEqual("*"u8) || (operation.Resource(0).IsEmpty && operation.Scope(0) == ResourceScope.Prefix);

    // What the decision takes for allowed by its name may lead to what is denied.
    private static bool IsDenied(OperationSet operations, DeniedMembers members)
    {
        for (int i = 0; i < operations.Count; i++)
        {
            OperationView operation = operations[i];
            for (int r = 0; Privileges.IsKnown(operation.Action.Name) && r < operation.ResourceCount; r++)
            {
                string text = TextOf(operation, r) + (operation.Scope(r) == ResourceScope.Prefix ? "*" : "");
                if (members.IsReached(operation.Action, text))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static bool Denies(CompiledPolicy policy, in AuthorizationContext context)
    {
        foreach (SystemAction write in Writes)
        {
            if (IndexNarrower.HasDeny(policy, context, write))
            {
                return true;
            }
        }

        return false;
    }

    private static bool HasDeny(OperationSet operations, CompiledPolicy policy, in AuthorizationContext context)
    {
        for (int i = 0; i < operations.Count; i++)
        {
            OperationView operation = operations[i];
            if (operation.ResourceCount > 0
                && operation.Action.Name.StartsWith("index:", StringComparison.Ordinal)
                && IndexNarrower.HasDeny(policy, context, operation.Action))
            {
                return true;
            }
        }

        return false;
    }

    // A pattern that covers whatever begins so is a grant on the index itself; that of a stream is not.
    private static void Add(OperationSet operations, string name, bool isPrefix)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(name);
        if (isPrefix)
        {
            operations.AddPrefix(utf8);
        }
        else
        {
            operations.AddResource(utf8);
        }
    }

    private static bool Creates(HttpExchange exchange, ElasticsearchRoute route) =>
        (route.IsDocumentWrite || route.Template == "/_reindex") && exchange.Method is "PUT" or "POST";

    private static bool HasBacking(OperationSet operations)
    {
        for (int i = 0; i < operations.Count; i++)
        {
            OperationView operation = operations[i];
            for (int r = 0; r < operation.ResourceCount; r++)
            {
                ReadOnlySpan<byte> name = operation.Resource(r);
                if (name.Length > 4 && name[0] == '.' && BackingNames.StreamOf(TextOf(operation, r)) is not null)
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static IEnumerable<string> Sent(OperationSet operations)
    {
        List<string> sent = [];
        for (int i = 0; i < operations.Count; i++)
        {
            for (int r = 0; r < operations[i].ResourceCount; r++)
            {
                sent.Add(TextOf(operations[i], r));
            }
        }

        return sent;
    }

    private static string TextOf(in OperationView operation, int resource) => Encoding.UTF8.GetString(operation.Resource(resource));

    private static bool HasHeading(CanonicalTarget target) => target.TryGetParameter("v"u8, out ReadOnlySpan<byte> value) && !value.SequenceEqual("false"u8);
}
