using System.Net;
using System.Text;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Elasticsearch.Names;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Testing.Time;
using Gatehouse.Testing.Upstreams;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Elasticsearch.Names;

public sealed class IndexNameBookTests
{
    private readonly ManualTime _time = new();
    private readonly List<string> _asked = [];
    private readonly Queue<TaskCompletionSource<UpstreamReply>> _held = new();
    private UpstreamReply _reply = Reply("a");
    private bool _holds;

    private CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_asks_once_and_answers_from_memory_while_that_is_fresh()
    {
        IndexNameBook book = Book();
        book.TryGet(out _).ShouldBeFalse();

        (await book.GetAsync())!.Find("a").ShouldNotBeNull();
        _time.Advance(TimeSpan.FromSeconds(4));
        (await book.GetAsync())!.Find("a").ShouldNotBeNull();

        _asked.ShouldBe(["/_resolve/index/*?expand_wildcards=all"]);
        book.TryGet(out _).ShouldBeTrue();
    }

    [Fact]
    public async Task Everybody_waits_for_one_question()
    {
        IndexNameBook book = Book();
        _holds = true;
        Task<KnownNames?>[] waiting = [.. Enumerable.Range(0, 20).Select(_ => book.GetAsync().AsTask())];

        (await HeldAsync()).SetResult(Reply("b"));
        KnownNames?[] found = await Task.WhenAll(waiting).WaitAsync(TimeSpan.FromSeconds(10), Stop);

        found.ShouldAllBe(static names => names!.Find("b") != null);
        _asked.Count.ShouldBe(1);
    }

    [Fact]
    public async Task What_is_known_is_used_while_it_is_asked_again_but_not_for_long()
    {
        IndexNameBook book = Book();
        await book.GetAsync();
        _holds = true;
        _time.Advance(TimeSpan.FromSeconds(30));

        ValueTask<KnownNames?> old = book.GetAsync();
        old.IsCompletedSuccessfully.ShouldBeTrue();
        (await old)!.Find("a").ShouldNotBeNull();
        TaskCompletionSource<UpstreamReply> held = await HeldAsync();
        _time.Advance(TimeSpan.FromSeconds(31));
        Task<KnownNames?> waits = book.GetAsync().AsTask();
        waits.IsCompleted.ShouldBeFalse();
        held.SetResult(Reply("b"));

        (await waits.WaitAsync(TimeSpan.FromSeconds(10), Stop))!.Find("b").ShouldNotBeNull();
    }

    [Fact]
    public async Task What_was_asked_before_a_change_does_not_count_after_it()
    {
        IndexNameBook book = Book();
        await book.GetAsync();
        _holds = true;
        _time.Advance(TimeSpan.FromSeconds(6));
        await book.GetAsync();
        TaskCompletionSource<UpstreamReply> held = await HeldAsync();

        book.Forget();
        book.TryGet(out _).ShouldBeFalse();
        Task<KnownNames?> waits = book.GetAsync().AsTask();
        _holds = false;
        _reply = Reply("after");
        held.SetResult(Reply("before"));

        (await waits.WaitAsync(TimeSpan.FromSeconds(10), Stop))!.Find("after").ShouldNotBeNull();
        _asked.Count.ShouldBe(3);
    }

    [Fact]
    public async Task Without_an_answer_there_are_no_names_and_nobody_asks_again_at_once()
    {
        IndexNameBook book = Book();
        _reply = new UpstreamReply(new ForwardOutcome(ForwardResult.UpstreamTimeout, ForwardPhase.Connect, 0, 0, 0), 0, default, "late");

        (await book.GetAsync()).ShouldBeNull();
        (await book.GetAsync()).ShouldBeNull();
        _asked.Count.ShouldBe(1);
        _time.Advance(TimeSpan.FromSeconds(2));
        _reply = Reply("a");
        (await book.GetAsync()).ShouldNotBeNull();
    }

