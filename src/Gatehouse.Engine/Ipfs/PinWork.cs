using System.Text;
using Gatehouse.Audit;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Engine.Gates;
using Gatehouse.Engine.Ipfs.Ownership;
using Gatehouse.Problems;
using Gatehouse.Protocols.Http;
using Gatehouse.Protocols.Ipfs;

namespace Gatehouse.Engine.Ipfs;

/// <summary>Step 7 of what changes pins: the ledger first, then the cluster, then what became of it. The pin is held meanwhile.</summary>
internal sealed class PinWork(PinApi api, PinLedger ledger, PinMarks marks, IpfsConfiguration settings)
{
    private const int MaxAnswer = 64 * 1024;

    /// <summary>Whether a pin of one's own can be put in the place of another: the pinning service can do both halves.</summary>
    public bool CanReplace => api == PinApi.Pinning;

    /// <summary>A pin that could not be held.</summary>
    public static Refusal NotTaken(PinOutcome outcome) =>
        new(StatusOf(outcome), outcome.Problem()!, outcome.Word(), AuditAction.AccessDenied); // a refusal has one

    /// <summary>Makes or overwrites a pin.</summary>
    public async ValueTask<ForwardOutcome> CreateAsync(HttpExchange exchange, IpfsRequest request, PinClaim claim)
    {
        if (await AddAsync(exchange, request, claim) is { } refused)
        {
            return refused;
        }

        Cid pin = request.Pins[0];
        var course = (IpfsCourse)exchange.Course!; // this is a part of it
        PinOwnership mine = claim.Mine!; // it was added
        if (!api.TryMark(exchange, course, marks.Make(mine)))
        {
            await claim.WithdrawAsync(CancellationToken.None);
            return IpfsAnswers.Refuse(exchange, 400, GateProblems.TamperedRequest, "target_too_long");
        }

        course.Filter = api.Shown(shown => shown.Equals(pin) ? mine : null);
        ForwardOutcome outcome = await exchange.Gate.Forwarder!.ForwardAsync(exchange.Permit, exchange); // a gate of these systems has an upstream
        await SettleAsync(exchange, pin, claim, outcome);
        return outcome;
    }

    /// <summary>Makes the caller one more owner.</summary>
    public async ValueTask<ForwardOutcome> JoinAsync(HttpExchange exchange, IpfsRequest request, PinClaim claim)
    {
        Cid pin = request.Pins[0];
        PinAnswer there = await PinQuestions.AskAsync(exchange.Gate, pin);
        if (there.IsPinned != true)
        {
            // Gone around the gate: whoever pins it anew makes it, and the others have it again.
            return there.IsPinned == false
                ? await CreateAsync(exchange, request, claim)
                : IpfsAnswers.Refuse(exchange, 502, IpfsProblems.PinUnknown, "pin_unknown");
        }

        if (await AddAsync(exchange, request, claim) is { } refused)
        {
            return refused;
        }

        await claim.ConfirmAsync(CancellationToken.None);
        return api.Joined(exchange, pin, claim.Mine!, there.Body); // it was added
    }

    /// <summary>The pin goes for everybody: whoever may remove any pin removes it as the upstream would.</summary>
    public async ValueTask<ForwardOutcome> DeleteAsync(HttpExchange exchange, Cid pin, PinClaim claim)
    {
        ForwardOutcome outcome = await exchange.Gate.Forwarder!.ForwardAsync(exchange.Permit, exchange); // a gate of these systems has an upstream
        if (await IsGoneAsync(exchange, pin, outcome))
        {
            await claim.ClearAsync(CancellationToken.None);
        }

        return outcome;
    }

    /// <summary>One owner goes; the pin goes with the last.</summary>
    public async ValueTask<ForwardOutcome> LeaveAsync(HttpExchange exchange, Cid pin, PinClaim claim)
    {
        PinOwnership was = claim.Mine!; // somebody else's was refused
        switch (await claim.RemoveAsync(CancellationToken.None))
        {
            case PinRemoval.OthersStay:
                return api.Left(exchange, pin, was, (await PinQuestions.AskAsync(exchange.Gate, pin)).Body);
            case PinRemoval.LastLeaves:
                exchange.Course!.Filter = api.Shown(_ => was); // this is a part of it
                ForwardOutcome outcome = await exchange.Gate.Forwarder!.ForwardAsync(exchange.Permit, exchange); // likewise
                await EndAsync(exchange, pin, claim, await IsGoneAsync(exchange, pin, outcome));
                return outcome;
            default:
                return IpfsAnswers.Refuse(exchange, 503, PinProblems.NotWritten, PinOutcome.Unavailable.Word());
        }
    }

