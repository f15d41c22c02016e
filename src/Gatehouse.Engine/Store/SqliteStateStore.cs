using System.Collections.Immutable;
using System.Globalization;
using Gatehouse.Administration;
using Gatehouse.Trust.Files;
using Gatehouse.Trust.Sealing;
using Microsoft.Data.Sqlite;

namespace Gatehouse.Engine.Store;

/// <summary>
/// The embedded store: SQLite in the data folder, for one node. Chunks, manifest and the move of <c>current</c> are one
/// transaction in a write-ahead log that is synced before a commit returns, so a crash leaves the generation before or
/// the one after, never a part.
/// </summary>
internal sealed class SqliteStateStore : IStateStore
{
    /// <summary>The database's name in the data folder.</summary>
    public const string FileName = "gatehouse.db";

    private static readonly TimeSpan ChunkLife = TimeSpan.FromHours(24);
    private static readonly TimeSpan SweepEvery = TimeSpan.FromHours(1);
    private static readonly TimeSpan SweepAgain = TimeSpan.FromMinutes(1);
    private const int SweepRows = 2000;

    private readonly SqliteDatabase _database;
    private readonly Sealer _sealer;
    private readonly TimeProvider _time;

    /// <summary>Generations kept at most.</summary>
    public int MostGenerations { get; set; } = GenerationLife.Most;

    // Written under the database's turn only.
    private EncodedGeneration? _newest;
    private DateTimeOffset _swept;

    private SqliteStateStore(SqliteDatabase database, Sealer sealer, TimeProvider time)
    {
        _database = database;
        _sealer = sealer;
        _time = time;
    }

    /// <inheritdoc/>
    public event Action<long>? Changed;

    /// <summary>The connection; for tests that damage or limit what lies below.</summary>
    internal SqliteDatabase Database => _database;

    /// <summary>Opens or makes the store; the caller holds the <see cref="DataFolderLock"/>.</summary>
    /// <exception cref="Gatehouse.Problems.ProblemException">GH2xxx, GH3xxx.</exception>
    public static async ValueTask<SqliteStateStore> OpenAsync(string dataDirectory, Sealer sealer, TimeProvider time, CancellationToken cancellation)
    {
        PrivateFolder.Check(dataDirectory);
        SqliteDatabase database = await SqliteDatabase.OpenAsync(Path.Combine(Path.GetFullPath(dataDirectory), FileName), cancellation);
        return new SqliteStateStore(database, sealer, time);
    }

    /// <inheritdoc/>
    public ValueTask<Generation?> ReadCurrentAsync(CancellationToken cancellation) =>
        _database.RunAsync(connection => Newest(connection)?.Generation, cancellation);

    /// <inheritdoc/>
    public ValueTask<Generation?> ReadAsync(long generation, CancellationToken cancellation) =>
        _database.RunAsync(
            connection =>
            {
                long current = CurrentNumber(connection);
                return (generation == current ? Newest(connection) : generation < current ? Load(connection, generation) : null)?.Generation;
            },
            cancellation);

    /// <inheritdoc/>
    public async ValueTask<CommitResult> TryCommitAsync(
        long expectedGeneration, ClusterDocument next, ChangeNote note, ImmutableArray<KeyringEntry> keyring, CancellationToken cancellation)
    {
        KeyringEntry.Check(keyring);
        CommitResult result = await _database.RunAsync(
            connection =>
            {
                CommitResult committed = Commit(connection, expectedGeneration, next, note, keyring);
                SweepNowAndThen(connection);
                return committed;
            },
            cancellation);
        if (result.IsCommitted)
        {
            Changed?.Invoke(result.Generation);
        }

        return result;
    }

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<byte[]>> ReadKeyringAsync(CancellationToken cancellation) =>
        _database.RunAsync(
            static connection =>
            {
                ImmutableArray<byte[]>.Builder records = ImmutableArray.CreateBuilder<byte[]>();
                using SqliteCommand command = connection.Prepare("SELECT content FROM keyring ORDER BY id");
                using SqliteDataReader reader = command.ExecuteReader();
                while (reader.Read())
                {
                    records.Add(reader.GetFieldValue<byte[]>(0));
                }

                return records.ToImmutable();
            },
            cancellation);

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<GenerationSummary>> ListGenerationsAsync(int limit, CancellationToken cancellation) =>
        _database.RunAsync(
            connection =>
            {
                ImmutableArray<GenerationSummary>.Builder list = ImmutableArray.CreateBuilder<GenerationSummary>();
                using SqliteCommand command = connection.Prepare("SELECT number, manifest FROM generation ORDER BY number DESC LIMIT $0", limit);
                using SqliteDataReader reader = command.ExecuteReader();
                while (reader.Read())
                {
                    Manifest manifest = GenerationDecoder.OpenManifest(_sealer, reader.GetInt64(0), reader.GetFieldValue<byte[]>(1), out string digest);
                    list.Add(new GenerationSummary(manifest.Number, digest, manifest.Note()));
                }

                return list.ToImmutable();
            },
            cancellation);

