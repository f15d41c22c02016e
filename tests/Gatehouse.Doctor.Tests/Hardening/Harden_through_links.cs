using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Hardening;
using Gatehouse.Doctor.Hardening.Emqx;
using Gatehouse.Problems;
using Shouldly;
using Xunit;

namespace Gatehouse.Doctor.Tests.Hardening;

/// <summary>A plan shows the files that it would replace: never what a link leads to.</summary>
public sealed class Harden_through_links : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public Harden_through_links()
    {
        _folder.Write("emqx.conf", "node.name = \"emqx@10.0.0.5\"\n");
        File.WriteAllText(Secret, "root:$6$secret:\n");
    }

    private string Secret => System.IO.Path.Combine(_folder.Path, "shadow");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("acl.conf")]
    [InlineData("ssl_dist.conf")]
    [InlineData("vm.args")]
    [InlineData("base.hocon")]
    public void A_side_file_that_is_a_link_is_refused_as_apply_refuses_it(string name)
    {
        File.CreateSymbolicLink(_folder.In(name), Secret);

        Refused().ShouldSatisfyAllConditions(
            static problem => problem.Id.ShouldBe("GH3003"),
            static problem => problem.ToString().ShouldNotContain("$6$"));
    }

    [Fact]
    public void So_is_one_that_leads_nowhere_and_the_main_file()
    {
        File.CreateSymbolicLink(_folder.In("acl.conf"), "/nowhere/at/all");
        Refused().Id.ShouldBe("GH3003");

        File.Delete(_folder.In("acl.conf"));
        File.Move(_folder.In("emqx.conf"), _folder.In("real.conf"));
        File.CreateSymbolicLink(_folder.In("emqx.conf"), _folder.In("real.conf"));
        Refused().Id.ShouldBe("GH3003");
    }

    [Fact]
    public void A_plain_one_is_read_and_a_folder_may_be_reached_through_a_link()
    {
        _folder.Write("acl.conf", "{allow, all}.\n");
        string link = System.IO.Path.Combine(_folder.Path, "link");
        Directory.CreateSymbolicLink(link, _folder.Etc);

        Planned.Shown(Plan(link)).ShouldContain("-{allow, all}.");
    }

    private Problem Refused() => Should.Throw<ProblemException>(() => Plan(_folder.Etc)).Problem;

    private static HardenPlan Plan(string folder) =>
        new EmqxHardener().Plan(new LinuxHost(TimeProvider.System), new HardenWishes { File = folder, Gate = true, Version = "5.8.6" }, new CountedSecrets());
}
