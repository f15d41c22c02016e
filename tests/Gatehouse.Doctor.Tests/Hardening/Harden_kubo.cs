using Gatehouse.Doctor.Hardening;
using Gatehouse.Doctor.Hardening.Ipfs;
using Gatehouse.Problems;
using Shouldly;
using Xunit;

namespace Gatehouse.Doctor.Tests.Hardening;

/// <summary>What becomes of Kubo's config.</summary>
public class Harden_kubo
{
    private const string Path = "/home/ipfs/.ipfs/config";

    [Fact]
    public void An_open_one_behind_a_gate() =>
        Plan(With("kubo-open.json", "0644").Folder("/etc/gatehouse", "0700"), new HardenWishes { File = "/home/ipfs/.ipfs", Gate = true, GatePassword = "/etc/gatehouse/kubo.pass" }).ShouldBeGolden("kubo-open");

    [Fact]
    public void One_whose_gateway_stays()
    {
        HardenPlan plan = Plan(With("kubo-open.json"), new HardenWishes { File = Path, Keep = ["gateway"] });
        string shown = Planned.Shown(plan);

        shown.ShouldContain("+    \"NoFetch\": true");
        shown.ShouldNotContain("-    \"Gateway\":");
        shown.ShouldNotContain("Authorizations");
    }

    [Fact]
    public void A_plan_on_its_own_result_is_empty_and_the_private_key_is_never_shown()
    {
        PaperHost host = With("kubo-open.json").With("/home/ipfs/.ipfs/swarm.key", "/key/swarm/psk/1.0.0/\n/base16/\n", mode: "0644");
        var wishes = new HardenWishes { File = Path, Gate = true };
        var secrets = new CountedSecrets();
        HardenPlan plan = new KuboHardener().Plan(host, wishes, secrets);

        Planned.Shown(plan).ShouldSatisfyAllConditions(
            text => text.ShouldNotContain("CAESQLprivatekeyofthenode"),
            text => text.ShouldNotContain(secrets.Made.ShouldHaveSingleItem()),
            static text => text.ShouldContain("swarm.key 0644 -> 0600"),
            static text => text.ShouldNotContain("no swarm.key"));
        HardenPlan again = new KuboHardener().Plan(host.After(plan), wishes, secrets);
        again.IsDone.ShouldBeTrue(Planned.Shown(again));
        secrets.Made.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(Path, null)]
    [InlineData("/home/ipfs/.ipfs/swarm.key", null)] // not there, and Kubo's
    [InlineData("/home/ipfs/.ipfs/version", "16\n")]
    [InlineData("/etc/gatehouse/gatehouse.yaml", "node: a\ndata: /b\n")]
    [InlineData("/etc/gatehouse/small.json", "{\"a\": 1}")]
    [InlineData("/etc/gatehouse/store", "\u0001\u0002")]
    public void No_file_but_a_former_password_is_replaced_by_the_gates(string path, string? there)
    {
        PaperHost host = With("kubo-open.json").Folder("/etc/gatehouse", "0700");
        if (there is not null)
        {
            host.With(path, there);
        }

        Problem problem = Should.Throw<ProblemException>(() => Plan(host, new HardenWishes { File = Path, Gate = true, GatePassword = path })).Problem;

        problem.Id.ShouldBe("GH8162");
        problem.Text.ShouldContain(path);
    }

    [Fact]
    public void A_user_of_a_container_may_be_a_number_without_a_name()
    {
        ServiceAccount account = Plan(With("kubo-open.json"), new HardenWishes { File = Path, User = "99999" }).Account;

        (account.User, account.Group, account.Name).ShouldBe((99999u, 99999u, null));
        Should.Throw<ProblemException>(() => Plan(With("kubo-open.json"), new HardenWishes { File = Path, User = "4294967295" })).Problem.Id.ShouldBe("GH8163");
    }

    [Fact]
    public void A_former_password_of_the_gate_goes_and_that_is_said()
    {
        PaperHost host = With("kubo-open.json").Folder("/etc/gatehouse", "0700").With("/etc/gatehouse/kubo.pass", "an older one\n", 0, 0);
        var wishes = new HardenWishes { File = Path, Gate = true, GatePassword = "/etc/gatehouse/kubo.pass" };
        HardenPlan plan = Plan(host, wishes);

        plan.Warnings.ShouldContain(static text => text.Contains("former password", StringComparison.Ordinal));
        Plan(host.After(plan), wishes).Warnings.ShouldNotContain(static text => text.Contains("former password", StringComparison.Ordinal));
    }

    private static PaperHost With(string fixture, string mode = "0600") => new PaperHost().With(Path, Planned.Fixture(fixture), mode: mode);

    private static HardenPlan Plan(PaperHost host, HardenWishes wishes) => new KuboHardener().Plan(host, wishes, new CountedSecrets());
}