    /// <inheritdoc/>
    public ValueTask<byte[]?> GetRuntimeAsync(string key, CancellationToken cancellation) =>
        _database.RunAsync(
            connection => connection.Scalar("SELECT value FROM runtime WHERE key = $0", key) is byte[] value
                ? RuntimeValue.Open(_sealer, key, value, _time.GetUtcNow())
                : null,
            cancellation);

    /// <inheritdoc/>
    public async ValueTask PutRuntimeAsync(string key, ReadOnlyMemory<byte> value, DateTimeOffset? expires, CancellationToken cancellation) =>
        await _database.RunAsync(
            connection => connection.Execute(
                SqliteRuntime.Put,
                key,
                RuntimeValue.Seal(_sealer, key, value.Span, expires),
                expires?.ToUnixTimeSeconds()),
            cancellation);

    /// <inheritdoc/>
    public async ValueTask DeleteRuntimeAsync(string key, CancellationToken cancellation) =>
        await _database.RunAsync(connection => connection.Execute(SqliteRuntime.Delete, key), cancellation);

    /// <inheritdoc/>
    public async ValueTask WriteRuntimeAsync(IReadOnlyList<RuntimeWrite> writes, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(writes.Count, RuntimeWrite.Most);
        await _database.RunAsync(connection => SqliteRuntime.WriteAll(connection, _sealer, writes), cancellation);
    }

    /// <inheritdoc/>
    public ValueTask<RuntimePage> ListRuntimeAsync(string prefix, string? after, int limit, CancellationToken cancellation)
    {
        ArgumentException.ThrowIfNullOrEmpty(prefix);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return _database.RunAsync(connection => SqliteRuntime.List(connection, _sealer, prefix, after, limit, _time.GetUtcNow()), cancellation);
    }

    /// <summary>
    /// Deletes what has had its time: generations superseded 30 days ago or more than 10,000 back, chunks that no generation needs for 24 hours,
    /// expired runtime state. At most 2,000 rows each; runs by itself once an hour, with a commit. Returns the rows deleted.
    /// </summary>
    public ValueTask<int> SweepAsync(CancellationToken cancellation) => _database.RunAsync(Sweep, cancellation);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _database.DisposeAsync();

    private CommitResult Commit(SqliteConnection connection, long expected, ClusterDocument next, ChangeNote note, ImmutableArray<KeyringEntry> keyring)
    {
        long current = CurrentNumber(connection);
        if (current != expected)
        {
            return new CommitResult(false, current);
        }

        // Encoding comes before the transaction: the database is not held while it takes its time.
        EncodedGeneration encoded = GenerationEncoder.Encode(_sealer, Newest(connection), next, note);
        long now = _time.GetUtcNow().ToUnixTimeSeconds();
        using SqliteTransaction transaction = connection.BeginTransaction(deferred: false);
        if (connection.Execute("UPDATE current SET generation = $0 WHERE id = 1 AND generation = $1", encoded.Generation.Number, expected) != 1)
        {
            transaction.Rollback();
            return new CommitResult(false, CurrentNumber(connection));
        }

        WriteKeyring(connection, keyring);
        using SqliteCommand insert = connection.Prepare(
            "INSERT INTO chunk (name, data, dropped) VALUES ($0, $1, NULL) ON CONFLICT (name) DO UPDATE SET data = excluded.data, dropped = NULL", "", Array.Empty<byte>());
        foreach ((string name, byte[] data) in encoded.Added)
        {
            insert.Parameters[0].Value = name;
            insert.Parameters[1].Value = data;
            insert.ExecuteNonQuery();
        }

        using SqliteCommand drop = connection.Prepare("UPDATE chunk SET dropped = $1 WHERE name = $0", "", now);
        foreach (string name in encoded.Dropped)
        {
            drop.Parameters[0].Value = name;
            drop.ExecuteNonQuery();
        }

        connection.Execute("UPDATE generation SET superseded = $0 WHERE number = $1", now, expected);

        // A pointer that was put back, and accepted, leaves generations above it that nothing names any more.
        connection.Execute(
            "INSERT INTO generation (number, manifest, superseded) VALUES ($0, $1, NULL) ON CONFLICT (number) DO UPDATE SET manifest = excluded.manifest, superseded = NULL",
            encoded.Generation.Number,
            encoded.SealedManifest);
        transaction.Commit();
        _newest = encoded with { Added = ImmutableDictionary<string, byte[]>.Empty, Dropped = [] };
        return new CommitResult(true, encoded.Generation.Number);
    }

