using System.Collections.Immutable;
using Gatehouse.Problems;
using Gatehouse.Trust.Sealing;
using Microsoft.Data.Sqlite;

namespace Gatehouse.Engine.Store;

/// <summary>Runtime state in SQLite, several keys at a time.</summary>
internal static class SqliteRuntime
{
    /// <summary>Writes one.</summary>
    public const string Put =
        "INSERT INTO runtime (key, value, expires) VALUES ($0, $1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires = excluded.expires";

    /// <summary>Deletes one.</summary>
    public const string Delete = "DELETE FROM runtime WHERE key = $0";

    /// <summary>Writes and deletes in one transaction; gives the rows it touched.</summary>
    public static int WriteAll(SqliteConnection connection, Sealer sealer, IReadOnlyList<RuntimeWrite> writes)
    {
        // Sealing comes before the transaction: the database is not held while it takes its time.
        byte[]?[] values =
        [
            .. writes.Select(write => write.Value is { } value ? RuntimeValue.Seal(sealer, write.Key, value, write.Expires) : null),
        ];
        int rows = 0;
        using SqliteTransaction transaction = connection.BeginTransaction(deferred: false);
        using SqliteCommand put = connection.Prepare(Put, "", Array.Empty<byte>(), null);
        using SqliteCommand delete = connection.Prepare(Delete, "");
        for (int i = 0; i < values.Length; i++)
        {
            SqliteCommand command = values[i] is null ? delete : put;
            command.Parameters[0].Value = writes[i].Key;
            if (values[i] is { } value)
            {
                command.Parameters[1].Value = value;
                command.Parameters[2].Value = writes[i].Expires is { } expires ? expires.ToUnixTimeSeconds() : DBNull.Value;
            }

            rows += command.ExecuteNonQuery();
        }

        transaction.Commit();
        return rows;
    }

    /// <summary>One page, by key.</summary>
    public static RuntimePage List(SqliteConnection connection, Sealer sealer, string prefix, string? after, int limit, DateTimeOffset now)
    {
        ImmutableArray<RuntimeEntry>.Builder entries = ImmutableArray.CreateBuilder<RuntimeEntry>();

        // Keys compare as bytes (the column's collation is BINARY); what begins with the prefix lies together. Prefixes are ASCII.
        string end = prefix[..^1] + (char)(prefix[^1] + 1);
        using SqliteCommand command = connection.Prepare(
            "SELECT key, value FROM runtime WHERE key >= $0 AND key > $1 AND key < $2 ORDER BY key LIMIT $3", prefix, after ?? "", end, limit);
        using SqliteDataReader reader = command.ExecuteReader();
        string? last = null;
        int rows = 0;
        while (reader.Read())
        {
            rows++;
            last = reader.GetString(0);
            if (TryOpen(sealer, last, reader.GetFieldValue<byte[]>(1), now, out byte[]? value))
            {
                entries.Add(new RuntimeEntry(last, value));
            }
        }

        return new RuntimePage(entries.ToImmutable(), rows < limit ? null : last);
    }

    /// <summary>False: expired. True without a value: damaged, which whoever asks must know.</summary>
    private static bool TryOpen(Sealer sealer, string key, byte[] stored, DateTimeOffset now, out byte[]? value)
    {
        try
        {
            value = RuntimeValue.Open(sealer, key, stored, now);
            return value is not null;
        }
        catch (ProblemException)
        {
            value = null;
            return true;
        }
    }
}
