using System.Buffers;
using Gatehouse.Audit;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Policy;
using Gatehouse.Problems;
using Gatehouse.Protocols.Ignite;
using Gatehouse.Protocols.Ignite.Calls;

namespace Gatehouse.Engine.Ignite;

/// <summary>From the client to the node: every request is read whole, decided, and goes on or is answered here.</summary>
internal sealed class Upload(IgniteSession session, CallRights rights, CallOperations reader)
{
    // Denials are longer than the requests that they answer: they are told before many of them stand in memory.
    private const int MostAnswers = 16 * 1024;

    private readonly ArrayBufferWriter<byte> _answers = new(256);
    private SecuritySnapshot? _enteredOn;
    private DateTimeOffset _enteredUntil;
    private Permit _entry;

    /// <summary>Bytes that went on.</summary>
    public long Bytes { get; private set; }

    /// <summary>Runs until the client ends, in order or not.</summary>
    public async Task<IgniteEnd> RunAsync(CancellationToken cancellation)
    {
        ClientFrames client = session.Client;
        while (true)
        {
            int passed = 0;
            int at = 0;
            int frame = 0;
            IgniteEnd? end = null;
            while (end is null && _answers.WrittenCount < MostAnswers)
            {
                IgniteFraming framing = IgniteFrame.TryRead(
                    client.Received.Span[at..], withMagic: false, session.MaxFrame, out IgniteFrame next, out _);
                if (framing != IgniteFraming.Complete)
                {
                    end = framing == IgniteFraming.Refused ? IgniteEnd.Tampered : null;
                    frame = framing == IgniteFraming.NeedMore && next.HeaderLength > 0 ? (int)next.TotalLength : 0;
                    break;
                }

                Memory<byte> payload = client.Received.Slice(at + next.HeaderLength, next.Length);
                (bool goesOn, end) = await TakeAsync(payload);
                if (!goesOn && passed < at && !await PassAsync(client.Received[passed..at]))
                {
                    return IgniteEnd.Node;
                }

                at += (int)next.TotalLength; // it is all in the buffer
                passed = goesOn ? passed : at;
            }

            if (passed < at && !await PassAsync(client.Received[passed..at]))
            {
                return IgniteEnd.Node;
            }

            bool hasMore = _answers.WrittenCount >= MostAnswers;
            client.Consume(at);
            if (!await TellAsync())
            {
                return IgniteEnd.Client;
            }

            if (end is { } reason)
            {
                return reason;
            }

            if (!hasMore && await client.MoreAsync(frame, cancellation) == 0)
            {
                return IgniteEnd.Client;
            }
        }
    }

    private async ValueTask<bool> TellAsync()
    {
        if (_answers.WrittenCount == 0)
        {
            return true;
        }

        bool isTold = await session.Client.WriteWholeAsync(_answers.WrittenMemory);
        _answers.ResetWrittenCount();
        return isTold;
    }

    private async ValueTask<bool> PassAsync(ReadOnlyMemory<byte> frames)
    {
        Bytes += frames.Length;
        return await session.Node.SendAsync(frames);
    }

    /// <summary>Steps 5 and 6 of one request: whether it goes on, and whether the connection ends.</summary>
    private async ValueTask<(bool GoesOn, IgniteEnd? End)> TakeAsync(Memory<byte> payload)
    {
        if (!rights.Refresh() || !TryEnter())
        {
            return (false, IgniteEnd.Cut);
        }

        if (!session.Records.IsHealthy)
        {
            return (false, IgniteEnd.NoAuditSlot);
        }

        Call call = session.Pending.Take();
        call.Began = rights.Now;
        bool isKept = false;
        try
        {
            // 5.
            bool isRead = IgniteRequest.TryParse(payload.Span, session.Features, out IgniteRequest request, out IgniteError error);
            (call.Id, call.Opcode) = (request.RequestId, request.Opcode);
            if (!isRead)
            {
                return RefuseUnread(call, request, error, payload.Length);
            }

            if (!await DecideAsync(call, request, payload))
            {
                return (false, null);
            }

            (isKept, bool goesOn, IgniteEnd? end) = await KeepAsync(call, payload.Length);
            return (goesOn, end);
        }
        finally
        {
            if (!isKept)
            {
                session.Pending.GiveBack(call);
            }
        }
    }

