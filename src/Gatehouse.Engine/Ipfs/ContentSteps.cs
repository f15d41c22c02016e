using System.Text;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Engine.Gates;
using Gatehouse.Engine.Ipfs.Ownership;
using Gatehouse.Policy;
using Gatehouse.Protocols.Http;
using Gatehouse.Protocols.Ipfs;

namespace Gatehouse.Engine.Ipfs;

/// <summary>
/// Adds: what is pinned by them is known only at their end. Whoever may pin over others' pins adds as upstream does and is noted as
/// an owner then. Everybody else's content is brought without a pin, and the gate pins its root once it knows whose it is: an add of
/// what another has pinned would give that pin the adder's options.
/// </summary>
internal sealed class ContentSteps(string cluster, int maxPins, PinLedger ledger, PinMarks marks)
{
    private const int MaxAnswer = 1024 * 1024;

    // Options of the pin, not of how the content is cut up (ipfs-cluster api/rest, PinOptions).
    private static readonly string[] PinOptions =
        ["name", "mode", "replication", "replication-min", "replication-max", "user-allocations", "expire-at", "expire-in", "origins"];

    /// <summary>How an add goes on that only a grant of one's own covers; null where it cannot be had.</summary>
    /// <param name="exchange">The request.</param>
    /// <param name="owner">Who adds.</param>
    public AddedRoot? BringFirst(HttpExchange exchange, PinOwner owner)
    {
        var course = (IpfsCourse)exchange.Course!; // it is being prepared
        if (exchange.Gate.Model.System != IpfsCatalogues.ClusterSystem || course.Request is not { Options: { IsSharded: false } options })
        {
            return null; // the parts of what is cut up are pins too
        }

        if (options.IsNotPinned)
        {
            return new AddedRoot(static _ => ValueTask.FromResult(true));
        }

        if (WithoutPin(exchange.Target) is not { } target)
        {
            return null;
        }

        course.Target = target;
        return new AddedRoot(root => PinAsync(exchange, owner, options, root));
    }

    /// <summary>Notes whoever added as an owner of what was pinned.</summary>
    public AddedRoot NoteAfter(HttpExchange exchange, PinOwner owner, IpfsOptions options) => new(async root =>
    {
        if (!options.IsNotPinned)
        {
            await OwnAsync(exchange, owner, options, root);
        }

        return true; // it is done, whatever the ledger says
    });

    private async ValueTask OwnAsync(HttpExchange exchange, PinOwner owner, IpfsOptions options, Cid root)
    {
        PinTake take = await ledger.TakeAsync(cluster, root.Exact, owner, CancellationToken.None);
        if (!take.TryGet(out PinClaim? claim))
        {
            return;
        }

        using (claim)
        {
            if (await claim.AddAsync(options.Name ?? "", Nothing, maxPins, CancellationToken.None) == PinOutcome.Granted
                && (await PinQuestions.AskAsync(exchange.Gate, root)).IsPinned == true)
            {
                await claim.ConfirmAsync(CancellationToken.None);
            }
        }
    }

    private async ValueTask<bool> PinAsync(HttpExchange exchange, PinOwner owner, IpfsOptions options, Cid root)
    {
        PinTake take = await ledger.TakeAsync(cluster, root.Exact, owner, CancellationToken.None);
        if (!take.TryGet(out PinClaim? claim))
        {
            exchange.Control.Detail = "the ledger of owners cannot be asked";
            return false;
        }

        using (claim)
        {
            bool? isPinned = (await PinQuestions.AskAsync(exchange.Gate, root)).IsPinned;
            if (isPinned is null)
            {
                exchange.Control.Detail = "the cluster does not say whether the content is pinned";
                return false;
            }

            if (isPinned == true && !claim.IsOwner && claim.Others.Count == 0)
            {
                return true; // pinned, by somebody whom the ledger does not know: it stays that one's
            }

            if (await claim.AddAsync(options.Name ?? "", Nothing, maxPins, CancellationToken.None) is var added && added != PinOutcome.Granted)
            {
                exchange.Control.Detail = $"the ledger of owners does not take it: {added}";
                return false;
            }

            if (isPinned == true || await PinRootAsync(exchange, claim, root))
            {
                return await claim.ConfirmAsync(CancellationToken.None);
            }

            exchange.Control.Detail = "the cluster took the content and did not pin it";
            await claim.WithdrawAsync(CancellationToken.None);
            return false;
        }
    }

    private async ValueTask<bool> PinRootAsync(HttpExchange exchange, PinClaim claim, Cid root)
    {
        var target = new StringBuilder($"/pins/{root.Exact}?meta-{PinMarks.MetaKey}={marks.Make(claim.Mine!)}"); // it was added
        for (int i = 0; i < exchange.Target.ParameterCount; i++)
        {
            string name = Encoding.UTF8.GetString(exchange.Target.ParameterName(i));
            if (PinOptions.Contains(name) || name.StartsWith("meta-", StringComparison.Ordinal))
            {
                target.Append('&').Append(CanonicalTarget.Encode(exchange.Target.ParameterName(i)))
                    .Append('=').Append(CanonicalTarget.Encode(exchange.Target.ParameterValue(i)));
            }
        }

        var pin = new QuestionExchange("POST", Encoding.ASCII.GetBytes(target.ToString()), MaxAnswer);
        ForwardOutcome outcome = await exchange.Gate.Forwarder!.ForwardAsync(exchange.Permit, pin);
        return (outcome.Result == ForwardResult.Ok && pin.Status is >= 200 and < 300)
            || (await PinQuestions.AskAsync(exchange.Gate, root)).IsPinned == true;
    }

    /// <summary>The same add without a pin; null where the target gets too long.</summary>
    private static CanonicalTarget? WithoutPin(CanonicalTarget from)
    {
        var text = new StringBuilder("/add?no-pin=true");
        for (int i = 0; i < from.ParameterCount; i++)
        {
            if (!from.ParameterName(i).SequenceEqual("no-pin"u8))
            {
                text.Append('&').Append(CanonicalTarget.Encode(from.ParameterName(i))).Append('=').Append(CanonicalTarget.Encode(from.ParameterValue(i)));
            }
        }

        var target = new CanonicalTarget();
        return target.Parse(text.ToString()) == TargetError.None ? target : null;
    }

    private static readonly Dictionary<string, string> Nothing = [];
}
