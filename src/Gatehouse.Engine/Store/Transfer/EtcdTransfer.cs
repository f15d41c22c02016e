using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Gatehouse.Engine.Store.Etcd;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;
using Gatehouse.Trust.Sealing;

namespace Gatehouse.Engine.Store.Transfer;

/// <summary>
/// What etcd holds of a cluster, and filling an empty prefix. A mark stands there until the last step, which puts it away and
/// <c>policy/current</c> in its place: so an interrupted copy is known for what it is, and begun anew.
/// </summary>
internal sealed class EtcdTransfer(EtcdStateStore store, Sealer sealer) : IStoreTarget
{
    private const int MostBytes = 1024 * 1024;
    private const int MostOperations = 100;
    private readonly EtcdClient _client = store.Client;
    private readonly EtcdKeys _keys = store.Keys;

    public async ValueTask<StoreOutline?> OutlineAsync(CancellationToken cancellation)
    {
        long current = (await CurrentAsync(cancellation)).Number;
        return await StoreOutline.ReadAsync(
            sealer,
            current,
            async number => (await _client.RangeAsync(new RangeRequest(_keys.Generation(number)), cancellation)).Found is [var one, ..] ? one.Value : null);
    }

    public async ValueTask<byte[]?[]> ChunksAsync(IReadOnlyList<string> names, CancellationToken cancellation) =>
        [.. (await EtcdReader.GetAsync(_client, [.. names.Select(_keys.Chunk)], cancellation)).Select(static one => one?.Value)];

    public async ValueTask<ImmutableArray<KeyringEntry>> KeyringAsync(CancellationToken cancellation)
    {
        ImmutableArray<KeyringEntry>.Builder ring = ImmutableArray.CreateBuilder<KeyringEntry>();
        await foreach (EtcdKeyValue one in EtcdReader.ScanAsync(_client, _keys.Keyring, EtcdKeys.End(_keys.Keyring), keysOnly: false, cancellation))
        {
            ring.Add(new KeyringEntry(EtcdKeys.After(_keys.Keyring, one.Key) ?? "", one.Value));
        }

        return ring.ToImmutable();
    }

    public async IAsyncEnumerable<KeyValuePair<string, byte[]>> RuntimeAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (EtcdKeyValue one in EtcdReader.ScanAsync(_client, _keys.RuntimeRoot, EtcdKeys.End(_keys.RuntimeRoot), keysOnly: false, cancellation))
        {
            if (EtcdKeys.After(_keys.RuntimeRoot, one.Key) is { } key)
            {
                yield return new(key, one.Value);
            }
        }
    }

    public async ValueTask BeginAsync(bool replace, CancellationToken cancellation)
    {
        EtcdCurrent current = await CurrentAsync(cancellation);
        bool interrupted = (await _client.RangeAsync(new RangeRequest(_keys.Moving), cancellation)).Found.Count > 0;
        if (current.Number > 0 && !replace)
        {
            throw TransferProblems.NotEmpty.Exception($"etcd ({store}) holds generation {current.Number} of this cluster below its prefix");
        }

        List<byte[]> left = [];
        await foreach (EtcdKeyValue one in EtcdReader.ScanAsync(_client, _keys.Root, EtcdKeys.End(_keys.Root), keysOnly: true, cancellation))
        {
            // Marks of writers are ours, too: whoever writes here makes one.
            if (EtcdKeys.After(_keys.Writers, one.Key) is null)
            {
                left.Add(one.Key);
            }
        }

        if (left.Count > 0 && !interrupted && !replace)
        {
            throw TransferProblems.NotEmpty.Exception($"etcd ({store}) holds {left.Count} keys of this cluster below its prefix, but no generation");
        }

        await PutAsync([EtcdOperation.Write(_keys.Moving, "1"u8.ToArray())], cancellation);
        foreach (byte[][] batch in left.Where(key => !key.AsSpan().SequenceEqual(_keys.Moving)).Chunk(MostOperations))
        {
            await PutAsync([.. batch.Select(EtcdOperation.Remove)], cancellation);
        }
    }

    public ValueTask PutChunksAsync(IReadOnlyList<KeyValuePair<string, byte[]>> chunks, CancellationToken cancellation) =>
        PutAllAsync(chunks.Select(one => EtcdOperation.Write(_keys.Chunk(one.Key), one.Value)), cancellation);

    public async ValueTask PutRuntimeAsync(IReadOnlyList<KeyValuePair<string, byte[]>> values, CancellationToken cancellation)
    {
        List<EtcdOperation> puts = [];
        foreach ((string key, byte[] value) in values)
        {
            long lease = RuntimeValue.ExpiryOf(sealer, key, value) is { } expires ? await store.Leases.ForAsync(expires, cancellation) : 0;
            puts.Add(EtcdOperation.Write(_keys.Runtime(key), value, lease));
        }

        await PutAllAsync(puts, cancellation);
    }

    public async ValueTask FinishAsync(StoreOutline outline, ImmutableArray<KeyringEntry> keyring, CancellationToken cancellation)
    {
        List<EtcdOperation> puts = [.. keyring.Select(one => EtcdOperation.Write(_keys.KeyringEntry(one.KeyId), one.Content ?? []))];
        HashSet<string> before = [];
        foreach (StoredGeneration one in outline.Generations)
        {
            HashSet<string> names = [.. one.Manifest.Names()];
            puts.Add(EtcdOperation.Write(_keys.Generation(one.Number), one.Stored));
            puts.Add(EtcdOperation.Write(_keys.Change(one.Number), EtcdGenerations.WriteChange(one.Manifest.Time, names.Where(name => !before.Contains(name)))));
            before = names;
        }

        await PutAllAsync(puts, cancellation);
        EtcdWritten written = await store.Writer.WriteAsync(
            new TxnRequest
            {
                Compare = [EtcdCompare.Revision(_keys.Current, 0)],
                Success =
                [
                    EtcdOperation.Write(_keys.Current, Encoding.ASCII.GetBytes(outline.Newest.Number.ToString(CultureInfo.InvariantCulture))),
                    EtcdOperation.Remove(_keys.Moving),
                ],
            },
            cancellation);
        if (!written.Succeeded)
        {
            throw TransferProblems.NotEmpty.Exception($"another node put a state into etcd ({store}) meanwhile");
        }
    }

    private async ValueTask<EtcdCurrent> CurrentAsync(CancellationToken cancellation) =>
        EtcdGenerations.Current((await _client.RangeAsync(new RangeRequest(_keys.Current), cancellation)).Found is [var one, ..] ? one : null);

    private async ValueTask PutAllAsync(IEnumerable<EtcdOperation> operations, CancellationToken cancellation)
    {
        List<EtcdOperation> batch = [];
        int bytes = 0;
        foreach (EtcdOperation one in operations)
        {
            int length = one.Put?.Value.Length ?? 0;
            if (batch.Count == MostOperations || (batch.Count > 0 && bytes + length > MostBytes))
            {
                await PutAsync(batch, cancellation);
                batch = [];
                bytes = 0;
            }

            batch.Add(one);
            bytes += length;
        }

        await PutAsync(batch, cancellation);
    }

    // Each exactly once: a removal or a value that came late would undo what nodes write after the copy.
    private async ValueTask PutAsync(List<EtcdOperation> batch, CancellationToken cancellation)
    {
        if (batch.Count == 0)
        {
            return;
        }

        try
        {
            _ = await store.Writer.WriteAsync(new TxnRequest { Success = batch }, cancellation);
        }
        catch (EtcdFault fault)
        {
            throw new ProblemException(fault.Problem, fault);
        }
    }
}