    private static void WriteKeyring(SqliteConnection connection, ImmutableArray<KeyringEntry> keyring)
    {
        foreach ((string id, byte[]? content) in keyring)
        {
            _ = content is null
                ? connection.Execute("DELETE FROM keyring WHERE id = $0", id)
                : connection.Execute("INSERT INTO keyring (id, content) VALUES ($0, $1) ON CONFLICT (id) DO UPDATE SET content = excluded.content", id, content);
        }
    }

    private EncodedGeneration? Newest(SqliteConnection connection)
    {
        long number = CurrentNumber(connection);
        if (number == 0)
        {
            // A pointer put back to nothing must not look like a first start.
            return connection.Scalar("SELECT max(number) FROM generation") is long lost
                ? throw GenerationDecoder.Broken(lost, "nothing points to it any more")
                : null;
        }

        if (_newest?.Generation.Number != number)
        {
            _newest = Load(connection, number) ?? throw GenerationDecoder.Broken(number, "its manifest is missing");
        }

        return _newest;
    }

    private EncodedGeneration? Load(SqliteConnection connection, long number)
    {
        if (connection.Scalar("SELECT manifest FROM generation WHERE number = $0", number) is not byte[] sealedManifest)
        {
            return null;
        }

        Manifest manifest = GenerationDecoder.OpenManifest(_sealer, number, sealedManifest, out string digest);
        using SqliteCommand fetch = connection.Prepare("SELECT data FROM chunk WHERE name = $0", "");
        ClusterDocument document = GenerationDecoder.Decode(_sealer, manifest, name =>
        {
            fetch.Parameters[0].Value = name;
            return fetch.ExecuteScalar() as byte[];
        });
        return new EncodedGeneration(new Generation(number, digest, document, manifest.Note()), manifest, sealedManifest);
    }

    private void SweepNowAndThen(SqliteConnection connection)
    {
        if (_time.GetUtcNow() - _swept >= SweepEvery)
        {
            try
            {
                Sweep(connection);
            }
            catch (SqliteException)
            {
                // The commit before it stands; what was not swept now is swept in an hour.
                _swept = _time.GetUtcNow();
            }
        }
    }

    private int Sweep(SqliteConnection connection)
    {
        DateTimeOffset now = _time.GetUtcNow();
        _swept = now;
        using SqliteTransaction transaction = connection.BeginTransaction(deferred: false);
        int rows = connection.Execute(
            "DELETE FROM generation WHERE number IN (SELECT number FROM generation WHERE superseded < $0 OR (superseded IS NOT NULL AND number <= $2) ORDER BY number LIMIT $1)",
            (now - GenerationLife.Time).ToUnixTimeSeconds(),
            SweepRows,
            CurrentNumber(connection) - MostGenerations);
        if (rows >= SweepRows)
        {
            // More is left: soon again, and not with every commit.
            _swept = now - SweepEvery + SweepAgain;
        }

        // A chunk was dropped when the last generation with it was superseded: that one is gone before its chunks are, and so is
        // every chunk that was dropped before the oldest kept generation was superseded.
        long oldest = connection.Scalar("SELECT min(superseded) FROM generation") is long kept ? kept : 0;
        rows += connection.Execute(
            "DELETE FROM chunk WHERE rowid IN (SELECT rowid FROM chunk WHERE dropped < $0 LIMIT $1)",
            Math.Max((now - GenerationLife.Time).ToUnixTimeSeconds(), oldest) - (long)ChunkLife.TotalSeconds,
            SweepRows);
        rows += connection.Execute(
            "DELETE FROM runtime WHERE rowid IN (SELECT rowid FROM runtime WHERE expires < $0 LIMIT $1)", now.ToUnixTimeSeconds(), SweepRows);
        transaction.Commit();
        return rows;
    }

    private static long CurrentNumber(SqliteConnection connection) =>
        Convert.ToInt64(connection.Scalar("SELECT generation FROM current WHERE id = 1"), CultureInfo.InvariantCulture);
}
