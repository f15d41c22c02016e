using Gatehouse.Protocols.Ignite.Wire;

namespace Gatehouse.Protocols.Ignite.Calls;

/// <summary>Code that runs on nodes: 47, 49, 64, 66, 69.</summary>
internal static class ComputeOperands
{
    private const int MaxUnits = 256;
    private const int MaxNodes = 4096;
    private const int MaxExecutor = 1;
    private const int MaxArgumentType = 4;

    public static IgniteError Read(scoped ref MessagePackReader reader, IgniteFeatures features, scoped ref IgniteRequest request)
    {
        var error = IgniteError.Malformed;
        bool isGood = request.Opcode switch
        {
            IgniteOpcodes.ComputeExecute => TryNodes(ref reader, ref error, out List<string> nodes)
                && TryJob(ref reader, features, nodes, ref error, ref request),
            IgniteOpcodes.ComputeExecuteColocated => IgniteRequestParser.TryTable(ref reader, ref request)
                && TupleOperands.TrySchema(ref reader) && TupleOperands.TryRow(ref reader)
                && TryJob(ref reader, features, [], ref error, ref request),
            IgniteOpcodes.ComputeExecutePartitioned => IgniteRequestParser.TryTable(ref reader, ref request) && reader.TryCount(out _)
                && TryJob(ref reader, features, [], ref error, ref request),
            IgniteOpcodes.ComputeExecuteMapreduce => TryTask(ref reader, features, ref error, ref request),
            _ => TryReceiver(ref reader, features, ref error, ref request),
        };
        return isGood ? IgniteError.None : error;
    }

    private static bool TryJob(
        scoped ref MessagePackReader reader,
        IgniteFeatures features,
        List<string> nodes,
        scoped ref IgniteError error,
        scoped ref IgniteRequest request)
    {
        int executor = -1;
        if (!TryUnits(ref reader, ref error, out List<IgniteUnit> units)
            || !reader.TryString(IgniteRequestParser.MaxNameBytes, out string name)
            || !reader.TryInt(out _) || !reader.TryInt(out _)
            || ((features & IgniteFeatures.PlatformJob) != IgniteFeatures.None && !reader.TryInt(0, MaxExecutor, out executor))
            || !TryArgument(ref reader, features, out int? type)
            || ((features & IgniteFeatures.ComputeTaskId) != IgniteFeatures.None && !reader.TryGuidOrNil(out _)))
        {
            return false;
        }

        request.Compute = new IgniteComputeCall
        {
            ClassName = name,
            Units = units,
            Nodes = nodes,
            ArgumentType = type,
            Executor = executor < 0 ? null : executor,
        };
        return true;
    }

    private static bool TryTask(
        scoped ref MessagePackReader reader, IgniteFeatures features, scoped ref IgniteError error, scoped ref IgniteRequest request)
    {
        if (!TryUnits(ref reader, ref error, out List<IgniteUnit> units)
            || !reader.TryString(IgniteRequestParser.MaxNameBytes, out string name) || !TryArgument(ref reader, features, out int? type))
        {
            return false;
        }

        request.Compute = new IgniteComputeCall { ClassName = name, Units = units, ArgumentType = type };
        return true;
    }

    // The class is the first value of the row that has the receiver's argument and the items as well.
    private static bool TryReceiver(
        scoped ref MessagePackReader reader, IgniteFeatures features, scoped ref IgniteError error, scoped ref IgniteRequest request)
    {
        int executor = -1;
        if (!IgniteRequestParser.TryTable(ref reader, ref request) || !reader.TryCount(out _)
            || !TryUnits(ref reader, ref error, out List<IgniteUnit> units) || !reader.TryBool(out _) || !reader.TryCount(out int count)
            || !reader.TryBinary(out ReadOnlySpan<byte> payload)
            || !BinaryTuple.TryFirstText(payload, count, IgniteRequestParser.MaxNameBytes, out string name))
        {
            return false;
        }

        // .NET clients from 3.1 on write the options whether or not the node knows them; one that does not leaves them unread.
        bool hasOptions = (features & IgniteFeatures.ReceiverOptions) != IgniteFeatures.None;
        if ((hasOptions || !reader.IsAtEnd)
            && (!reader.TryInt(out _) || !reader.TryInt(out _) || !reader.TryInt(0, MaxExecutor, out executor)))
        {
            return false;
        }

        request.Compute = new IgniteComputeCall
        {
            ClassName = name,
            Units = units,
            IsReceiver = true,
            Executor = hasOptions ? executor : null,
        };
        return true;
    }

    private static bool TryArgument(scoped ref MessagePackReader reader, IgniteFeatures features, out int? type)
    {
        type = null;
        if ((features & IgniteFeatures.ComputeObservableTimestamp) != IgniteFeatures.None && !reader.TryLong(out _))
        {
            return false;
        }

        if (reader.TryNil())
        {
            return true;
        }

        bool isGood = reader.TryInt(0, MaxArgumentType, out int number) && reader.TryBinary(out _);
        type = number;
        return isGood;
    }

    private static bool TryNodes(scoped ref MessagePackReader reader, scoped ref IgniteError error, out List<string> nodes)
    {
        nodes = [];
        if (!reader.TryCount(out int count) || count == 0)
        {
            return false;
        }

        if (count > MaxNodes)
        {
            error = IgniteError.TooMany;
            return false;
        }

        for (int i = 0; i < count; i++)
        {
            if (!reader.TryString(IgniteRequestParser.MaxNameBytes, out string name))
            {
                return false;
            }

            nodes.Add(name);
        }

        return true;
    }

    private static bool TryUnits(scoped ref MessagePackReader reader, scoped ref IgniteError error, out List<IgniteUnit> units)
    {
        units = [];
        if (reader.TryNil())
        {
            return true;
        }

        if (!reader.TryCount(out int count))
        {
            return false;
        }

        if (count > MaxUnits)
        {
            error = IgniteError.TooMany;
            return false;
        }

        for (int i = 0; i < count; i++)
        {
            if (!reader.TryString(IgniteRequestParser.MaxNameBytes, out string name)
                || !reader.TryString(IgniteRequestParser.MaxNameBytes, out string version))
            {
                return false;
            }

            units.Add(new IgniteUnit(name, version));
        }

        return true;
    }
}
