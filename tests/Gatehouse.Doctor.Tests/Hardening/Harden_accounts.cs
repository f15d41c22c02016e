using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Hardening;
using Gatehouse.Problems;
using Shouldly;
using Xunit;

namespace Gatehouse.Doctor.Tests.Hardening;

/// <summary>Who runs a service, and which rights its files get.</summary>
public class Harden_accounts
{
    private const string Path = "/etc/service/service.conf";

    [Theory]
    [InlineData(900, 900, "0644", "0600 900:900")]
    [InlineData(900, 900, "0400", "0400 900:900")]
    [InlineData(0, 900, "0660", "0640 0:900")]
    [InlineData(0, 950, "0640", "0640 0:950")]
    [InlineData(0, 0, "0644", "0600 900:900")]
    [InlineData(0, 901, "0640", "0600 900:900")]
    [InlineData(901, 901, "0644", "0600 900:900")]
    public void A_file_keeps_its_owner_where_the_service_reads_it_and_nobody_else(uint owner, uint group, string mode, string expected)
    {
        PaperHost host = new PaperHost().With(Path, "", owner, group, mode);

        FileRights rights = Find(host, "ipfs").RightsOf(host.Look(Path));

        $"{rights.Octal} {rights.Owner}:{rights.Group}".ShouldBe(expected);
    }

    [Fact]
    public void It_is_whom_the_administrator_names_then_the_process_then_the_unit_then_the_files_owner()
    {
        PaperHost host = new PaperHost().With(Path, "", 901, 901);
        Find(host).Name.ShouldBe("elasticsearch");

        host.With("/lib/systemd/system/it.service", "[Service]\nUser=root\n", 0, 0).With("/etc/systemd/system/it.service.d/own.conf", "[Service]\nUser = ignored\nUser=ipfs\n", 0, 0);
        Find(host).ShouldSatisfyAllConditions(static a => a.Name.ShouldBe("ipfs"), static a => a.Why.ShouldContain("unit"), static a => a.Groups.ShouldBe([900u, 950u]));

        var process = new ProcessFact { Id = 1, Name = "it", Arguments = ["it"], User = 901 };
        ServiceAccount.Find(host, null, process, ServiceUnit.Find(host, ["it.service"]), host.Look(Path)!).Name.ShouldBe("elasticsearch");
        ServiceAccount.Find(host, null, process with { Root = "/proc/1/root" }, ServiceUnit.Find(host, ["it.service"]), host.Look(Path)!).Name.ShouldBe("ipfs");
        ServiceAccount.Find(host, "0", process, ServiceUnit.Find(host, ["it.service"]), host.Look(Path)!).Name.ShouldBe("root");
        Should.Throw<ProblemException>(() => Find(host, "nobody-here")).Problem.Id.ShouldBe("GH8163");
    }

    private static ServiceAccount Find(PaperHost host, string? named = null) => ServiceAccount.Find(host, named, null, ServiceUnit.Find(host, ["it.service"]), host.Look(Path)!);
}
