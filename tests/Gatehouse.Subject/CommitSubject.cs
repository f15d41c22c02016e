using System.Globalization;
using Gatehouse.Administration;
using Gatehouse.Engine.Store;
using Gatehouse.Identity;
using Gatehouse.Trust.Files;
using Gatehouse.Trust.Sealing;

namespace Gatehouse.Subject;

/// <summary>Commits one generation after the other and prints each number once it is acknowledged, until it is killed.</summary>
internal static class CommitSubject
{
    public static async Task<int> RunAsync(string data, string key)
    {
        using Sealer sealer = new(Convert.FromHexString(key));

        // Warm up elsewhere, so that the first kill falls into work and not into compilation.
        string scratch = data + "-scratch-" + Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        PrivateFolder.Ensure(scratch);
        await using (SqliteStateStore warm = await SqliteStateStore.OpenAsync(scratch, sealer, TimeProvider.System, CancellationToken.None))
        {
            for (int i = 0; i < 3; i++)
            {
                await CommitAsync(warm);
            }
        }

        Directory.Delete(scratch, recursive: true);
        Console.WriteLine("ready");
        if (Console.ReadLine() != "go")
        {
            return 1;
        }

        using DataFolderLock held = DataFolderLock.Take(data);
        await using SqliteStateStore store = await SqliteStateStore.OpenAsync(data, sealer, TimeProvider.System, CancellationToken.None);
        while (true)
        {
            Console.WriteLine(await CommitAsync(store));
        }
    }

    /// <summary>One user more or less changed, and a role that carries the number.</summary>
    private static async Task<long> CommitAsync(SqliteStateStore store)
    {
        Generation? current = await store.ReadCurrentAsync(CancellationToken.None);
        long next = (current?.Number ?? 0) + 1;
        ClusterDocument document = current?.Document ?? new ClusterDocument();
        string name = "u" + (next % 50).ToString(CultureInfo.InvariantCulture);
        document = document with
        {
            Users = document.Users.SetItem(name, new UserDocument { Name = name, FullName = next.ToString(CultureInfo.InvariantCulture) }),
        };
        CommitResult result = await store.TryCommitAsync(
            next - 1, document, new ChangeNote("test/subject", next.ToString(CultureInfo.InvariantCulture), TimeProvider.System.GetUtcNow()), CancellationToken.None);
        return result.IsCommitted ? result.Generation : throw new InvalidOperationException("nobody else commits here");
    }
}
