using System.Net;
using Gatehouse.Engine.Elasticsearch;
using Gatehouse.Engine.Tests.Elasticsearch.Handles;
using Gatehouse.Identity;
using Gatehouse.Operations;
using Gatehouse.Policy;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Elasticsearch;

/// <summary>The policy of a bulk's start allows its items, and a later one may take that away.</summary>
public sealed class Items_of_a_bulk_are_decided_on_its_start
{
    [Fact]
    public void What_is_allowed_is_noted_for_later_policies_to_decide_again()
    {
        Course course = new();
        BulkJudge judge = Judge(course);

        judge.Allows("index:create", "logs-1"u8).ShouldBeTrue();
        judge.Allows("index:create", "orders"u8).ShouldBeFalse();

        course.Noted.Count.ShouldBe(1);
        course.Noted[0].Resource(0).SequenceEqual("logs-1"u8).ShouldBeTrue();
        judge.Refused.ShouldHaveSingleItem().Resources.ShouldBe(["orders"]);
    }

    [Fact]
    public void What_a_newer_policy_does_not_allow_is_refused()
    {
        Course course = new() { IsAllowed = false };

        Judge(course).Allows("index:create", "logs-1"u8).ShouldBeFalse();

        course.Noted.Count.ShouldBe(0);
    }

    private static BulkJudge Judge(Course course)
    {
        CompiledPolicy policy = CompiledPolicy.Compile(1, [HandleGate.Role("logs", ["index:write"], "logs-*")], [])!;
        AuthorizationContext context = new(
            new Principal("bert", "native"), ["logs"], IPAddress.Loopback, "es", false, DateTimeOffset.UnixEpoch, 1);
        return new BulkJudge(policy, context, null, course);
    }

    private sealed class Course : IBulkCourse
    {
        public bool IsAllowed { get; init; } = true;

        public OperationSet Noted { get; } = new();

        public bool IsAllowedNow(OperationSet asked) => IsAllowed;

        public void Note(OperationSet allowed) => Noted.AddFrom(allowed);
    }
}