    /// <summary>What it wants and whether it may; false where it is answered here.</summary>
    private async ValueTask<bool> DecideAsync(Call call, IgniteRequest request, Memory<byte> payload)
    {
        CallRefusal? refusal = await reader.FillAsync(request, payload, call.Operations);
        if (refusal is null && call.Operations.Count == 0 && (request.Operation!.Privilege & ~IgnitePrivilege.Resource) != IgnitePrivilege.None)
        {
            // Nothing but what goes on with what was opened before may want nothing.
            refusal = new CallRefusal(AuditAction.AccessDenied, GateProblems.AccessDenied, "unknown_operation");
        }

        if (refusal is not null)
        {
            Answer(call, refusal.Problem, session.Records.Refused(call, rights, reader.Statement, payload.Length, refusal));
            return false;
        }

        // 6.
        Permit permit = _entry;
        if (call.Operations.Count > 0)
        {
            Decision decision = rights.Decide(call.Operations);
            if (!decision.IsAllowed)
            {
                Answer(call, GateProblems.AccessDenied, session.Records.Denied(call, rights, reader.Statement, payload.Length, decision));
                return false;
            }

            permit = decision.Permit;
        }

        permit.EnsureValid();
        if (request.Sql is not null || request.Compute is not null || request.Opcode == IgniteOpcodes.TxBegin)
        {
            session.Opened.Add(call.Operations);
        }

        return true;
    }

    /// <summary>Step 8's place and the number of the request; then it may go on.</summary>
    private async ValueTask<(bool IsKept, bool GoesOn, IgniteEnd? End)> KeepAsync(Call call, int length)
    {
        if (call.Operations.Count > 0 && !await session.Records.ReserveAsync(call, rights, reader.Statement, length))
        {
            return (false, false, IgniteEnd.NoAuditSlot);
        }

        if (session.Pending.TryAdd(call) is { } refusal)
        {
            session.Records.Dropped(call);
            Answer(call, refusal.Problem, session.Records.Refused(call, rights, reader.Statement, length, refusal));
            return (false, false, null);
        }

        // It is seen by the next sweep; one that has run meanwhile looked at a newer snapshot than the one decided on.
        while (!rights.IsNewest)
        {
            if (!rights.Refresh() || !TryEnter() || (call.Operations.Count > 0 && !rights.Decide(call.Operations).IsAllowed))
            {
                if (!session.Pending.TryRemove(call.Id, out _))
                {
                    // A node that answers what it was not asked has taken it meanwhile.
                    return (true, false, IgniteEnd.Cut);
                }

                session.Records.Answered(call, 0, null, "cut");
                return (false, false, IgniteEnd.Cut);
            }
        }

        return (true, true, null);
    }

    private (bool GoesOn, IgniteEnd? End) RefuseUnread(Call call, in IgniteRequest request, IgniteError error, int length)
    {
        bool isKnown = error is not (IgniteError.UnknownOperation or IgniteError.ForbiddenOperation or IgniteError.ForbiddenTransaction);
        var refusal = new CallRefusal(
            isKnown ? AuditAction.TamperedRequest : AuditAction.AccessDenied,
            isKnown ? GateProblems.TamperedRequest : error == IgniteError.UnknownOperation ? GateProblems.UnknownOperation : GateProblems.AccessDenied,
            error.Word());
        string? receipt = session.Records.Refused(call, rights, null, length, refusal);
        if (!request.HasRequestId)
        {
            return (false, IgniteEnd.Tampered);
        }

        // The frame's length was right: what comes behind it can be read.
        Answer(call, refusal.Problem, receipt);
        return (false, null);
    }

    // Every snapshot is asked once, and again when the clock may have changed its answer.
    private bool TryEnter()
    {
        if (ReferenceEquals(_enteredOn, rights.Snapshot) && rights.Now < _enteredUntil)
        {
            return true;
        }

        Decision decision = rights.Enter();
        if (!decision.IsAllowed)
        {
            return false;
        }

        _entry = decision.Permit;
        _enteredOn = rights.Snapshot;
        _enteredUntil = rights.NextChange();
        return true;
    }

    private void Answer(Call call, ProblemDefinition problem, string? receipt) =>
        IgniteWriter.Error(_answers, call.Id, IgniteCodes.AccessDenied, Denials.Text(problem, receipt));
}
