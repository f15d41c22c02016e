using Gatehouse.Audit;
using Gatehouse.Engine.Auditing;
using Gatehouse.Engine.Auditing.Outputs;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Auditing;

/// <summary>Answers of OTLP/HTTP: what may be retried is, what may not is set aside, and nothing else with it.</summary>
public sealed class Collectors_refuse_and_outputs_go_on : IDisposable
{
    private const string Secret = "s3cr3t-token-of-the-collector";
    private readonly TrailFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task One_bad_record_takes_no_other_with_it()
    {
        await using var collector = new Collector(static call => new(call.Body.Contains("/poison", StringComparison.Ordinal) ? 400 : 200));
        await using FileAuditTrail trail = await _folder.OpenAsync();
        for (int i = 0; i < 300; i++)
        {
            TrailFolder.Record(trail, i == 137 ? "/poison" : "/fine");
        }

        await trail.FlushAsync(CancellationToken.None);
        await using AuditOutputs outputs = Outputs(Settings(collector.Port));
        outputs.Start(trail.Write);
        await UntilAsync(() => outputs.All[0].Refused.Problem is not null && collector.Taken.Length > 300);
        long poison = _folder.Records().Single(static r => r.Path == "/poison").Sequence;
        collector.Taken.ShouldNotContain(poison);
        collector.Taken.ShouldBe(collector.Taken.Distinct().Order().ToArray(), "the rest once, in order");
        Enumerable.Range(1, 300).Select(static n => (long)n).Except(collector.Taken).ShouldBe([poison]);
        outputs.All[0].Refused.Total.ShouldBe(1);
        outputs.Problems.Single().ToString().ShouldContain($"GH8014");
        outputs.Problems.Single().Text.ShouldContain($"1 records between {poison} and {poison}");
        await UntilAsync(() => _folder.Records().Any(static r => r.Action == AuditAction.Alarm && r.Problem == "GH8014"));
    }

    [Theory, InlineData(400), InlineData(413), InlineData(500), InlineData(422)]
    public async Task A_collector_that_refuses_everything_does_not_stop_the_trail_or_feed_itself(int status)
    {
        bool refuses = true;
        await using var collector = new Collector(_ => new(Volatile.Read(ref refuses) ? status : 200));
        await using FileAuditTrail trail = await _folder.OpenAsync();
        TrailFolder.Record(trail, "/1");
        await trail.FlushAsync(CancellationToken.None);
        await using AuditOutputs outputs = Outputs(Settings(collector.Port));
        outputs.Start(trail.Write);
        await UntilAsync(() => outputs.All[0].Refused.Problem is not null);
        await UntilAsync(() => outputs.All[0].Refused.Total > 2);
        outputs.All[0].Failure.ShouldBeNull();
        _folder.Records().Count(static r => r.Problem == "GH8014").ShouldBeLessThan(2, "an alarm a minute, though the alarm is refused too");
        Volatile.Write(ref refuses, false);
        TrailFolder.Record(trail, "/2");
        await UntilAsync(() => collector.Taken.Length > 0);
    }

    [Fact]
    public async Task Partial_success_is_counted_and_never_sent_again()
    {
        string said = "bad\n\u202Erecords " + Secret + " " + new string('x', 5000);
        await using var collector = new Collector(call => new(200, call.Number == 0
            ? "{\"partialSuccess\":{\"rejectedLogRecords\":\"2\",\"errorMessage\":" + System.Text.Json.JsonSerializer.Serialize(said) + "}}"
            : "{\"partialSuccess\":{\"errorMessage\":\"a warning\"}}"));
        await using FileAuditTrail trail = await _folder.OpenAsync();
        for (int i = 0; i < 20; i++)
        {
            TrailFolder.Record(trail, "/" + i);
        }

        await trail.FlushAsync(CancellationToken.None);
        await using AuditOutputs outputs = Outputs(Settings(collector.Port) with { Headers = [new OutputHeader("Authorization", "Bearer " + Secret)] });
        outputs.Start(trail.Write);
        await UntilAsync(() => outputs.All[0].Refused.Problem is not null && collector.Taken.Length >= 20);
        collector.Taken.ShouldBe(collector.Taken.Distinct());
        outputs.All[0].Refused.Total.ShouldBe(2);
        string text = outputs.All[0].Refused.Problem!.ToString();
        text.ShouldContain("rejected them: bad__records ***");
        text.ShouldNotContain(Secret);
        text.Length.ShouldBeLessThan(600);
        await UntilAsync(() => _folder.Records().Any(static r => r.Problem == "GH8014"));
        collector.Calls.ShouldAllBe(c => c.Headers["Authorization"] == "Bearer " + Secret);
    }

