using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Gatehouse.Engine.Store;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Store;

public sealed class Kill_minus_9_loses_nothing_acknowledged(ITestOutputHelper output)
{
    private const int Kills = 200;
    private const int Ahead = 3;

    [Fact]
    public async Task Two_hundred_times()
    {
        using StoreFixture fixture = new();
        Queue<Subject> ready = [];
        long known = 0;
        int midCommit = 0;
        int unacknowledged = 0;
        try
        {
            // Processes start and warm up ahead of their turn; only one at a time is told to work on the folder.
            for (int i = 0; i < Ahead; i++)
            {
                ready.Enqueue(Subject.Start(fixture));
            }

            for (int kill = 0; kill < Kills; kill++)
            {
                using Subject subject = ready.Dequeue();
                ready.Enqueue(Subject.Start(fixture));
                long acknowledged = Math.Max(known, await subject.WorkAndDieAsync(duringOpening: kill % 5 == 0));

                await using SqliteStateStore store = await SqliteStateStore.OpenAsync(fixture.Data, fixture.Sealer, TimeProvider.System, CancellationToken.None);
                (await store.Database.RunAsync(static c => c.Scalar("PRAGMA integrity_check"), default)).ShouldBe("ok");
                Generation? current = await store.ReadCurrentAsync(default);
                long number = current?.Number ?? 0;
                number.ShouldBeInRange(acknowledged, acknowledged + 1, $"kill {kill}");
                if (current is not null)
                {
                    current.Note.Summary.ShouldBe(number.ToString(CultureInfo.InvariantCulture));
                    current.Document.Users["u" + (number % 50).ToString(CultureInfo.InvariantCulture)].FullName.ShouldBe(current.Note.Summary);
                }

                midCommit += number > known ? 1 : 0;
                unacknowledged += number > acknowledged ? 1 : 0;
                known = number;
            }
        }
        finally
        {
            foreach (Subject left in ready)
            {
                left.Dispose();
            }
        }

        output.WriteLine($"{Kills} kills, {known} generations, {midCommit} kills after new commits, {unacknowledged} commits finished but not acknowledged");
        midCommit.ShouldBeGreaterThan(Kills / 2, "most kills must fall into work");
    }

    private sealed class Subject(Process process) : IDisposable
    {
        public static Subject Start(StoreFixture fixture)
        {
            ProcessStartInfo start = new("dotnet")
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                UseShellExecute = false,
                ArgumentList = { Path.Combine(AppContext.BaseDirectory, "Gatehouse.Subject.dll"), "commit", fixture.Data, fixture.Key },
            };
            start.Environment["DOTNET_TieredPGO"] = "0";
            return new Subject(Process.Start(start) ?? throw new InvalidOperationException("no process"));
        }

        /// <summary>
        /// Lets it work and kills it at a random moment: within 60 ms of the order to begin, or within 15 ms of its first
        /// acknowledged commit. Returns the highest number it acknowledged.
        /// </summary>
        public async Task<long> WorkAndDieAsync(bool duringOpening)
        {
            using CancellationTokenSource limit = new(TimeSpan.FromSeconds(60));
            (await process.StandardOutput.ReadLineAsync(limit.Token)).ShouldBe("ready");
            await process.StandardInput.WriteLineAsync("go");
            await process.StandardInput.FlushAsync(limit.Token);
            long last = 0;
            if (!duringOpening)
            {
                last = long.Parse((await process.StandardOutput.ReadLineAsync(limit.Token)).ShouldNotBeNull(), CultureInfo.InvariantCulture);
            }

            // A spin, because a timer's grain is a commit's length.
            int microseconds = RandomNumberGenerator.GetInt32(0, duringOpening ? 60_000 : 15_000);
            long end = Stopwatch.GetTimestamp() + (microseconds * (Stopwatch.Frequency / 1_000_000));
            SpinWait spin = default;
            while (Stopwatch.GetTimestamp() < end)
            {
                spin.SpinOnce(sleep1Threshold: -1);
            }

            process.Kill();
            await process.WaitForExitAsync(limit.Token);
            foreach (string line in (await process.StandardOutput.ReadToEndAsync(limit.Token)).Split('\n'))
            {
                // A line cut short by the kill says less than was acknowledged, never more.
                last = long.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? Math.Max(last, number) : last;
            }

            return last;
        }

        public void Dispose()
        {
            if (!process.HasExited)
            {
                process.Kill();
                process.WaitForExit();
            }

            process.Dispose();
        }
    }
}