    /// <summary>As the upstream does it: the new one overwritten, the old one gone for everybody.</summary>
    public async ValueTask<ForwardOutcome> ReplaceWholeAsync(HttpExchange exchange, IpfsRequest request, PinClaims claims)
    {
        ForwardOutcome outcome = await CreateAsync(exchange, request, claims.New);
        if (!claims.IsOne && request.Replaced is { } old && outcome.Result == ForwardResult.Ok && await IsGoneAsync(exchange, old, outcome))
        {
            await claims.Old.ClearAsync(CancellationToken.None);
        }

        return outcome;
    }

    /// <summary>In two halves, each by its own rules: upstream's own way would take the old pin from its other owners.</summary>
    public async ValueTask<ForwardOutcome> ReplaceOwnAsync(HttpExchange exchange, IpfsRequest request, PinClaims claims)
    {
        var target = new CanonicalTarget();
        target.Parse("/pins");
        exchange.Course!.Target = target; // this is a part of it
        ForwardOutcome outcome = claims.New.Others.Count > 0
            ? await JoinAsync(exchange, request, claims.New)
            : await CreateAsync(exchange, request, claims.New);
        if (claims.IsOne || outcome is not { Result: ForwardResult.Ok, Status: >= 200 and < 300 })
        {
            return outcome;
        }

        if (await claims.Old.RemoveAsync(CancellationToken.None) == PinRemoval.LastLeaves)
        {
            Cid old = request.Replaced!; // a request to replace names it
            var unpin = new QuestionExchange("DELETE", Encoding.ASCII.GetBytes($"/pins/{old.Exact}"), MaxAnswer);
            ForwardOutcome gone = await exchange.Gate.Forwarder!.ForwardAsync(exchange.Permit, unpin); // a gate of these systems has an upstream
            bool isGone = (gone.Result == ForwardResult.Ok && unpin.Status is (>= 200 and < 300) or 404)
                || (await PinQuestions.AskAsync(exchange.Gate, old)).IsPinned == false;
            await EndAsync(exchange, old, claims.Old, isGone);
        }

        return outcome;
    }

    /// <summary>Takes a pin that is gone from its owners.</summary>
    public async ValueTask<bool> ForgetAsync(Cid pin, PinOwner owner)
    {
        PinTake take = await ledger.TakeAsync(settings.Cluster, pin.Exact, owner, CancellationToken.None);
        if (take.TryGet(out PinClaim? claim))
        {
            using (claim)
            {
                await claim.ClearAsync(CancellationToken.None);
            }
        }

        return true; // it is done, whatever the ledger says
    }

    private async ValueTask<ForwardOutcome?> AddAsync(HttpExchange exchange, IpfsRequest request, PinClaim claim)
    {
        PinOutcome added = await claim.AddAsync(request.Options.Name ?? "", api.MetaOf(exchange), settings.MaxPins, CancellationToken.None);
        return added == PinOutcome.Granted ? null : IpfsAnswers.Refuse(exchange, StatusOf(added), added.Problem()!, added.Word()); // a refusal has one
    }

    /// <summary>
    /// What became of a pin. Upstream's word is not enough: a 400 of ipfs-cluster's over an option is no proof that it did not pin, and
    /// a connection that broke is none either.
    /// </summary>
    private static async ValueTask SettleAsync(HttpExchange exchange, Cid pin, PinClaim claim, ForwardOutcome outcome)
    {
        bool? isPinned = outcome is { Result: ForwardResult.Ok, Status: >= 200 and < 300 } ? true
            : outcome.Phase == ForwardPhase.Connect ? false
            : (await PinQuestions.AskAsync(exchange.Gate, pin)).IsPinned;
        if (isPinned == true)
        {
            await claim.ConfirmAsync(CancellationToken.None);
        }
        else if (isPinned == false)
        {
            await claim.WithdrawAsync(CancellationToken.None);
        }
    }

    /// <summary>A pin that goes is gone, is still there, or nobody knows: then it is asked about later.</summary>
    private static async ValueTask EndAsync(HttpExchange exchange, Cid pin, PinClaim claim, bool isGone)
    {
        if (isGone)
        {
            await claim.ConfirmAsync(CancellationToken.None);
        }
        else if ((await PinQuestions.AskAsync(exchange.Gate, pin)).IsPinned == true)
        {
            await claim.WithdrawAsync(CancellationToken.None);
        }
    }

    private static async ValueTask<bool> IsGoneAsync(HttpExchange exchange, Cid pin, ForwardOutcome outcome) =>
        outcome is { Result: ForwardResult.Ok, Status: (>= 200 and < 300) or 404 }
        || (outcome.Phase != ForwardPhase.Connect && (await PinQuestions.AskAsync(exchange.Gate, pin)).IsPinned == false);

    private static int StatusOf(PinOutcome outcome) => outcome switch
    {
        PinOutcome.TooMany => 403,
        PinOutcome.TooLong => 400,
        _ => 503,
    };
}
