using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Engine.Gates;
using Gatehouse.Engine.Ipfs.Ownership;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Policy;
using Gatehouse.Problems;
using Gatehouse.Protocols.Http;
using Gatehouse.Protocols.Ipfs;

namespace Gatehouse.Engine.Ipfs;

/// <summary>
/// Whose a pin is, as far as step 6 must know it: a fact beside the request, a lock on the pin where it comes about or goes, a list
/// narrowed to one's own. What a grant of <c>own: true</c> does not cover even so is refused by the decision, which tells nothing of
/// whose it is.
/// </summary>
internal sealed class PinRights
{
    private static readonly Refusal Others = new(409, IpfsProblems.PinOfOthers, "pin_of_others", Audit.AuditAction.AccessDenied);
    private static readonly Refusal Outside = new(409, IpfsProblems.PinnedOutside, "pinned_outside", Audit.AuditAction.AccessDenied);
    private static readonly Refusal Unasked = new(502, IpfsProblems.PinUnknown, "pin_unknown", Audit.AuditAction.AccessDenied);

    private static readonly Dictionary<string, string> Nothing = [];
    private static readonly Refusal TooManyAdds = new(429, IpfsProblems.TooManyAdds, "too_many_adds", Audit.AuditAction.LimitReached);

    private readonly GateEnvironment _environment;
    private readonly PinLedger _ledger;
    private readonly PinMarks _marks;
    private readonly IpfsConfiguration _settings;
    private readonly AddsUnderWay _adds;
    private readonly ContentSteps _content;

    public PinRights(GateModel model, GateEnvironment environment, PinLedger ledger, PinMarks marks)
    {
        (_environment, _ledger, _marks) = (environment, ledger, marks);
        _settings = model.Configuration.Ipfs ?? new IpfsConfiguration();
        _adds = new AddsUnderWay(_settings.AddsPerUser);
        _content = new ContentSteps(_settings.Cluster, _settings.MaxPins, ledger, marks);
    }

    private string Cluster => _settings.Cluster;

    /// <summary>Finds out what the decision needs, and how an allowed request goes on. Null: it can be decided.</summary>
    public async ValueTask<Refusal?> WeighAsync(HttpExchange exchange, IpfsRequest request, IpfsCourse course)
    {
        SecuritySnapshot snapshot = _environment.Snapshots.Current;
        if (!exchange.TryGetContext(snapshot, _environment.Time.GetUtcNow(), out AuthorizationContext context))
        {
            return null; // the login fell: the decision says so
        }

        var asked = new Asked(exchange, request, course, context, snapshot, PinOwner.Of(context.Principal, snapshot));
        switch (request.Effect)
        {
            case IpfsEffect.List:
                Narrow(asked);
                return null;
            case IpfsEffect.Pin:
                return await PinAsync(asked);
            case IpfsEffect.Unpin:
                return await UnpinAsync(asked);
            case IpfsEffect.Add or IpfsEffect.PinPath:
                return Bring(asked);
            case IpfsEffect.UnpinPath:
                course.Filter = new AddedRoot(pin => ForgetAsync(pin, asked.Owner));
                return null; // `own` cannot be known of it
            default:
                if (request.Scopes.Contains(IpfsScope.Pin))
                {
                    bool isOwn = request.Pins.Count > 0 && request.Pins.All(pin => _ledger.IsOwner(Cluster, pin.Exact, asked.Owner));
                    exchange.Ownership = OwnershipFact.Of(isOwn);
                }

                return null;
        }
    }

    /// <summary>A list that only a grant of one's own covers shows one's own.</summary>
    private void Narrow(in Asked asked)
    {
        if (asked.IsAllowed(Policy.Ownership.Unknown) || !asked.IsAllowed(Policy.Ownership.Own))
        {
            return;
        }

        PinOwner owner = asked.Owner;
        asked.Exchange.Ownership = Policy.Ownership.Own;
        asked.Course.Filter = new OwnLines(text => Cid.TryParse(text, out Cid? cid) && _ledger.IsOwner(Cluster, cid.Exact, owner));
    }

    /// <summary>What is pinned is known from the answer.</summary>
    private Refusal? Bring(in Asked asked)
    {
        if (asked.Request.Effect == IpfsEffect.Add)
        {
            asked.Course.Held = _adds.TryBegin(asked.Owner);
            if (asked.Course.Held is null)
            {
                return TooManyAdds;
            }
        }

        if (asked.IsAllowed(Policy.Ownership.Unknown))
        {
            asked.Course.Filter = _content.NoteAfter(asked.Exchange, asked.Owner, asked.Request.Options);
        }
        else if (asked.Request.Effect == IpfsEffect.Add && asked.IsAllowed(Policy.Ownership.Own) && _content.BringFirst(asked.Exchange, asked.Owner) is { } filter)
        {
            asked.Exchange.Ownership = Policy.Ownership.Own;
            asked.Course.Filter = filter;
        }

        return null;
    }

