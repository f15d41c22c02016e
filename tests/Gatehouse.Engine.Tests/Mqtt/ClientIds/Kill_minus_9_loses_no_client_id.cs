using System.Diagnostics;
using System.Security.Cryptography;
using Gatehouse.Engine.Mqtt.ClientIds;
using Gatehouse.Engine.Store;
using Gatehouse.Engine.Tests.Store;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;
using static Gatehouse.Engine.Tests.Mqtt.ClientIds.BookFixture;
using static Gatehouse.Engine.Tests.Mqtt.ClientIds.ClientIdBookTests;

namespace Gatehouse.Engine.Tests.Mqtt.ClientIds;

public sealed class Kill_minus_9_loses_no_client_id(ITestOutputHelper output)
{
    [Fact]
    public async Task Twelve_times()
    {
        using StoreFixture fixture = new();
        HashSet<string> granted = [];
        for (int kill = 0; kill < 12; kill++)
        {
            await WorkAndDieAsync(fixture, kill, granted);
            await using SqliteStateStore store = await SqliteStateStore.OpenAsync(fixture.Data, fixture.Sealer, TimeProvider.System, CancellationToken.None);
            await using ClientIdBook book = new(store, TimeProvider.System, NullLogger.Instance, new ClientIdLimits());
            await book.LoadAsync(default);
            foreach (string id in granted)
            {
                (await TryAsync(book, Ben, ClientIdLife.Connection, id)).ShouldBe(ClientIdOutcome.TakenByOther, $"kill {kill}, {id}");
            }
        }

        output.WriteLine($"{granted.Count} ownerships acknowledged, none lost");
        granted.Count.ShouldBeGreaterThan(50);
    }

    private static async Task WorkAndDieAsync(StoreFixture fixture, int round, HashSet<string> granted)
    {
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(60));
        using Process process = Process.Start(new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
            ArgumentList = { Path.Combine(AppContext.BaseDirectory, "Gatehouse.Subject.dll"), "claim", fixture.Data, fixture.Key, $"r{round}" },
        })!;
        granted.Add((await process.StandardOutput.ReadLineAsync(limit.Token)).ShouldNotBeNull());
        long end = Stopwatch.GetTimestamp() + (RandomNumberGenerator.GetInt32(0, 40_000) * (Stopwatch.Frequency / 1_000_000));
        while (Stopwatch.GetTimestamp() < end)
        {
            Thread.SpinWait(50);
        }

        process.Kill();
        await process.WaitForExitAsync(limit.Token);
        string rest = await process.StandardOutput.ReadToEndAsync(limit.Token);

        // The last line may have been cut short: what has its line end was said whole.
        string[] lines = rest.Split('\n');
        granted.UnionWith(lines[..^1]);
    }
}
