using System.Text;
using Gatehouse.Audit;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Gates;
using Gatehouse.Engine.Ipfs.Ownership;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Operations;
using Gatehouse.Policy;
using Gatehouse.Problems;
using Gatehouse.Protocols.Ipfs;
using Owned = Gatehouse.Policy.Ownership;

namespace Gatehouse.Engine.Ipfs;

/// <summary>
/// Whose a pin is, as far as step 6 must know it: a fact beside the request, a lock on the pin where it comes about or goes, a list
/// narrowed to one's own. What a grant of <c>own: true</c> does not cover even so is refused by the decision, which tells nothing of
/// whose it is.
/// </summary>
internal sealed class PinRights
{
    private static readonly SystemAction ReadOther = SystemAction.Intern(IpfsCatalogues.ClusterSystem, "allocations.read");
    private static readonly Refusal Others = new(409, IpfsProblems.PinOfOthers, "pin_of_others", AuditAction.AccessDenied);
    private static readonly Refusal Outside = new(409, IpfsProblems.PinnedOutside, "pinned_outside", AuditAction.AccessDenied);
    private static readonly Refusal Unasked = new(502, IpfsProblems.PinUnknown, "pin_unknown", AuditAction.AccessDenied);
    private static readonly Refusal TooManyAdds = new(429, IpfsProblems.TooManyAdds, "too_many_adds", AuditAction.AccessDenied);

    private readonly GateEnvironment _environment;
    private readonly PinLedger _ledger;
    private readonly string _cluster;
    private readonly AddsUnderWay _adds;
    private readonly ContentSteps _content;
    private readonly PinApi _api;
    private readonly PinWork _work;
    private readonly OwnPinList _list;
    private readonly bool _isOfCluster;

    public PinRights(GateModel model, GateEnvironment environment, PinLedger ledger, PinMarks marks)
    {
        (_environment, _ledger) = (environment, ledger);
        IpfsConfiguration settings = model.Configuration.Ipfs ?? new IpfsConfiguration();
        _cluster = settings.Cluster;
        _isOfCluster = model.System != IpfsCatalogues.KuboSystem;
        _adds = new AddsUnderWay(settings.AddsPerUser);
        _content = new ContentSteps(settings.Cluster, settings.MaxPins, ledger, marks);
        _api = PinApi.Of(model.System, settings.Cluster, marks);
        _work = new PinWork(_api, ledger, marks, settings);
        _list = new OwnPinList(ledger, settings.Cluster);
    }

    /// <summary>Finds out what the decision needs, and how an allowed request goes on. Null: it can be decided.</summary>
    public async ValueTask<Refusal?> WeighAsync(HttpExchange exchange, IpfsRequest request, IpfsCourse course)
    {
        SecuritySnapshot snapshot = _environment.Snapshots.Current;
        if (!exchange.TryGetContext(snapshot, _environment.Time.GetUtcNow(), out AuthorizationContext context))
        {
            return null; // the login fell: the decision says so
        }

        var asked = new Asked(exchange, request, course, context, snapshot, PinOwner.Of(context.Principal, snapshot));
        if (course.Named is { } named && named.Owner != asked.Owner && !asked.IsAllowed(Owned.Unknown))
        {
            return PinningIds.NotYours;
        }

        if (!_isOfCluster)
        {
            // What one Kubo has pinned is not what the cluster has: nothing done there makes or unmakes an owner of the cluster's pins.
            return request.Effect == IpfsEffect.Add ? CountAdd(asked) : null;
        }

        switch (request.Effect)
        {
            case IpfsEffect.List:
                Narrow(asked);
                return null;
            case IpfsEffect.Pin:
                return await PinAsync(asked);
            case IpfsEffect.Unpin:
                return await UnpinAsync(asked);
            case IpfsEffect.Replace:
                return await ReplaceAsync(asked);
            case IpfsEffect.Add or IpfsEffect.PinPath:
                return Bring(asked);
            case IpfsEffect.UnpinPath:
                course.Filter = new AddedRoot(pin => _work.ForgetAsync(pin, asked.Owner));
                return null; // `own` cannot be known of it
            default:
                Look(asked);
                return null;
        }
    }

