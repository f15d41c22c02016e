using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using Gatehouse.Problems.Cluster;
using Gatehouse.Trust.Sealing;
using Microsoft.Data.Sqlite;

namespace Gatehouse.Engine.Store.Transfer;

/// <summary>What a database of the embedded store holds, and filling an empty one.</summary>
internal sealed class SqliteTransfer(SqliteDatabase database, Sealer sealer) : IStoreTarget
{
    private const int Page = 256;

    public async ValueTask<StoreOutline?> OutlineAsync(CancellationToken cancellation)
    {
        long current = await database.RunAsync(
            static connection => Convert.ToInt64(connection.Scalar("SELECT generation FROM current WHERE id = 1"), CultureInfo.InvariantCulture), cancellation);
        return await StoreOutline.ReadAsync(
            sealer,
            current,
            number => database.RunAsync(connection => connection.Scalar("SELECT manifest FROM generation WHERE number = $0", number) as byte[], cancellation));
    }

    public ValueTask<byte[]?[]> ChunksAsync(IReadOnlyList<string> names, CancellationToken cancellation) =>
        database.RunAsync<byte[]?[]>(
            connection => [.. names.Select(name => connection.Scalar("SELECT data FROM chunk WHERE name = $0", name) as byte[])], cancellation);

    public ValueTask<ImmutableArray<KeyringEntry>> KeyringAsync(CancellationToken cancellation) =>
        database.RunAsync(
            static connection =>
            {
                ImmutableArray<KeyringEntry>.Builder ring = ImmutableArray.CreateBuilder<KeyringEntry>();
                using SqliteCommand command = connection.Prepare("SELECT id, content FROM keyring ORDER BY id");
                using SqliteDataReader reader = command.ExecuteReader();
                while (reader.Read())
                {
                    ring.Add(new KeyringEntry(reader.GetString(0), reader.GetFieldValue<byte[]>(1)));
                }

                return ring.ToImmutable();
            },
            cancellation);

    public async IAsyncEnumerable<KeyValuePair<string, byte[]>> RuntimeAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        string after = "";
        while (true)
        {
            string from = after;
            List<KeyValuePair<string, byte[]>> page = await database.RunAsync(connection => ReadPage(connection, from), cancellation);
            foreach (KeyValuePair<string, byte[]> one in page)
            {
                yield return one;
            }

            if (page.Count < Page)
            {
                yield break;
            }

            after = page[^1].Key;
        }
    }

    public async ValueTask BeginAsync(bool replace, CancellationToken cancellation)
    {
        if (await OutlineAsync(cancellation) is { } there)
        {
            throw TransferProblems.NotEmpty.Exception($"the store holds generation {there.Newest.Number}");
        }
    }

    public async ValueTask PutChunksAsync(IReadOnlyList<KeyValuePair<string, byte[]>> chunks, CancellationToken cancellation) =>
        await database.RunAsync(
            connection =>
            {
                using SqliteTransaction transaction = connection.BeginTransaction(deferred: false);
                foreach ((string name, byte[] data) in chunks)
                {
                    connection.Execute("INSERT OR REPLACE INTO chunk (name, data, dropped) VALUES ($0, $1, NULL)", name, data);
                }

                transaction.Commit();
                return true;
            },
            cancellation);

    public async ValueTask PutRuntimeAsync(IReadOnlyList<KeyValuePair<string, byte[]>> values, CancellationToken cancellation) =>
        await database.RunAsync(
            connection =>
            {
                using SqliteTransaction transaction = connection.BeginTransaction(deferred: false);
                foreach ((string key, byte[] value) in values)
                {
                    connection.Execute(SqliteRuntime.Put, key, value, RuntimeValue.ExpiryOf(sealer, key, value)?.ToUnixTimeSeconds());
                }

                transaction.Commit();
                return true;
            },
            cancellation);

    public async ValueTask FinishAsync(StoreOutline outline, ImmutableArray<KeyringEntry> keyring, CancellationToken cancellation) =>
        await database.RunAsync(
            connection =>
            {
                using SqliteTransaction transaction = connection.BeginTransaction(deferred: false);
                WriteGenerations(connection, outline);
                foreach ((string id, byte[]? content) in keyring)
                {
                    connection.Execute("INSERT OR REPLACE INTO keyring (id, content) VALUES ($0, $1)", id, content);
                }

                connection.Execute("UPDATE current SET generation = $0 WHERE id = 1", outline.Newest.Number);
                transaction.Commit();
                return true;
            },
            cancellation);

    /// <summary>A generation was superseded when the next was made, and a chunk dropped when the last one that names it was.</summary>
    private static void WriteGenerations(SqliteConnection connection, StoreOutline outline)
    {
        HashSet<string> named = [.. outline.Newest.Manifest.Names()];
        long? superseded = null;
        foreach (StoredGeneration one in outline.Generations.Reverse())
        {
            connection.Execute("INSERT OR REPLACE INTO generation (number, manifest, superseded) VALUES ($0, $1, $2)", one.Number, one.Stored, superseded);
            foreach (string name in one.Manifest.Names().Where(named.Add))
            {
                connection.Execute("UPDATE chunk SET dropped = $1 WHERE name = $0", name, superseded);
            }

            superseded = one.Manifest.Time.ToUnixTimeSeconds();
        }
    }

    private static List<KeyValuePair<string, byte[]>> ReadPage(SqliteConnection connection, string after)
    {
        List<KeyValuePair<string, byte[]>> page = [];
        using SqliteCommand command = connection.Prepare("SELECT key, value FROM runtime WHERE key > $0 ORDER BY key LIMIT $1", after, Page);
        using SqliteDataReader reader = command.ExecuteReader();
        while (reader.Read())
        {
            page.Add(new(reader.GetString(0), reader.GetFieldValue<byte[]>(1)));
        }

        return page;
    }
}
