using System.Collections.Immutable;
using System.Text;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rounds;
using Gatehouse.Problems;
using Shouldly;
using Xunit;

namespace Gatehouse.Doctor.Tests.Rounds;

public class Files_of_accepted_risks
{
    private static readonly DateOnly Today = new(2026, 11, 23);

    [Fact]
    public void Each_has_a_check_a_reason_and_an_end()
    {
        ImmutableArray<AcceptedRisk> risks = Read("""
            accepted:
              - check: erl-001
                subject: /etc/emqx/*
                reason: replaced with the move to 6.3
                until: 2027-03-31
              - { check: ES-050, reason: "a gate stands before it", until: "2028-11-23" }
            """);

        risks.ShouldBe([
            new AcceptedRisk("ERL-001", "/etc/emqx/*", "replaced with the move to 6.3", new DateOnly(2027, 3, 31)),
            new AcceptedRisk("ES-050", null, "a gate stands before it", new DateOnly(2028, 11, 23))]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("accepted:")]
    [InlineData("accepted: []")]
    public void None_may_be_accepted(string text) => Read(text).ShouldBeEmpty();

    [Fact]
    public void One_that_ended_is_read_and_covers_nothing() => Read("accepted: [{ check: ES-050, reason: x, until: 2020-01-01 }]").ShouldHaveSingleItem().Until.ShouldBe(new DateOnly(2020, 1, 1));

    [Theory]
    [InlineData("- { check: ES-050, until: 2027-01-01 }", "`reason`")]
    [InlineData("- { check: ES-050, reason: \" \", until: 2027-01-01 }", "`reason`")]
    [InlineData("- { check: ES-050, reason: x }", "`until`")]
    [InlineData("- { check: ES-050, reason: x, until: never }", "`until`")]
    [InlineData("- { check: ES-050, reason: x, until: 2027-1-1 }", "`until`")]
    [InlineData("- { check: ES-050, reason: x, until: 2028-11-24 }", "two years")]
    [InlineData("- { reason: x, until: 2027-01-01 }", "`check`")]
    [InlineData("- { check: ES-999, reason: x, until: 2027-01-01 }", "no check `ES-999`")]
    [InlineData("- { check: \"../README\", reason: x, until: 2027-01-01 }", "no check")]
    [InlineData("- { check: README, reason: x, until: 2027-01-01 }", "no check `README`")]
    [InlineData("- { check: ES-050, reason: x, until: 2027-01-01, subjekt: a }", "`subjekt`")]
    [InlineData("- ES-050", "`check`")]
    public void An_entry_that_says_too_little_or_too_much_is_refused_at_its_place(string entry, string says)
    {
        Problem problem = Should.Throw<ProblemException>(() => Read($"accepted:\n  {entry}\n")).Problem;

        problem.Id.ShouldBe("GH8150");
        problem.Text.ShouldContain(says);
        problem.Location.ShouldNotBeNull().Source.ShouldBe("risks.yml");
        problem.Location.Line.ShouldBe(2);
    }

    [Theory]
    [InlineData("acepted: []", "`acepted`")]
    [InlineData("accepted: ES-050", "is a list")]
    public void Another_file_is_refused(string text, string says) => Should.Throw<ProblemException>(() => Read(text)).Problem.Text.ShouldContain(says);

    private static ImmutableArray<AcceptedRisk> Read(string text) => AcceptedRisks.Read(Encoding.UTF8.GetBytes(text), "risks.yml", Today);
}