    /// <summary>Pins that are named: one's own where all of them are.</summary>
    private void Look(in Asked asked)
    {
        PinOwner owner = asked.Owner;
        if (!asked.Request.Scopes.Contains(IpfsScope.Pin))
        {
            return;
        }

        if (_list.Answers(asked.Exchange) && !asked.IsAllowed(Owned.Foreign) && asked.IsAllowed(Owned.Own))
        {
            // A list of some: those that are one's own, and from the ledger even where all are. Upstream would look for a name or metadata
            // in those of whoever pinned first.
            Narrow(asked);
            return;
        }

        bool isOwn = asked.Request.Pins.Count > 0 && asked.Request.Pins.All(pin => _ledger.IsOwner(_cluster, pin.Exact, owner));
        asked.Exchange.Ownership = isOwn ? Owned.Own : Owned.Foreign;
        asked.Course.Filter ??= _api.Shown(pin => _ledger.Find(_cluster, pin.Exact, owner));
    }

    /// <summary>A list that only a grant of one's own covers shows one's own.</summary>
    private void Narrow(in Asked asked)
    {
        PinOwner owner = asked.Owner;
        if (asked.IsAllowed(Owned.Unknown) || !asked.IsAllowed(Owned.Own))
        {
            asked.Course.Filter ??= _api.ShownInAll(pin => _ledger.Find(_cluster, pin.Exact, owner));
            return;
        }

        asked.Exchange.Ownership = Owned.Own;
        if (_list.Answers(asked.Exchange))
        {
            asked.Course.Answer = exchange => _list.AnswerAsync(exchange, owner);
        }
        else
        {
            asked.Course.Filter = _api.Narrowed(pin => _ledger.Find(_cluster, pin.Exact, owner));
        }
    }

    /// <summary>What is pinned is known from the answer.</summary>
    private Refusal? Bring(in Asked asked)
    {
        if (asked.Request.Effect == IpfsEffect.Add && CountAdd(asked) is { } refusal)
        {
            return refusal;
        }

        if (asked.IsAllowed(Owned.Unknown))
        {
            asked.Course.Filter = _content.NoteAfter(asked.Exchange, asked.Owner, asked.Request.Options);
        }
        else if (asked.Request.Effect == IpfsEffect.Add && asked.IsAllowed(Owned.Own) && _content.BringFirst(asked.Exchange, asked.Owner) is { } filter)
        {
            asked.Exchange.Ownership = Owned.Own;
            asked.Course.Filter = filter;
        }

        return null;
    }

    private Refusal? CountAdd(in Asked asked)
    {
        asked.Course.Held = _adds.TryBegin(asked.Owner);
        return asked.Course.Held is null ? TooManyAdds : null;
    }

    private async ValueTask<Refusal?> PinAsync(Asked asked)
    {
        bool isWhole = asked.IsAllowed(Owned.Unknown);
        if (!isWhole && !asked.IsAllowed(Owned.Own))
        {
            return null;
        }

        if (!isWhole && !MayCopy(asked))
        {
            asked.Exchange.Ownership = Owned.Foreign;
            return null;
        }

        Cid pin = asked.Request.Pins[0];
        PinTake take = await _ledger.TakeAsync(_cluster, pin.Exact, asked.Owner, CancellationToken.None);
        if (!take.TryGet(out PinClaim? claim))
        {
            return PinWork.NotTaken(take.Outcome);
        }

        asked.Course.Held = claim;
        asked.Exchange.Ownership = OwnershipFact.Of(claim.IsOwner || claim.Others.Count == 0);
        if (isWhole)
        {
            asked.Course.Answer = exchange => _work.CreateAsync(exchange, asked.Request, claim);
            return null;
        }

        if (claim.Others.Count > 0)
        {
            // One more owner changes nothing for the others, as long as the pin itself stays as it is.
            asked.Exchange.Ownership = Owned.Own;
            asked.Course.Answer = exchange => _work.JoinAsync(exchange, asked.Request, claim);
            return HasOptions(asked) ? Others : null;
        }

        asked.Course.Answer = exchange => _work.CreateAsync(exchange, asked.Request, claim);
        return claim.IsOwner ? null : await CheckFreeAsync(asked.Exchange, pin);
    }

