using System.Net;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Engine.Tests.Gates;
using Gatehouse.Policy;
using Gatehouse.Testing.Upstreams;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Forwarding;

public sealed class UpstreamPoolTests : IAsyncDisposable
{
    private readonly ScriptedUpstream _upstream = ScriptedUpstream.Start(async peer =>
    {
        while (await peer.ReceiveAsync())
        {
        }
    });

    public ValueTask DisposeAsync() => _upstream.DisposeAsync();

    [Fact]
    public async Task The_last_one_given_back_is_the_first_one_taken()
    {
        using UpstreamPool pool = Pool();
        UpstreamConnection a = await OpenAsync(pool);
        UpstreamConnection b = await OpenAsync(pool);
        pool.Return(a);
        pool.Return(b);

        pool.TryTakeIdle().ShouldBeSameAs(b);
        pool.TryTakeIdle().ShouldBeSameAs(a);
        pool.TryTakeIdle().ShouldBeNull();
        a.IsReused.ShouldBeTrue();
        pool.Open.ShouldBe(2);
        pool.Close(a);
        pool.Close(b);
        pool.Close(b);
        pool.Open.ShouldBe(0);
    }

    [Fact]
    public async Task The_limit_holds_and_a_place_goes_to_the_one_that_waits()
    {
        using UpstreamPool pool = Pool(max: 1, wait: 5);
        UpstreamConnection only = await OpenAsync(pool);
        Task<DialResult> waiting = pool.OpenAsync(new ForwardControl()).AsTask();
        waiting.IsCompleted.ShouldBeFalse();

        pool.Close(only);
        DialResult next = await waiting.WaitAsync(TimeSpan.FromSeconds(5));

        next.Failure.ShouldBe(DialFailure.None);
        pool.Open.ShouldBe(1);
    }

    [Fact]
    public async Task Waiting_has_an_end()
    {
        using UpstreamPool pool = Pool(max: 1, wait: 0.1);
        await OpenAsync(pool);

        (await pool.OpenAsync(new ForwardControl())).Failure.ShouldBe(DialFailure.Busy);
        pool.Open.ShouldBe(1);
    }

    [Fact]
    public async Task A_cancelled_request_opens_nothing()
    {
        using UpstreamPool pool = Pool();
        ForwardControl control = new();
        control.Cancel(ForwardResult.Cut);

        (await pool.OpenAsync(control)).Failure.ShouldBe(DialFailure.Cancelled);
        pool.Open.ShouldBe(0);
    }

    [Fact]
    public async Task Without_a_permit_nothing_is_forwarded()
    {
        using UpstreamPool pool = Pool();

        await Should.ThrowAsync<InvalidOperationException>(async () => await new Forwarder(pool).ForwardAsync(default, null!));
        await Should.ThrowAsync<InvalidOperationException>(async () => await new TcpForwarder(pool).ForwardAsync(default(Permit), null!, new ForwardControl()));
        _upstream.Connections.ShouldBe(0);
    }

    private static async Task<UpstreamConnection> OpenAsync(UpstreamPool pool)
    {
        DialResult result = await pool.OpenAsync(new ForwardControl());
        return result.Connection ?? throw new InvalidOperationException(result.Detail);
    }

    private UpstreamPool Pool(int max = 10, double wait = 5)
    {
        UpstreamAddress.TryParse($"http://127.0.0.1:{_upstream.Port}", out UpstreamAddress? address, out _).ShouldBeTrue();
        UpstreamOptions options = new() { Address = address!, MaxConnections = max, ConnectTimeout = TimeSpan.FromSeconds(wait) };
        return new UpstreamPool(options, new NoOwners(), TimeProvider.System);
    }

    private sealed class NoOwners : IUpstreamOwners
    {
        public ValueTask<string?> FindWrongOwnerAsync(EndPoint listener) => ValueTask.FromResult<string?>(null);
    }
}
