using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;

namespace Gatehouse.Engine.Store.Etcd;

/// <summary>
/// Writes exactly once. An answer that does not come leaves open whether a transaction was applied, and a member that hangs may
/// still apply it minutes later, over what was written since. So every transaction also compares and changes a mark of its own, which
/// is used by one transaction at a time: where no answer comes, the mark is changed by another transaction. If that succeeds, the
/// first was not applied and never will be (its comparison fails from now on); if not, the mark says that it was.
/// </summary>
internal sealed class EtcdWriter(EtcdClient client, EtcdKeys keys) : IDisposable
{
    /// <summary>Operations and guards that a caller may use; etcd takes 128, and the mark needs one of each.</summary>
    public const int MostOperations = 120;

    private const int AtOnce = 16;
    private const int MostTries = 4;
    private static readonly TimeSpan SettleTime = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan WholeTime = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _places = new(AtOnce, AtOnce);
    private readonly ConcurrentBag<Mark> _free = [];
    private readonly ConcurrentQueue<Mark> _open = new();
    private readonly SemaphoreSlim _settling = new(1, 1);

    /// <summary>
    /// Runs a transaction: applied once or not at all. A guard that does not hold is a value; <see cref="TxnRequest.Failure"/> is
    /// what is read then.
    /// </summary>
    /// <exception cref="EtcdFault">A lease that it names is gone; nothing was applied.</exception>
    /// <exception cref="ProblemException">GH2070 where it is not known whether it was applied; anything else: it was not.</exception>
    public async Task<EtcdWritten> WriteAsync(TxnRequest work, CancellationToken cancellation)
    {
        await _places.WaitAsync(cancellation);
        Mark? mark = null;
        long begun = TimeProvider.System.GetTimestamp();
        try
        {
            await SettleOpenAsync(cancellation);
            mark = _free.TryTake(out Mark? free) ? free : NewMark();
            for (int attempt = 1; ; attempt++)
            {
                string next = Random();
                Attempt came = await TryAsync(work, mark, next);
                if (came.Written is { } written)
                {
                    return written;
                }

                if (came.MarkLost)
                {
                    mark = NewMark();
                }

                if (attempt >= MostTries || TimeProvider.System.GetElapsedTime(begun) > WholeTime)
                {
                    throw new ProblemException(came.Problem ?? EtcdProblems.Refused.Because("marks of writes vanish"));
                }
            }
        }
        finally
        {
            if (mark is { IsOpen: false })
            {
                _free.Add(mark);
            }

            _places.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _places.Dispose();
        _settling.Dispose();
    }

    private async Task<Attempt> TryAsync(TxnRequest work, Mark mark, string next)
    {
        byte[] value = Encoding.ASCII.GetBytes(next);
        var request = new TxnRequest
        {
            Compare = [.. work.Compare, mark.IsAsKnown()],
            Success = [.. work.Success, EtcdOperation.Write(mark.Key, value)],
            Failure = [.. work.Failure, EtcdOperation.Read(mark.Key)],
        };
        try
        {
            // Work begun is finished: a caller that gives up would leave open what came of it.
            TxnAnswer answer = await client.TransactAsync(request);
            if (answer.Succeeded)
            {
                mark.Value = value;
                return new Attempt(new EtcdWritten(true, answer.Header!.Revision, answer), false, null); // Answers without header are faults.
            }

            EtcdKeyValue? found = answer.Found(work.Failure.Count);
            return mark.Is(found?.Value) ? new Attempt(new EtcdWritten(false, answer.Header!.Revision, answer), false, null) : new Attempt(null, true, null);
        }
        catch (EtcdFault fault) when (fault.Effect is EtcdEffect.Unknown or EtcdEffect.TooLarge)
        {
            return await SettleAsync(mark, next, fault);
        }
        catch (EtcdFault fault) when (fault.Effect != EtcdEffect.LeaseGone)
        {
            throw new ProblemException(fault.Problem, fault);
        }
    }

    private async Task<Attempt> SettleAsync(Mark mark, string written, EtcdFault fault)
    {
        try
        {
            EtcdKeyValue? found = await FenceAsync(mark, CancellationToken.None);
            if (found is null)
            {
                // The mark was changed by us now: what was sent did not come before, and does nothing when it comes.
                return new Attempt(null, false, fault.Problem);
            }

            if (found.Value.AsSpan().SequenceEqual(Encoding.ASCII.GetBytes(written)))
            {
                mark.Value = found.Value;
                return new Attempt(new EtcdWritten(true, found.ModRevision, new TxnAnswer { Succeeded = true }), false, null);
            }
        }
        catch (Exception broken) when (broken is ProblemException or EtcdFault)
        {
            // Said below.
        }

        mark.IsOpen = true;
        _open.Enqueue(mark);
        client.Health.Away(fault.Problem);
        throw EtcdProblems.OutcomeUnknown.Exception(
            $"the store went away while it was written to ({fault.Problem.Text})", "look whether the change is there once the store is back, then repeat it where it is not", fault);
    }

    /// <summary>Changes the mark; null where that was done, else what it is. May be asked again and again.</summary>
    private async Task<EtcdKeyValue?> FenceAsync(Mark mark, CancellationToken cancellation)
    {
        byte[] fence = mark.Fence ??= Encoding.ASCII.GetBytes(Random());
        TxnAnswer answer = await client.RepeatAsync(
            new TxnRequest { Compare = [mark.IsAsKnown()], Success = [EtcdOperation.Write(mark.Key, fence)], Failure = [EtcdOperation.Read(mark.Key)] },
            SettleTime,
            cancellation);
        EtcdKeyValue? found = answer.Succeeded ? null : answer.Found(0) ?? new EtcdKeyValue();
        if (found is null || found.Value.AsSpan().SequenceEqual(fence))
        {
            mark.Value = fence;
            mark.Fence = null;
            return null;
        }

        mark.Fence = null;
        return found;
    }

    /// <summary>
    /// Before anything new is written, what was left open must be done with: applied late, it would undo what is written now.
    /// Whatever comes out, from here on it cannot change any more.
    /// </summary>
    private async Task SettleOpenAsync(CancellationToken cancellation)
    {
        if (_open.IsEmpty)
        {
            return;
        }

        await _settling.WaitAsync(cancellation);
        try
        {
            while (_open.TryPeek(out Mark? open))
            {
                _ = await FenceAsync(open, cancellation);
                _open.TryDequeue(out _);
            }
        }
        finally
        {
            _settling.Release();
        }
    }

    private static string Random() => RandomNumberGenerator.GetHexString(32, lowercase: true);

    private Mark NewMark() => new(keys.Writer(Random()));

    private readonly record struct Attempt(EtcdWritten? Written, bool MarkLost, Problem? Problem);

    private sealed class Mark(byte[] key)
    {
        public byte[] Key => key;

        public byte[]? Value { get; set; }

        public byte[]? Fence { get; set; }

        public bool IsOpen { get; set; }

        public EtcdCompare IsAsKnown() => Value is { } value ? EtcdCompare.Content(key, value) : EtcdCompare.Revision(key, 0);

        public bool Is(byte[]? found) => Value is null ? found is null : found is not null && found.AsSpan().SequenceEqual(Value);
    }
}

/// <summary>What came of a write.</summary>
/// <param name="Succeeded">Whether the guards held and everything was written.</param>
/// <param name="Revision">etcd's revision of it.</param>
/// <param name="Answer">What was read where the guards did not hold.</param>
internal sealed record EtcdWritten(bool Succeeded, long Revision, TxnAnswer Answer);