    [Theory]
    [InlineData(200, "{}")]
    [InlineData(401, "{}")]
    [InlineData(403, "{}")]
    [InlineData(500, "{}")]
    [InlineData(200, "<html>")]
    public async Task An_answer_that_is_none_gives_no_names(int status, string body)
    {
        IndexNameBook book = Book();
        _reply = Answer(status, body);

        (await book.GetAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task An_old_cluster_is_asked_for_its_aliases()
    {
        IndexNameBook book = new("g", question => ValueTask.FromResult(
            question == UpstreamQuestion.Names ? Answer(400, """{"error":"no handler found"}""") : Answer(200, """{"i":{"aliases":{"a":{}}}}""")), _time, NullLogger.Instance);

        (await book.GetAsync())!.Find("a")!.Others.ShouldBe(["i"]);
    }

    [Fact]
    public async Task The_question_goes_the_way_of_every_request_with_nothing_of_a_clients()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
        using UpstreamPool pool = Pool(upstream.Port);

        UpstreamReply reply = await new Forwarder(pool).AskAsync(UpstreamQuestion.Names, 100, TimeSpan.FromSeconds(5));

        reply.IsComplete.ShouldBeTrue();
        reply.Status.ShouldBe(200);
        Encoding.ASCII.GetString(reply.Body.Span).ShouldBe("{}");
        upstream.Received.ShouldBe($"GET /_resolve/index/*?expand_wildcards=all HTTP/1.1\r\nAccept: application/json\r\nHost: 127.0.0.1:{upstream.Port}\r\n\r\n");
        pool.Open.ShouldBe(1);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n80\r\n00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}")]
    [InlineData("nonsense\r\n\r\n")]
    public async Task An_answer_that_is_too_large_or_malformed_is_none(string response)
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Answering(response);
        using UpstreamPool pool = Pool(upstream.Port);

        UpstreamReply reply = await new Forwarder(pool).AskAsync(UpstreamQuestion.Names, 100, TimeSpan.FromSeconds(5));

        reply.IsComplete.ShouldBeFalse();
        reply.Body.Length.ShouldBe(0);
        pool.Open.ShouldBe(0);
    }

    [Fact]
    public async Task An_upstream_that_does_not_end_its_answer_is_left()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Start(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{");
            await peer.ReceiveAsync();
        });
        using UpstreamPool pool = Pool(upstream.Port);

        UpstreamReply reply = await new Forwarder(pool).AskAsync(UpstreamQuestion.Names, 100, TimeSpan.FromMilliseconds(200));

        reply.Outcome.Result.ShouldBe(ForwardResult.UpstreamTimeout);
    }

    internal static UpstreamReply Answer(int status, string body) =>
        new(new ForwardOutcome(ForwardResult.Ok, ForwardPhase.Done, status, 0, body.Length), status, Encoding.UTF8.GetBytes(body), null);

    private static UpstreamReply Reply(string name) =>
        Answer(200, $$"""{"indices":[{"name":"{{name}}","attributes":["open"]}],"aliases":[],"data_streams":[]}""");

    private static UpstreamPool Pool(int port)
    {
        UpstreamAddress.TryParse($"http://127.0.0.1:{port}", out UpstreamAddress? address, out _).ShouldBeTrue();
        return new UpstreamPool(new UpstreamOptions { Address = address! }, new AnyOwner(), TimeProvider.System);
    }

    private IndexNameBook Book() => new("g", AskAsync, _time, NullLogger.Instance);

    private async ValueTask<UpstreamReply> AskAsync(UpstreamQuestion question)
    {
        Task<UpstreamReply>? wait = null;
        lock (_asked)
        {
            _asked.Add(Encoding.ASCII.GetString(question.Target.Span));
            if (_holds)
            {
                TaskCompletionSource<UpstreamReply> held = new(TaskCreationOptions.RunContinuationsAsynchronously);
                _held.Enqueue(held);
                wait = held.Task;
            }
        }

        return wait is null ? _reply : await wait;
    }

    private async Task<TaskCompletionSource<UpstreamReply>> HeldAsync()
    {
        while (true)
        {
            lock (_asked)
            {
                if (_held.TryDequeue(out TaskCompletionSource<UpstreamReply>? held))
                {
                    return held;
                }
            }

            await Task.Yield();
            Stop.ThrowIfCancellationRequested();
        }
    }

    private sealed class AnyOwner : IUpstreamOwners
    {
        public ValueTask<string?> FindWrongOwnerAsync(EndPoint listener) => ValueTask.FromResult<string?>(null);
    }
}
