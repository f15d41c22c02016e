using Gatehouse.Testing.Ignite.Node.State;
using Gatehouse.Testing.Ignite.Wire;

namespace Gatehouse.Testing.Ignite.Node.Operations;

/// <summary>Jobs, tasks and receivers. Any class is known: one with "Sleep" in its name runs until it is cancelled, one with "Fail" fails.</summary>
internal static class ComputeOperations
{
    private const int Running = 1;
    private const int Completed = 2;
    private const int Cancelled = 5;

    public static IEnumerable<KeyValuePair<Op, Action<NodeCall, PackWriter>>> All =>
    [
        new(Op.ComputeExecute, Execute),
        new(Op.ComputeExecuteColocated, Colocated),
        new(Op.ComputeExecutePartitioned, Partitioned),
        new(Op.ComputeExecuteMapReduce, MapReduce),
        new(Op.StreamerWithReceiver, Receiver),
        new(Op.ComputeGetState, GetState),
        new(Op.ComputeCancel, Cancel),
        new(Op.ComputeChangePriority, ChangePriority),
    ];

    private static void Execute(NodeCall call, PackWriter w)
    {
        string[] nodes = [.. Enumerable.Range(0, call.Operands.Int()).Select(_ => call.Operands.Text())];
        StandInNode node = call.Node;
        if (!nodes.Any(n => n == node.Options.NodeName || node.Options.OtherNodes.Contains(n)))
        {
            throw new NodeErrorException(NodeErrorException.Compute, 2, "none of the nodes is in the cluster");
        }

        w.Uuid(Start(call).Id).WriteNode(node);
    }

    private static void Colocated(NodeCall call, PackWriter w)
    {
        call.Table();
        call.Operands.Int();
        call.Operands.Bits();
        call.Operands.Bin();
        w.Int(1).Uuid(Start(call).Id).WriteNode(call.Node);
    }

    private static void Partitioned(NodeCall call, PackWriter w)
    {
        call.Table();
        call.Operands.Int();
        w.Int(1).Uuid(Start(call).Id).WriteNode(call.Node);
    }

    private static void MapReduce(NodeCall call, PackWriter w)
    {
        Units(call);
        string name = call.Operands.Text();
        byte[]? argument = Argument(call);
        StandInJob task = call.Node.Jobs.Start(name, call.User);
        w.Uuid(task.Id).Int(1).Uuid(call.Node.Jobs.Start(name, call.User).Id);
        call.After = () => EndAsync(call, task, argument);
    }

    private static void Receiver(NodeCall call, PackWriter w)
    {
        call.Table();
        call.Operands.Int();
        Units(call);
        bool returnsResults = call.Operands.Bool();
        int count = call.Operands.Int();
        byte[] payload = call.Operands.Bin();
        if (call.Features.Has(5))
        {
            call.Operands.Int();
            call.Operands.Int();
            call.Operands.Int();
        }

        call.Node.Jobs.Start(Tuples.TextAt(payload, 0, count) ?? "", call.User).IsCompleted = true;
        _ = returnsResults ? w.Int(1).Bin(payload) : w.Nil();
    }

    private static StandInJob Start(NodeCall call)
    {
        Units(call);
        string name = call.Operands.Text();
        int priority = call.Operands.Int();
        call.Operands.Int();
        _ = call.Features.Has(3) ? call.Operands.Int() : 0;
        byte[]? argument = Argument(call);
        _ = call.Features.Has(11) ? call.Operands.UuidOrNil() : null;
        StandInJob job = call.Node.Jobs.Start(name, call.User);
        job.Priority = priority;
        call.After = () => EndAsync(call, job, argument);
        return job;
    }

    private static async Task EndAsync(NodeCall call, StandInJob job, byte[]? argument)
    {
        if (job.ClassName.Contains("Sleep", StringComparison.Ordinal))
        {
            await job.Cancelled;
        }

        if (job.IsCancelled || job.ClassName.Contains("Fail", StringComparison.Ordinal))
        {
            var error = new NodeErrorException(NodeErrorException.Compute, job.IsCancelled ? 3 : 4, job.IsCancelled ? "the job was cancelled" : "the job failed");
            await call.Connection.NotifyAsync(call.Record.RequestId, error.WriteTo, isError: true);
            return;
        }

        job.IsCompleted = true;
        await call.Connection.NotifyAsync(call.Record.RequestId, w =>
        {
            _ = argument is null ? w.Nil() : w.Int(0).Bin(argument);
            WriteState(w, job);
        });
    }

    private static void Units(NodeCall call)
    {
        if (call.Operands.TakeNil())
        {
            return;
        }

        for (int left = call.Operands.Int(); left > 0; left--)
        {
            call.Operands.Text();
            call.Operands.Text();
        }
    }

    private static byte[]? Argument(NodeCall call)
    {
        _ = call.Features.Has(14) ? call.Operands.Long() : 0;
        if (call.Operands.TakeNil())
        {
            return null;
        }

        call.Operands.Int();
        return call.Operands.Bin();
    }

    // Nobody asks whose job it is: upstream doesn't either.
    private static void GetState(NodeCall call, PackWriter w)
    {
        if (call.Node.Jobs.Find(call.Operands.Uuid()) is { } job)
        {
            WriteState(w, job);
            return;
        }

        w.Nil();
    }

    private static void Cancel(NodeCall call, PackWriter w) =>
        _ = call.Node.Jobs.Find(call.Operands.Uuid()) is { } job ? w.Bool(job.Cancel()) : w.Nil();

    private static void ChangePriority(NodeCall call, PackWriter w)
    {
        StandInJob? job = call.Node.Jobs.Find(call.Operands.Uuid());
        int priority = call.Operands.Int();
        if (job is null)
        {
            w.Nil();
            return;
        }

        job.Priority = priority;
        w.Bool(!job.IsCompleted);
    }

    private static void WriteState(PackWriter w, StandInJob job) =>
        w.Uuid(job.Id).Int(job.IsCompleted ? Completed : job.IsCancelled ? Cancelled : Running).Text(job.ClassName);
}