    private async ValueTask<bool> ForgetAsync(Cid pin, PinOwner owner)
    {
        PinTake take = await _ledger.TakeAsync(Cluster, pin.Exact, owner, CancellationToken.None);
        if (take.TryGet(out PinClaim? claim))
        {
            using (claim)
            {
                await claim.ClearAsync(CancellationToken.None);
            }
        }

        return true; // it is done, whatever the ledger says
    }

    private async ValueTask<Refusal?> PinAsync(Asked asked)
    {
        bool isWhole = asked.IsAllowed(Policy.Ownership.Unknown);
        if (!isWhole && !asked.IsAllowed(Policy.Ownership.Own))
        {
            return null;
        }

        Cid pin = asked.Request.Pins[0];
        PinTake take = await _ledger.TakeAsync(Cluster, pin.Exact, asked.Owner, CancellationToken.None);
        if (!take.TryGet(out PinClaim? claim))
        {
            return NotTaken(take);
        }

        asked.Course.Held = claim;
        asked.Exchange.Ownership = OwnershipFact.Of(claim.IsOwner || claim.Others.Count == 0);
        if (!isWhole)
        {
            if (claim.Others.Count > 0)
            {
                // One more owner changes nothing for the others, as long as the pin itself stays as it is.
                asked.Exchange.Ownership = Policy.Ownership.Own;
                asked.Course.Answer = exchange => JoinAsync(exchange, asked.Request, claim);
                return asked.Exchange.Operations.Count > 1 ? Others : null;
            }

            if (!claim.IsOwner && await IsPinnedAsync(asked.Exchange, pin) is var isPinned && isPinned is not false)
            {
                return isPinned is null ? Unasked : Outside;
            }
        }

        asked.Course.Answer = exchange => CreateAsync(exchange, asked.Request, claim);
        return null;
    }

    private async ValueTask<Refusal?> UnpinAsync(Asked asked)
    {
        bool isWhole = asked.IsAllowed(Policy.Ownership.Unknown);
        if (!isWhole && !asked.IsAllowed(Policy.Ownership.Own))
        {
            return null;
        }

        Cid pin = asked.Request.Pins[0];
        PinTake take = await _ledger.TakeAsync(Cluster, pin.Exact, asked.Owner, CancellationToken.None);
        if (!take.TryGet(out PinClaim? claim))
        {
            return NotTaken(take);
        }

        asked.Course.Held = claim;
        asked.Exchange.Ownership = OwnershipFact.Of(claim.IsOwner);
        asked.Course.Answer = isWhole
            ? exchange => DeleteAsync(exchange, pin, claim)
            : exchange => LeaveAsync(exchange, pin, claim);
        return null;
    }

    /// <summary>The pin goes for everybody: whoever may remove any pin removes it as the upstream would.</summary>
    private async ValueTask<ForwardOutcome> DeleteAsync(HttpExchange exchange, Cid pin, PinClaim claim)
    {
        ForwardOutcome outcome = await exchange.Gate.Forwarder!.ForwardAsync(exchange.Permit, exchange);
        if (await IsGoneAsync(exchange, pin, outcome))
        {
            await claim.ClearAsync(CancellationToken.None);
        }

        return outcome;
    }

    /// <summary>One owner goes; the pin goes with the last.</summary>
    private async ValueTask<ForwardOutcome> LeaveAsync(HttpExchange exchange, Cid pin, PinClaim claim)
    {
        switch (await claim.RemoveAsync(CancellationToken.None))
        {
            case PinRemoval.OthersStay:
                return await ShowAsync(exchange, pin);
            case PinRemoval.LastLeaves:
                ForwardOutcome outcome = await exchange.Gate.Forwarder!.ForwardAsync(exchange.Permit, exchange);
                if (await IsGoneAsync(exchange, pin, outcome))
                {
                    await claim.ConfirmAsync(CancellationToken.None);
                }
                else
                {
                    await claim.WithdrawAsync(CancellationToken.None);
                }

                return outcome;
            default:
                return IpfsAnswers.Refuse(exchange, 503, PinProblems.NotWritten, PinOutcome.Unavailable.Word());
        }
    }

