using System.Text.Json;
using Gatehouse.Administration.Cluster;
using Gatehouse.Engine.Hosting.Joining;
using Gatehouse.Engine.Tests.Administration;
using Gatehouse.Problems;
using Gatehouse.Trust.Enrolment;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Membership;

/// <summary><c>gatehouse join</c> that dies, loses its connection, or hears no clear answer: nothing is half done on either side.</summary>
public sealed class Joins_cut_short : IAsyncLifetime
{
    private static readonly string[] BeforeTheClusterKnows = ["begun", "connected", "reserved", "accepted", "proven", "asking"];
    private EnrolmentBench _bench = null!;
    private TlsDoor _door = null!;
    private JoiningHost _host = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Every step; a step that is added and not here fails <see cref="The_steps_are_those_that_are_tested"/>.</summary>
    public static TheoryData<string> Steps => [.. BeforeTheClusterKnows, "completed", "prepared", "configured"];

    public async ValueTask InitializeAsync()
    {
        _bench = await EnrolmentBench.StartAsync(TimeProvider.System);
        _door = TlsDoor.Of(_bench);
        _host = new JoiningHost(_bench);
    }

    public async ValueTask DisposeAsync()
    {
        _host.Dispose();
        await _door.DisposeAsync();
        _bench.Dispose();
    }

