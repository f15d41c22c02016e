using Gatehouse.Engine.Mqtt.ClientIds;
using Gatehouse.Engine.Store;
using Gatehouse.Trust.Sealing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gatehouse.Subject;

/// <summary>Claims one client id after the other, eight at a time, and prints each once it is granted, until it is killed.</summary>
internal static class ClaimSubject
{
    public static async Task<int> RunAsync(string data, string key, string prefix)
    {
        using Sealer sealer = new(Convert.FromHexString(key));
        await using SqliteStateStore store = await SqliteStateStore.OpenAsync(data, sealer, TimeProvider.System, CancellationToken.None);
        await using ClientIdBook book = new(store, TimeProvider.System, NullLogger.Instance, new ClientIdLimits { MaxKeptPerOwner = int.MaxValue });
        await book.LoadAsync(CancellationToken.None);
        ClientIdOwner owner = new("native", "anna", "1");
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async lane =>
        {
            for (int i = 0; ; i++)
            {
                string id = $"{prefix}-{lane}-{i}";
                ClientIdResult result = await book.ClaimAsync("broker", id, owner, i % 2 == 0 ? ClientIdLife.Forever : ClientIdLife.OfV5(86400), CancellationToken.None);
                if (result.Outcome == ClientIdOutcome.Granted)
                {
                    Console.WriteLine(id);
                }
            }
        }));
        return 0;
    }
}
