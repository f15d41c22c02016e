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
        PaperHost host = new PaperHost().With(Path, "", 0, 901, "0640");
        Find(host).Name.ShouldBe("root");

        host.With("/lib/systemd/system/it.service", "[Service]\nUser=root\n", 0, 0).With("/etc/systemd/system/it.service.d/own.conf", "[Service]\nUser = ignored\nUser=ipfs\n", 0, 0);
        Find(host).ShouldSatisfyAllConditions(static a => a.Name.ShouldBe("ipfs"), static a => a.Why.ShouldContain("unit"), static a => a.Groups.ShouldBe([900u, 950u]));

        host.Processes = [Process(1, 901)];
        Find(host).Name.ShouldBe("elasticsearch");
        host.Processes = [Process(1, 901) with { Root = "/proc/1/root" }];
        Find(host).Name.ShouldBe("ipfs");
        host.Processes = [Process(1, 901)];
        Find(host, "0").Name.ShouldBe("root");
        Should.Throw<ProblemException>(() => Find(host, "nobody-here")).Problem.Id.ShouldBe("GH8163");
    }

    [Theory]
    [InlineData(900u, 900u, "0600", 900u)] // its own
    [InlineData(900u, 900u, "0644", 900u)]
    [InlineData(0u, 950u, "0640", 900u)] // root's, meant for a group of its
    public void A_process_is_the_services_where_the_file_is_meant_for_its_user(uint owner, uint group, string mode, uint user)
    {
        PaperHost host = new PaperHost().With(Path, "", owner, group, mode);
        host.Processes = [Process(7, 901), Process(8, user), Process(9, user)];

        Find(host).Why.ShouldContain("process");
        Find(host).User.ShouldBe(user);
    }

    [Theory]
    [InlineData(0u, 0u, "0600")]
    [InlineData(0u, 0u, "0644")]
    [InlineData(0u, 950u, "0600")]
    [InlineData(0u, 950u, "0644")]
    public void Whoever_says_that_a_file_of_root_is_its_own_does_not_get_it(uint owner, uint group, string mode)
    {
        PaperHost host = new PaperHost().With(Path, "", owner, group, mode);
        host.Processes = [Process(7, 901)];

        Should.Throw<ProblemException>(() => Find(host)).Problem.ShouldSatisfyAllConditions(static p => p.Id.ShouldBe("GH8163"), static p => p.Text.ShouldContain("elasticsearch"));
        host.With("/lib/systemd/system/it.service", "[Service]\nUser=ipfs\n", 0, 0);
        Find(host).Name.ShouldBe("ipfs", "the unit is root's word");
    }

    [Fact]
    public void A_file_is_not_taken_from_one_user_for_another()
    {
        PaperHost host = new PaperHost().With(Path, "", 900, 900, "0644");
        host.Processes = [Process(7, 901)];
        Find(host).Name.ShouldBe("ipfs", "it stays whose it is");

        host.With("/lib/systemd/system/it.service", "[Service]\nUser=elasticsearch\n", 0, 0);
        Should.Throw<ProblemException>(() => Find(host)).Problem.Id.ShouldBe("GH8163");

        host.Processes = [Process(7, 0), Process(8, 900)];
        Should.Throw<ProblemException>(() => Find(host)).Problem.Text.ShouldContain("several users");
    }

    [Theory]
    [InlineData("/etc/service/new.key", null, 0, true)]
    [InlineData("/etc/service/certs/new.key", null, 0, true)]
    [InlineData("/etc/service/../passwd", 0, 0, false)]
    [InlineData("/etc/service/others.key", 901, 0, false)]
    [InlineData("/etc/service/roots.key", 0, 0, true)]
    [InlineData("/etc/cron.d/new", null, 0, false)]
    [InlineData("/etc/shadow", 0, 0, false)]
    [InlineData("/var/lib/service/new", null, 900, true)]
    [InlineData("/var/lib/service/own", 900, 900, true)]
    [InlineData("/var/lib/service/roots", 0, 900, false)]
    [InlineData("/var/lib/other/cluster.hocon", 901, 901, false)]
    public void Beyond_its_folder_only_what_is_the_services_own_is_written(string path, int? owner, int folder, bool expected)
    {
        PaperHost host = new PaperHost().With(Path, "", 900, 900, "0600").Folder(System.IO.Path.GetDirectoryName(path)!, "0755", (uint)folder);
        if (owner is { } number)
        {
            host.With(path, "", (uint)number, (uint)number);
        }

        Find(host).Owns(host, path, "/etc/service").ShouldBe(expected);
    }

    private static ProcessFact Process(int id, uint user) => new() { Id = id, Name = "it", Arguments = ["it"], User = user, Groups = user == 900 ? [900, 950] : [user] };

    private static ServiceAccount Find(PaperHost host, string? named = null)
    {
        var found = Installation.Find(host, host.Processes.All(static p => p.Root.Length > 0) ? Path : null, "service.conf", static _ => Path);
        return ServiceAccount.Find(host, named, found, ServiceUnit.Find(host, ["it.service"]), host.Look(Path)!);
    }
}
