using System.Collections.Immutable;
using Gatehouse.Problems;
using Gatehouse.Trust.Sealing;

namespace Gatehouse.Engine.Store.Etcd;

/// <summary>Runtime state in etcd: sealed values, several keys in one transaction.</summary>
internal sealed class EtcdRuntime(EtcdClient client, EtcdWriter writer, EtcdLeases leases, EtcdKeys keys, Sealer sealer, TimeProvider time)
{
    public async Task<byte[]?> GetAsync(string key, CancellationToken cancellation) =>
        (await client.RangeAsync(new RangeRequest(keys.Runtime(key)), cancellation)).Found is [var stored, ..]
            ? RuntimeValue.Open(sealer, key, stored.Value, time.GetUtcNow())
            : null;

    public async Task WriteAsync(IReadOnlyList<RuntimeWrite> writes, CancellationToken cancellation)
    {
        if (writes.Count == 0)
        {
            return;
        }

        byte[]?[] values = [.. writes.Select(write => write.Value is { } value ? RuntimeValue.Seal(sealer, write.Key, value, write.Expires) : null)];
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                await writer.WriteAsync(new TxnRequest { Success = await OperationsAsync(writes, values, cancellation) }, cancellation);
                return;
            }
            catch (EtcdFault fault) when (fault.Effect == EtcdEffect.LeaseGone && attempt < 2)
            {
                await leases.ForgetAsync(cancellation);
            }
            catch (EtcdFault fault)
            {
                throw new ProblemException(fault.Problem, fault);
            }
        }
    }

    public async Task<RuntimePage> ListAsync(string prefix, string? after, int limit, CancellationToken cancellation)
    {
        byte[] start = keys.Runtime(prefix);
        byte[] end = EtcdKeys.End(start);
        byte[] first = after is null ? start : EtcdKeys.Next(keys.Runtime(after));
        if (first.AsSpan().SequenceCompareTo(start) < 0)
        {
            first = start;
        }

        if (first.AsSpan().SequenceCompareTo(end) >= 0)
        {
            return new RuntimePage([], null);
        }

        RangeAnswer page = await EtcdReader.PageAsync(client, first, end, limit, keysOnly: false, cancellation);
        ImmutableArray<RuntimeEntry>.Builder entries = ImmutableArray.CreateBuilder<RuntimeEntry>(page.Found.Count);
        string? last = null;
        foreach (EtcdKeyValue stored in page.Found)
        {
            if (EtcdKeys.After(keys.RuntimeRoot, stored.Key) is { } key)
            {
                last = key;
                if (TryOpen(key, stored.Value, out byte[]? value))
                {
                    entries.Add(new RuntimeEntry(key, value));
                }
            }
        }

        return new RuntimePage(entries.ToImmutable(), page.More && page.Found.Count > 0 ? last : null);
    }

    private async Task<EtcdOperation[]> OperationsAsync(IReadOnlyList<RuntimeWrite> writes, byte[]?[] values, CancellationToken cancellation)
    {
        var operations = new EtcdOperation[writes.Count];
        for (int i = 0; i < operations.Length; i++)
        {
            byte[] key = keys.Runtime(writes[i].Key);
            operations[i] = values[i] is { } value
                ? EtcdOperation.Write(key, value, writes[i].Expires is { } expires ? await leases.ForAsync(expires, cancellation) : 0)
                : EtcdOperation.Remove(key);
        }

        return operations;
    }

    /// <summary>False: expired. True without a value: damaged, which whoever asks must know.</summary>
    private bool TryOpen(string key, byte[] stored, out byte[]? value)
    {
        try
        {
            value = RuntimeValue.Open(sealer, key, stored, time.GetUtcNow());
            return value is not null;
        }
        catch (ProblemException)
        {
            value = null;
            return true;
        }
    }
}