    [Fact]
    public async Task The_steps_are_those_that_are_tested()
    {
        using JoinToken token = Token();
        List<string> steps = [];

        JoinReport report = await _host.JoinAsync(token, steps.Add, Cancellation);

        steps.ShouldBe([.. Steps.Select(static row => row.Data), "renamed"]);
        (report.Node, report.Number, report.PeerAddress).ShouldBe(("gamma", 3, "127.77.0.3"));
        _host.ShouldBeNode();
        _bench.Membership.Tokens.ShouldBeEmpty();
        (await Should.ThrowAsync<ProblemException>(() => _host.JoinAsync(token, null, Cancellation))).Problem.Id.ShouldBe("GH3209");
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public async Task A_join_that_died_goes_on_with_the_same_token(string step)
    {
        using JoinToken token = Token();
        await DieAsync(token, step);
        Directory.Exists(_host.Data).ShouldBeFalse();
        _bench.Membership.Nodes.ContainsKey("gamma").ShouldBe(!BeforeTheClusterKnows.Contains(step));

        JoinReport report = await _host.JoinAsync(token, null, Cancellation);

        report.Members.ShouldBe(["alpha", "beta", "gamma"]);
        _host.ShouldBeNode();
        _bench.Membership.Tokens.ShouldBeEmpty();
        _bench.Document.Revocations.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("begun")]
    [InlineData("connected")]
    [InlineData("reserved")]
    [InlineData("accepted")]
    [InlineData("proven")]
    public async Task What_a_join_left_that_died_early_is_cleaned_by_the_next_one(string step)
    {
        using JoinToken token = Token();
        await DieAsync(token, step);
        string[] rest = _host.Rest;
        rest.ShouldContain("keys/node.key");
        string key = Convert.ToHexString(await File.ReadAllBytesAsync(Path.Combine(Path.GetDirectoryName(_host.Data)!, "keys/node.key"), Cancellation));
        using JoinToken fresh = Token("delta");

        await _host.JoinAsync(fresh, null, Cancellation);

        _host.ShouldBeNode();
        _bench.Membership.Nodes.Keys.ShouldBe(["alpha", "beta", "delta"]);
        string second = Convert.ToHexString(await File.ReadAllBytesAsync(Path.Combine(Path.GetDirectoryName(_host.Data)!, "keys/node.key"), Cancellation));
        second.ShouldNotBe(key, "the keys of the join that died are gone");
    }

    [Fact]
    public async Task Once_the_cluster_was_asked_another_token_is_refused_until_it_is_known_what_became_of_the_first()
    {
        using JoinToken token = Token();
        await DieAsync(token, "asking");
        using JoinToken fresh = Token("delta");

        (await Should.ThrowAsync<ProblemException>(() => _host.JoinAsync(fresh, null, Cancellation))).Problem.Id.ShouldBe("GH3223");

        // The cluster took the first one back: that token finds nothing, and leaves nothing.
        _bench.Put(Gatehouse.Engine.Membership.TokenChanges.Remove(_bench.Document, token.Id, "native/admin", DateTimeOffset.UtcNow).Next!);
        (await Should.ThrowAsync<ProblemException>(() => _host.JoinAsync(token, null, Cancellation))).Problem.Id.ShouldBe("GH3207");
        _host.Rest.ShouldBeEmpty();
        (await _host.JoinAsync(fresh, null, Cancellation)).Node.ShouldBe("delta");
    }

    [Theory]
    [InlineData("authority")]
    [InlineData("begin")]
    public async Task A_connection_that_ends_before_anything_was_asked_leaves_nothing(string at)
    {
        await using var cutting = new TlsDoor(
            _bench.Trust.Server, async request => request.Target.Contains(at, StringComparison.Ordinal) ? null : await TlsDoor.PassAsync(_bench, request));
        using JoinToken token = _bench.MakeToken(address: cutting.Address);

        ProblemException fault = await Should.ThrowAsync<ProblemException>(() => _host.JoinAsync(token, null, Cancellation));

        fault.Problem.Id.ShouldBe("GH3208");
        _host.Rest.ShouldBeEmpty();
        _bench.Membership.Tokens[token.Id].ReservedBy.ShouldBeNull();
    }

    [Fact]
    public async Task A_begin_whose_answer_is_lost_is_taken_back()
    {
        await using var cutting = new TlsDoor(_bench.Trust.Server, async request =>
        {
            Reply reply = await TlsDoor.PassAsync(_bench, request);
            return request.Target.Contains("begin", StringComparison.Ordinal) ? null : reply;
        });
        using JoinToken token = _bench.MakeToken(address: cutting.Address);

        (await Should.ThrowAsync<ProblemException>(() => _host.JoinAsync(token, null, Cancellation))).Problem.Id.ShouldBe("GH3208");

        _host.Rest.ShouldBeEmpty();
        _bench.Membership.Tokens[token.Id].ReservedBy.ShouldBeNull("it gave the token back");
        _bench.Document.Revocations.Count.ShouldBe(2);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_complete_whose_answer_is_lost_is_finished_by_the_same_command(bool wasDone)
    {
        bool isCutting = true;
        await using var cutting = new TlsDoor(_bench.Trust.Server, async request =>
        {
            bool isCut = isCutting && request.Target.Contains("complete", StringComparison.Ordinal);
            Reply? reply = isCut && !wasDone ? null : await TlsDoor.PassAsync(_bench, request);
            return isCut ? null : reply;
        });
        using JoinToken token = _bench.MakeToken(address: cutting.Address);
        (await Should.ThrowAsync<ProblemException>(() => _host.JoinAsync(token, null, Cancellation))).Problem.Id.ShouldBe("GH3208");
        _bench.Membership.Nodes.ContainsKey("gamma").ShouldBe(wasDone);
        isCutting = false;

        await _host.JoinAsync(token, null, Cancellation);

        _host.ShouldBeNode();
        _bench.Membership.Nodes.Keys.ShouldBe(["alpha", "beta", "gamma"]);
    }

    [Theory]
    [InlineData("connected")]
    [InlineData("proven")]
    public async Task An_answer_that_comes_in_late_does_not_throw_the_members_keys_away(string when)
    {
        DoorRequest? held = null;
        await using var holding = new TlsDoor(_bench.Trust.Server, async request =>
        {
            if (held is null && request.Target.Contains("complete", StringComparison.Ordinal))
            {
                held = request;
                return null;
            }

            return await TlsDoor.PassAsync(_bench, request);
        });
        using JoinToken token = _bench.MakeToken(address: holding.Address);
        await Should.ThrowAsync<ProblemException>(() => _host.JoinAsync(token, null, Cancellation));

        // The first command's request was slow: the cluster takes the node in while the second command runs.
        JoinReport report = await _host.JoinAsync(
            token, step => (step == when ? TlsDoor.PassAsync(_bench, held!) : Task.CompletedTask).Wait(Cancellation), Cancellation);

        report.Members.ShouldBe(["alpha", "beta", "gamma"]);
        _host.ShouldBeNode();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_call_that_nobody_looked_at_is_made_again_by_the_same_command(bool isLate)
    {
        bool isLimited = true;
        await using var busy = new TlsDoor(_bench.Trust.Server, async request =>
        {
            if (!isLimited || !request.Target.Contains("complete", StringComparison.Ordinal))
            {
                return await TlsDoor.PassAsync(_bench, request);
            }

            if (isLate)
            {
                await TlsDoor.PassAsync(_bench, request);
            }

            return new Reply(429, """{"error":{"id":"GH3206","text":"too many enrolment attempts"}}""", null!);
        });
        using JoinToken token = _bench.MakeToken(address: busy.Address);
        if (!isLate)
        {
            (await Should.ThrowAsync<ProblemException>(() => _host.JoinAsync(token, null, Cancellation))).Problem.Id.ShouldBe("GH3206");
            isLimited = false;
        }

        await _host.JoinAsync(token, null, Cancellation);

        _host.ShouldBeNode();
        _bench.Membership.Nodes.Keys.ShouldBe(["alpha", "beta", "gamma"]);
    }

    [Fact]
    public async Task A_fault_after_the_node_was_taken_in_is_no_refusal()
    {
        await using var failing = new TlsDoor(_bench.Trust.Server, async request =>
        {
            _bench.Trail.CanFlush = !request.Target.Contains("complete", StringComparison.Ordinal);
            return await TlsDoor.PassAsync(_bench, request);
        });
        using JoinToken token = _bench.MakeToken(address: failing.Address);

        await _host.JoinAsync(token, null, Cancellation);

        _host.ShouldBeNode();
        _bench.Membership.Nodes.ShouldContainKey("gamma");
    }

    [Fact]
    public async Task A_refusal_leaves_nothing_on_either_side()
    {
        using JoinToken token = Token();

        ProblemException fault = await Should.ThrowAsync<ProblemException>(() => _host.JoinAsync(
            token,
            step =>
            {
                if (step == "asking")
                {
                    // Another one of its name, meanwhile.
                    _bench.Set(_bench.Membership with { Nodes = _bench.Membership.Nodes.Add("gamma", _bench.Membership.Nodes["beta"] with { Name = "gamma", Id = "00000000000000cc", Number = 3, PeerAddress = "127.77.0.3" }) });
                }
            },
            Cancellation));

        fault.Problem.Id.ShouldBe("GH3204");
        _host.Rest.ShouldBeEmpty();
        _bench.Membership.Tokens[token.Id].ReservedBy.ShouldBeNull();
        _bench.Document.Revocations.Count.ShouldBe(2);
    }

    private JoinToken Token(string node = "gamma") => _bench.MakeToken(node, address: _door.Address);

    // As kill -9 does: nothing of the join's own runs any more.
    private async Task DieAsync(JoinToken token, string at)
    {
        (await Should.ThrowAsync<PowerCutException>(() => _host.JoinAsync(token, step => PowerCutException.ThrowIf(step == at), Cancellation))).ShouldNotBeNull();
    }

    private sealed class PowerCutException : Exception
    {
        public static void ThrowIf(bool isTime)
        {
            if (isTime)
            {
                throw new PowerCutException();
            }
        }
    }
}
