using System.Globalization;
using Gatehouse.Problems;
using Gatehouse.Trust.Files;
using Microsoft.Data.Sqlite;

namespace Gatehouse.Engine.Store;

/// <summary>The store's one connection: opened safely, used by one caller at a time off the caller's thread, faults translated.</summary>
internal sealed class SqliteDatabase : IAsyncDisposable
{
    private const int SchemaVersion = 2;

    private const string Schema = """
        CREATE TABLE chunk (name TEXT NOT NULL PRIMARY KEY, data BLOB NOT NULL, dropped INTEGER) STRICT;
        CREATE INDEX chunk_dropped ON chunk (dropped) WHERE dropped IS NOT NULL;
        CREATE TABLE generation (number INTEGER NOT NULL PRIMARY KEY, manifest BLOB NOT NULL, superseded INTEGER) STRICT;
        CREATE TABLE current (id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1), generation INTEGER NOT NULL) STRICT;
        CREATE TABLE runtime (key TEXT NOT NULL PRIMARY KEY, value BLOB NOT NULL, expires INTEGER) STRICT;
        INSERT INTO current (id, generation) VALUES (1, 0);
        """;

    // New in schema 2.
    private const string Keyring = """
        CREATE TABLE keyring (id TEXT NOT NULL PRIMARY KEY, content BLOB NOT NULL) STRICT;
        PRAGMA user_version = 2;
        """;

    private const string Settings =
        "PRAGMA busy_timeout = 5000; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY;";

    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly SqliteConnection _connection;
    private readonly string _path;

    private SqliteDatabase(SqliteConnection connection, string path)
    {
        _connection = connection;
        _path = path;
    }

    /// <summary>Opens or makes the database.</summary>
    public static ValueTask<SqliteDatabase> OpenAsync(string path, CancellationToken cancellation) =>
        OpenAsync(path, SqliteOpenMode.ReadWrite, EnsureFile, Prepare, cancellation);

    /// <summary>
    /// Opens a database that another process may be writing, as it is at this moment: only read, until it is disposed of, nothing
    /// that is committed meanwhile is seen, and nobody is kept from committing.
    /// </summary>
    /// <exception cref="ProblemException">GH2010 to GH2015.</exception>
    public static ValueTask<SqliteDatabase> OpenSnapshotAsync(string path, CancellationToken cancellation) =>
        OpenAsync(path, SqliteOpenMode.ReadOnly, CheckFiles, Begin, cancellation);

