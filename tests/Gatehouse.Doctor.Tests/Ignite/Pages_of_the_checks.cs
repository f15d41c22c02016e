using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Ignite;
using Shouldly;
using Xunit;

namespace Gatehouse.Doctor.Tests.Ignite;

/// <summary>Every check of Ignite has a page, and every page a check.</summary>
public sealed class Pages_of_the_checks
{
    [Fact]
    public void Checks_and_pages_are_the_same_ones() =>
        new IgniteDoctor().Checks.ShouldBe(CheckPage.Ids.Where(static id => id.StartsWith("IGN-", StringComparison.Ordinal)));

    [Fact]
    public void Every_page_can_be_read_and_says_what_to_do()
    {
        foreach (string id in new IgniteDoctor().Checks)
        {
            CheckPage page = CheckPage.Find(id).ShouldNotBeNull(id);
            page.Id.ShouldBe(id);
            page.System.ShouldBe("ignite", id);
            page.Remedy.ShouldContain("```", Case.Sensitive, id);
            page.Title.ShouldNotEndWith(".");
        }
    }
}
