using System.Diagnostics;
using System.Net;
using Gatehouse.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Alone;

/// <summary>How long a start and a command take; measured while no other test runs.</summary>
public sealed class Times_of_commands
{
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(800);

    // Where 800 ms were set, a program of .NET that does nothing took 27 ms. A machine that is slower at that has as much longer.
    private const int Idles = 30;

    [Fact]
    public async Task A_second_start_answers_in_under_800_ms()
    {
        await using Daemon daemon = await new Daemon().StartAsync();

        // Without a password: its hash is slow on purpose, and is no part of the start.
        using HttpClient client = daemon.Client(daemon.WhoamiPort);
        TimeSpan best = TimeSpan.MaxValue;
        TimeSpan bestProcessor = TimeSpan.MaxValue;
        TimeSpan idle = TimeSpan.MaxValue;
        for (int i = 0; i < 20 && best > Limit; i++)
        {
            await daemon.StopAsync();
            TimeSpan nothing = await TimeOfNothingAsync();
            idle = nothing < idle ? nothing : idle;
            long begin = Stopwatch.GetTimestamp();
            Task started = daemon.StartAsync();
            await Ports.WaitForAsync(daemon.WhoamiPort);
            using HttpResponseMessage answer = await client.GetAsync("/", TestContext.Current.CancellationToken);
            TimeSpan took = Stopwatch.GetElapsedTime(begin);
            answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
            TimeSpan processor = daemon.ProcessorTime;
            best = took < best ? took : best;
            bestProcessor = processor < bestProcessor ? processor : bestProcessor;
            await started;
        }

        TestContext.Current.TestOutputHelper!.WriteLine(
            $"second start to first answer, best of up to 20: {best.TotalMilliseconds:F0} ms, {bestProcessor.TotalMilliseconds:F0} ms of processor time; nothing: {idle.TotalMilliseconds:F0} ms");

        // The clock also counts what else the machine does; the smaller of it and the processor time must hold the limit.
        (best < bestProcessor ? best : bestProcessor).ShouldBeLessThan(Limit > idle * Idles ? Limit : idle * Idles);
    }

    [Fact]
    public async Task Status_answers_at_once()
    {
        await using Daemon daemon = await new Daemon().StartAsync();
        await daemon.CliAsync(["status"]);
        TimeSpan best = TimeSpan.MaxValue;
        for (int i = 0; i < 5; i++)
        {
            long begin = Stopwatch.GetTimestamp();
            ShellResult status = await daemon.CliAsync(["status"]);
            best = TimeSpan.FromTicks(Math.Min(best.Ticks, Stopwatch.GetElapsedTime(begin).Ticks));
            status.ExitCode.ShouldBe(0, status.ToString());
            status.Output.ShouldContain("whoami  open");
        }

        // 0.25 s on a quiet machine.
        best.ShouldBeLessThan(TimeSpan.FromSeconds(1));
    }

    // A runtime that starts and ends.
    private static async Task<TimeSpan> TimeOfNothingAsync()
    {
        long begin = Stopwatch.GetTimestamp();
        using Process nothing = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Gatehouse.Subject.dll")]) { UseShellExecute = false })!;
        await nothing.WaitForExitAsync(TestContext.Current.CancellationToken);
        return Stopwatch.GetElapsedTime(begin);
    }
}