    private static async ValueTask<SqliteDatabase> OpenAsync(
        string path, SqliteOpenMode mode, Action<string> checkFile, Action<SqliteConnection, string> prepare, CancellationToken cancellation)
    {
        SQLitePCL.Batteries_V2.Init();
        SqliteConnection connection = new(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = mode,
            Pooling = false,
            DefaultTimeout = 5,
        }.ToString());
        SqliteDatabase database = new(connection, path);
        try
        {
            await database.RunAsync(
                _ =>
                {
                    checkFile(path);
                    connection.Open();
                    prepare(connection, path);
                    return true;
                },
                cancellation);
            return database;
        }
        catch
        {
            // Whatever it was: no half-open database stays behind.
            await database.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs work on the connection, on a pool thread, alone. Work begun is finished: a commit under way is not cancelled.</summary>
    /// <exception cref="ProblemException">GH2010 to GH2015.</exception>
    public async ValueTask<T> RunAsync<T>(Func<SqliteConnection, T> work, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            return await Task.Run(() => work(_connection), CancellationToken.None);
        }
        catch (SqliteException fault)
        {
            throw Translate(fault);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _turn.WaitAsync();
        await _connection.DisposeAsync();
        _turn.Dispose();
    }

    private static void EnsureFile(string path)
    {
        // Made empty with 0600 first: SQLite gives its -wal and -shm files the same mode.
        if (!File.Exists(path))
        {
            SecretFile.Write(path, []);
        }

        CheckFiles(path);
    }

    private static void CheckFiles(string path)
    {
        SecretFile.Check(path);
        foreach (string companion in new[] { path + "-wal", path + "-shm" }.Where(File.Exists))
        {
            SecretFile.Check(companion);
        }
    }

    // The first read of the transaction sets the moment; it ends with the connection.
    private static void Begin(SqliteConnection connection, string path)
    {
        connection.Execute(Settings + "PRAGMA query_only = ON; BEGIN;");
        long version = Convert.ToInt64(connection.Scalar("PRAGMA user_version"), CultureInfo.InvariantCulture);
        if (version != SchemaVersion)
        {
            throw StoreProblems.StoreTooNew.Exception(
                $"`{path}` has schema {version}, this version reads {SchemaVersion}", "run the version that the daemon runs; it changes an older schema when it is started");
        }

        _ = connection.Scalar("SELECT generation FROM current WHERE id = 1");
    }

    private static void Prepare(SqliteConnection connection, string path)
    {
        connection.Execute(Settings);
        string mode = Convert.ToString(connection.Scalar("PRAGMA journal_mode = WAL"), CultureInfo.InvariantCulture) ?? "";
        connection.Execute("PRAGMA synchronous = FULL;");
        if (mode != "wal")
        {
            throw StoreProblems.StoreUnavailable.Exception($"`{path}` cannot use a write-ahead log here (`{mode}`)", "the data folder must lie on a local file system");
        }

        long version = Convert.ToInt64(connection.Scalar("PRAGMA user_version"), CultureInfo.InvariantCulture);
        if (version > SchemaVersion)
        {
            throw StoreProblems.StoreTooNew.Exception($"`{path}` has schema {version}, this version knows {SchemaVersion}", "run the version that wrote it, or a newer one");
        }

        if (version < SchemaVersion)
        {
            using SqliteTransaction transaction = connection.BeginTransaction(deferred: false);
            if (version == 0)
            {
                connection.Execute(Schema);
            }

            connection.Execute(Keyring);
            transaction.Commit();
        }
    }

    // Primary result codes of https://www.sqlite.org/rescode.html.
    private ProblemException Translate(SqliteException fault) => fault.SqliteErrorCode switch
    {
        5 or 6 => StoreProblems.StoreBusy.Exception($"`{_path}` stayed locked for 5 s", "another program has it open; close it", fault),
        11 or 26 => StoreProblems.StoreDamaged.Exception($"`{_path}` is damaged: {fault.Message}", "restore it from a backup; the node goes on with the generation it has kept", fault),
        13 => StoreProblems.StoreFull.Exception($"`{_path}` cannot grow: the disk is full", "make room; the change was not made, nothing is lost", fault),
        8 or 14 or 23 => StoreProblems.StoreUnavailable.Exception($"`{_path}` cannot be opened for writing: {fault.Message}", "check owner and mode of the data folder", fault),
        _ => StoreProblems.StoreFailed.Exception($"`{_path}`: {fault.Message}", "see the log of the machine's disks", fault),
    };
}

/// <summary>Short forms for statements.</summary>
internal static class SqliteStatements
{
    /// <summary>Runs a statement; parameters are <c>$0</c>, <c>$1</c> and so on.</summary>
    public static int Execute(this SqliteConnection connection, string statement, params ReadOnlySpan<object?> parameters)
    {
        using SqliteCommand command = Prepare(connection, statement, parameters);
        return command.ExecuteNonQuery();
    }

    /// <summary>The first column of the first row, or null.</summary>
    public static object? Scalar(this SqliteConnection connection, string statement, params ReadOnlySpan<object?> parameters)
    {
        using SqliteCommand command = Prepare(connection, statement, parameters);
        object? value = command.ExecuteScalar();
        return value is DBNull ? null : value;
    }

    /// <summary>A statement with its parameters.</summary>
#pragma warning disable CA2100 // Statements are constants of this room; values are always parameters.
    public static SqliteCommand Prepare(this SqliteConnection connection, string statement, params ReadOnlySpan<object?> parameters)
    {
        SqliteCommand command = connection.CreateCommand();
        command.CommandText = statement;
        for (int i = 0; i < parameters.Length; i++)
        {
            command.Parameters.AddWithValue("$" + i.ToString(CultureInfo.InvariantCulture), parameters[i] ?? DBNull.Value);
        }

        return command;
    }
#pragma warning restore CA2100
}