    [Theory, InlineData(429, null), InlineData(502, "0"), InlineData(503, "junk"), InlineData(504, "-5"), InlineData(401, null), InlineData(403, null), InlineData(404, null), InlineData(302, null)]
    public async Task What_may_be_taken_later_is_sent_again_and_nothing_set_aside(int status, string? after)
    {
        await using var collector = new Collector(call => call.Number < 3 ? new(status, "no json", after) : new(200));
        await using FileAuditTrail trail = await _folder.OpenAsync();
        TrailFolder.Record(trail, "/1");
        await trail.FlushAsync(CancellationToken.None);
        await using AuditOutputs outputs = Outputs(Settings(collector.Port));
        outputs.Start(trail.Write);
        await UntilAsync(() => outputs.All[0].Failure is not null);
        outputs.All[0].Failure!.Text.ShouldContain(status.ToString(System.Globalization.CultureInfo.InvariantCulture));
        await UntilAsync(() => collector.Taken.Length > 0 && outputs.All[0].Failure is null);
        collector.Taken[0].ShouldBe(1);
        outputs.All[0].Refused.Total.ShouldBe(0);
    }

    [Fact]
    public async Task Retry_After_is_waited_for()
    {
        await using var collector = new Collector(static call => call.Number == 0 ? new(503, "", "2") : new(200));
        await using FileAuditTrail trail = await _folder.OpenAsync();
        await using AuditOutputs outputs = Outputs(Settings(collector.Port));
        long start = TimeProvider.System.GetTimestamp();
        outputs.Start(trail.Write);
        await UntilAsync(() => collector.Taken.Length > 0);
        TimeProvider.System.GetElapsedTime(start).ShouldBeGreaterThan(TimeSpan.FromSeconds(1.9));
    }

    [Theory, InlineData("<html>"), InlineData("[]"), InlineData("{\"partialSuccess\":{\"rejectedLogRecords\":-1}}"), InlineData("{\"partialSuccess\":{\"rejectedLogRecords\":true}}")]
    public async Task What_is_no_answer_of_a_collector_takes_nothing(string answer)
    {
        await using var collector = new Collector(call => new(200, call.Number < 2 ? answer : ""));
        await using FileAuditTrail trail = await _folder.OpenAsync();
        await using AuditOutputs outputs = Outputs(Settings(collector.Port));
        outputs.Start(trail.Write);
        await UntilAsync(() => collector.Calls.Length > 2);
        collector.Calls[1].Records[0].ShouldBe(collector.Calls[0].Records[0]);
        collector.Calls[2].Records[0].ShouldBe(collector.Calls[0].Records[0]);
        outputs.All[0].Refused.Total.ShouldBe(0);
    }

    [Fact]
    public void A_secret_shows_in_no_text_of_its_settings()
    {
        OutputSettings settings = Settings(1) with { Headers = [new OutputHeader("X-Key", Secret)] };
        settings.ToString().ShouldNotContain(Secret);
        settings.Headers[0].ToString().ShouldBe("X-Key");
    }

    private static async Task UntilAsync(Func<bool> isDone)
    {
        long start = TimeProvider.System.GetTimestamp();
        while (!isDone())
        {
            TimeProvider.System.GetElapsedTime(start).ShouldBeLessThan(TimeSpan.FromSeconds(60));
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    private AuditOutputs Outputs(OutputSettings settings) => new(_folder.Path, [settings], new AuditDelivery(), TimeProvider.System, NullLogger.Instance);

    private static OutputSettings Settings(int port) => new()
    {
        Name = "otel",
        Kind = OutputKind.Otlp,
        Host = "127.0.0.1",
        Port = port,
        IsTls = false,
        Path = "/v1/logs",
        ServerName = "127.0.0.1",
        Node = "n1",
        RetryAfter = TimeSpan.FromMilliseconds(20),
        RetryAtMost = TimeSpan.FromMilliseconds(200),
    };
}
