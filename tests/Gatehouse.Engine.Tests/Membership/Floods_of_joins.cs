using System.Net;
using System.Security.Cryptography;
using Gatehouse.Administration.Cluster;
using Gatehouse.Audit;
using Gatehouse.Engine.Membership;
using Gatehouse.Engine.Tests.Administration;
using Gatehouse.Testing.Time;
using Gatehouse.Trust.Enrolment;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Membership;

/// <summary>Floods of the enrolment endpoints: limited, recorded, bounded, and no way to keep out who has a token.</summary>
public sealed class Floods_of_joins : IAsyncLifetime
{
    private readonly ManualTime _time = new();
    private EnrolmentBench _bench = null!;

    public async ValueTask InitializeAsync() => _bench = await EnrolmentBench.StartAsync(_time);

    public ValueTask DisposeAsync()
    {
        _bench.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Wrong_tokens_from_everywhere_are_limited_and_recorded_and_who_has_a_token_joins_meanwhile()
    {
        using JoinToken token = _bench.MakeToken();
        using EnrolmentJoiner right = new(_bench, token);
        using EnrolmentJoiner wrong = new(_bench, token);
        int before = _bench.Trail.Records.Count;
        int limited = 0;
        for (int i = 0; i < 400; i++)
        {
            Reply reply = await _bench.PostAsync(
                "begin", wrong.Begin(static c => (c.Token, c.Key) = (RandomNumberGenerator.GetHexString(16, lowercase: true), RandomNumberGenerator.GetBytes(32))),
                MembershipJson.Default.EnrolmentBegin, $"198.51.{i % 20}.{i / 20}");
            if (reply.Status == 429)
            {
                limited++;
                _bench.ShouldBeRefused(reply, 429, "GH3206", "limited");
                reply.Headers.RetryAfter.ToString().ShouldBe("60");
            }
            else
            {
                _bench.ShouldBeRefused(reply, 401, "GH3205", "unknown_token");
            }
        }

        limited.ShouldBe(400 - EnrolmentLimits.OfAll);
        _bench.Trail.Records.Skip(before).Count(static r => r is { Outcome: AuditOutcome.Failure, Source: not null }).ShouldBe(400, "each has its record, with its source");

        // A stranger is out, and a joiner that does not say its token first; the real one says it in the query.
        _bench.ShouldBeRefused(await right.BeginAsync(), 429, "GH3206", "limited");
        _bench.ShouldBeRefused(await _bench.CallAsync("POST", "/v1/enrolment/begin?token=0123456789abcdef", "{}"), 429, "GH3206", "limited");
        (await _bench.CallAsync("GET", $"/v1/enrolment/authority?token={token.Id}&nonce={new string('0', 64)}")).Status.ShouldBe(200);
        Reply begun = await PostAsync("begin", right.Begin(), MembershipJson.Default.EnrolmentBegin, token);
        Reply completed = await PostAsync(
            "complete", right.Complete(EnrolmentJoiner.Read(begun)), MembershipJson.Default.EnrolmentComplete, token);
        completed.Status.ShouldBe(200, completed.Body);
        _bench.Membership.Nodes.ShouldContainKey("gamma");

        // With the token its room is gone; others get theirs back with the minute.
        _bench.ShouldBeRefused(await PostAsync("begin", right.Begin(), MembershipJson.Default.EnrolmentBegin, token), 429, "GH3206", "limited");
        _time.Advance(TimeSpan.FromMinutes(1));
        _bench.ShouldBeRefused(await right.BeginAsync(), 401, "GH3205", "unknown_token");
    }

    [Fact]
    public async Task Who_knows_a_tokens_id_alone_has_a_small_room_of_his_own_and_no_more()
    {
        using JoinToken token = _bench.MakeToken();
        using EnrolmentJoiner wrong = new(_bench, token);
        List<int> statuses = [];
        for (int i = 0; i < 100; i++)
        {
            statuses.Add((await PostAsync(
                "begin", wrong.Begin(static c => c.Key = RandomNumberGenerator.GetBytes(32)), MembershipJson.Default.EnrolmentBegin, token)).Status);
        }

        statuses.Count(static s => s == 401).ShouldBe(EnrolmentLimits.OfOne + EnrolmentLimits.OfToken);
        statuses.Count(static s => s == 429).ShouldBe(100 - EnrolmentLimits.OfOne - EnrolmentLimits.OfToken);
    }

    [Fact]
    public void A_million_sources_and_tokens_take_no_memory()
    {
        var limits = new EnrolmentLimits(_time);
        byte[] address = new byte[16];
        address[0] = 0x20;
        Run(10_000);
        long before = GC.GetTotalMemory(forceFullCollection: true);

        Run(1_000_000);

        // Other tests run beside this one; a million of either would be 40 MB.
        (GC.GetTotalMemory(forceFullCollection: true) - before).ShouldBeLessThan(10_000_000);
        GC.KeepAlive(limits);

        void Run(int count)
        {
            for (int i = 0; i < count; i++)
            {
                RandomNumberGenerator.Fill(address.AsSpan(1, 7));
                limits.TryTake(new IPAddress(address));
            }
        }
    }

    private Task<Reply> PostAsync<T>(string step, T body, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type, JoinToken token) =>
        _bench.PostAsync($"{step}?token={token.Id}", body, type);
}