    /// <summary>
    /// The pin whose options and metadata are copied is another one than the pin that comes about, and so is the question whose it is: those
    /// of a pin with several owners are what the first of them wrote.
    /// </summary>
    private bool MayCopy(in Asked asked)
    {
        if (asked.Request.Options.Update is not { } from)
        {
            return true;
        }

        PinOwner owner = asked.Owner;
        IReadOnlyList<PinOwnership> owners = _ledger.OwnersOf(_cluster, from.Exact);
        var read = new OperationSet();
        read.Begin(ReadOther);
        read.AddResource(Encoding.UTF8.GetBytes(from.Text));
        AuthorizationContext context = asked.Context with { Ownership = OwnershipFact.Of(owners.Count == 1 && owners[0].Owner == owner) };
        return Authorizer.Decide(asked.Snapshot.Policy, context, read).IsAllowed;
    }

    private async ValueTask<Refusal?> UnpinAsync(Asked asked)
    {
        bool isWhole = asked.IsAllowed(Owned.Unknown);
        if (!isWhole && !asked.IsAllowed(Owned.Own))
        {
            return null;
        }

        Cid pin = asked.Request.Pins[0];
        PinTake take = await _ledger.TakeAsync(_cluster, pin.Exact, asked.Owner, CancellationToken.None);
        if (!take.TryGet(out PinClaim? claim))
        {
            return PinWork.NotTaken(take.Outcome);
        }

        asked.Exchange.Ownership = OwnershipFact.Of(claim.IsOwner);
        if (!isWhole && !claim.IsOwner)
        {
            claim.Dispose(); // it will be refused, and must not keep its owners waiting
            return null;
        }

        asked.Course.Held = claim;
        asked.Course.Answer = isWhole
            ? exchange => _work.DeleteAsync(exchange, pin, claim)
            : exchange => _work.LeaveAsync(exchange, pin, claim);
        return null;
    }

    /// <summary>One pin for another: the new one comes about by the rules of pinning, the old one goes by those of unpinning.</summary>
    private async ValueTask<Refusal?> ReplaceAsync(Asked asked)
    {
        bool isWhole = asked.IsAllowed(Owned.Unknown);
        if (!isWhole && !asked.IsAllowed(Owned.Own))
        {
            return null;
        }

        if (asked.Request.Pins.Count == 0)
        {
            return null; // paths, which only the upstream can resolve: `own` cannot be known of them
        }

        Cid pin = asked.Request.Pins[0];
        Cid old = asked.Request.Replaced ?? pin;
        (Refusal? refusal, PinClaims? claims) = await PinClaims.TakeAsync(_ledger, _cluster, pin, old, asked.Owner);
        if (claims is null)
        {
            return refusal;
        }

        asked.Course.Held = claims;
        if (isWhole)
        {
            asked.Exchange.Ownership = OwnershipFact.Of(claims.Old.IsOwner);
            asked.Course.Answer = exchange => _work.ReplaceWholeAsync(exchange, asked.Request, claims);
            return null;
        }

        if (!claims.Old.IsOwner || !_work.CanReplace)
        {
            asked.Exchange.Ownership = Owned.Foreign;
            return null;
        }

        asked.Exchange.Ownership = Owned.Own;
        asked.Course.Answer = exchange => _work.ReplaceOwnAsync(exchange, asked.Request, claims);
        bool isShared = claims.New.Others.Count > 0;
        return isShared ? (asked.Request.Options.HasOrigins ? Others : null)
            : claims.New.IsOwner ? null : await CheckFreeAsync(asked.Exchange, pin);
    }

    private static async ValueTask<Refusal?> CheckFreeAsync(HttpExchange exchange, Cid pin) =>
        (await PinQuestions.AskAsync(exchange.Gate, pin)).IsPinned switch
        {
            false => null,
            true => Outside,
            null => Unasked,
        };

    // What is kept for each owner leaves the pin as it is: its name, and at the pinning service its metadata.
    private bool HasOptions(in Asked asked)
    {
        IpfsOptions options = asked.Request.Options;
        int kept = string.IsNullOrEmpty(options.Name) || _api == PinApi.Pinning ? 1 : 2;
        return asked.Exchange.Operations.Count > kept || options.IsDirect || (options.MetadataKeys.Count > 0 && _api != PinApi.Pinning);
    }

    /// <summary>A request with what is known of who asks.</summary>
    private readonly record struct Asked(
        HttpExchange Exchange, IpfsRequest Request, IpfsCourse Course, AuthorizationContext Context, SecuritySnapshot Snapshot, PinOwner Owner)
    {
        public bool IsAllowed(Owned ownership) =>
            Authorizer.Decide(Snapshot.Policy, Context with { Ownership = ownership }, Exchange.Operations).IsAllowed;
    }
}