    private async ValueTask<ForwardOutcome> CreateAsync(HttpExchange exchange, IpfsRequest request, PinClaim claim)
    {
        Cid pin = request.Pins[0];
        if (await AddAsync(exchange, request, claim) is { } refused)
        {
            return refused;
        }

        if (WithMark(exchange.Target, _marks.Make(claim.Mine!)) is not { } marked) // it was added
        {
            await claim.WithdrawAsync(CancellationToken.None);
            return IpfsAnswers.Refuse(exchange, 400, GateProblems.TamperedRequest, "target_too_long");
        }

        exchange.Course!.Target = marked; // this is a part of it
        ForwardOutcome outcome = await exchange.Gate.Forwarder!.ForwardAsync(exchange.Permit, exchange);
        await SettleAsync(exchange, pin, claim, outcome);
        return outcome;
    }

    private async ValueTask<ForwardOutcome> JoinAsync(HttpExchange exchange, IpfsRequest request, PinClaim claim)
    {
        if (await AddAsync(exchange, request, claim) is { } refused)
        {
            return refused;
        }

        await claim.ConfirmAsync(CancellationToken.None);
        return await ShowAsync(exchange, request.Pins[0]);
    }

    private async ValueTask<ForwardOutcome?> AddAsync(HttpExchange exchange, IpfsRequest request, PinClaim claim)
    {
        PinOutcome added = await claim.AddAsync(request.Options.Name ?? "", Nothing, _settings.MaxPins, CancellationToken.None);
        return added == PinOutcome.Granted ? null : IpfsAnswers.Refuse(exchange, StatusOf(added), added.Problem()!, added.Word()); // a refusal has one
    }

    /// <summary>
    /// What became of a pin. Upstream's word is not enough: a 400 of ipfs-cluster's over an option is no proof that it did not pin, and
    /// a connection that broke is none either.
    /// </summary>
    private async ValueTask SettleAsync(HttpExchange exchange, Cid pin, PinClaim claim, ForwardOutcome outcome)
    {
        bool? isPinned = outcome.Result == ForwardResult.Ok && outcome.Status is >= 200 and < 300 ? true
            : outcome.Phase == ForwardPhase.Connect ? false
            : await IsPinnedAsync(exchange, pin);
        if (isPinned == true)
        {
            await claim.ConfirmAsync(CancellationToken.None);
        }
        else if (isPinned == false)
        {
            await claim.WithdrawAsync(CancellationToken.None);
        }
    }

    private async ValueTask<bool> IsGoneAsync(HttpExchange exchange, Cid pin, ForwardOutcome outcome) =>
        outcome is { Result: ForwardResult.Ok, Status: (>= 200 and < 300) or 404 }
        || (outcome.Phase != ForwardPhase.Connect && await IsPinnedAsync(exchange, pin) == false);

    private static async ValueTask<bool?> IsPinnedAsync(HttpExchange exchange, Cid pin) =>
        (await PinQuestions.AskAsync(exchange.Gate, pin)).IsPinned;

    /// <summary>Answers with the pin as it is.</summary>
    private static async ValueTask<ForwardOutcome> ShowAsync(HttpExchange exchange, Cid pin)
    {
        PinAnswer answer = await PinQuestions.AskAsync(exchange.Gate, pin);
        return answer.IsPinned == true
            ? IpfsAnswers.Send(exchange, 200, answer.Body.Span)
            : IpfsAnswers.Refuse(exchange, 502, IpfsProblems.PinUnknown, "pin_unknown");
    }

    /// <summary>The target with the mark of the pin's owner among its metadata; null where it gets too long.</summary>
    private static CanonicalTarget? WithMark(CanonicalTarget from, string mark)
    {
        string text = from.ToString();
        char joint = text.Contains('?', StringComparison.Ordinal) ? '&' : '?';
        var target = new CanonicalTarget();
        return target.Parse($"{text}{joint}meta-{PinMarks.MetaKey}={mark}") == TargetError.None ? target : null;
    }

    private static Refusal NotTaken(PinTake take) =>
        new(StatusOf(take.Outcome), take.Outcome.Problem()!, take.Outcome.Word(), Audit.AuditAction.AccessDenied); // a refusal has one

    private static int StatusOf(PinOutcome outcome) => outcome switch
    {
        PinOutcome.TooMany => 403,
        PinOutcome.TooLong => 400,
        _ => 503,
    };

    /// <summary>A request with what is known of who asks.</summary>
    private readonly record struct Asked(
        HttpExchange Exchange, IpfsRequest Request, IpfsCourse Course, AuthorizationContext Context, SecuritySnapshot Snapshot, PinOwner Owner)
    {
        public bool IsAllowed(Policy.Ownership ownership) =>
            Authorizer.Decide(Snapshot.Policy, Context with { Ownership = ownership }, Exchange.Operations).IsAllowed;
    }
}
