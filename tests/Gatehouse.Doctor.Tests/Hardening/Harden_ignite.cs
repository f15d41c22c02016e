using System.Diagnostics;
using System.Text;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Hardening;
using Gatehouse.Doctor.Hardening.Applying;
using Gatehouse.Doctor.Hardening.Certificates;
using Gatehouse.Doctor.Hardening.Ignite;
using Gatehouse.Doctor.Texts.Hocon;
using Gatehouse.Problems;
using Shouldly;
using Xunit;

namespace Gatehouse.Doctor.Tests.Hardening;

/// <summary>What becomes of Ignite's node file, and the stores and the file for the cluster beside it.</summary>
public class Harden_ignite
{
    private const string Path = "/etc/ignite3db/ignite-config.conf";

    [Fact]
    public void One_of_a_package_behind_a_gate() => new IgniteHardener().Plan(
        new PaperHost().With(Path, Planned.Fixture("ignite-package.conf"), mode: "0644").Folder("/etc/gatehouse", "0700"),
        new HardenWishes { Gate = true, Bind = "10.0.0.5", Nodes = ["10.0.0.5", "10.0.0.6:3345"], GatePassword = "/etc/gatehouse/ignite.password" },
        new CountedSecrets()).ShouldBeGolden("ignite-package");

    [Fact]
    public async Task Applied_it_is_done_and_keytool_opens_the_stores()
    {
        using var folder = new TemporaryFolder();
        folder.Write("ignite-config.conf", Planned.Fixture("ignite-package.conf"));
        string before = folder.State();
        var host = new LinuxHost(TimeProvider.System);
        using var authority = new TestAuthority(host.Now);
        var wishes = new HardenWishes { File = folder.Etc, Gate = true, Names = ["ignite1.example.org"] };
        HardenPlan plan = Plan(host, wishes);
        using CertificateMaterial material = await authority.IssueAsync(plan.Certificates.ShouldHaveSingleItem(), CancellationToken.None);

        HardenRun.Apply(plan, CertificateFiles.Make(host, plan.Certificates[0], material), folder.Backups, host.Now).ShouldNotBeNull();

        string after = folder.State();
        HardenPlan again = Plan(host, wishes);
        again.IsDone.ShouldBeTrue(Planned.Shown(again));
        after.ShouldContain("gatehouse-node.p12 0600");
        after.ShouldContain("gatehouse-cluster-init.conf 0600");
        var file = HoconFile.Read(File.ReadAllBytes(folder.In("ignite-config.conf")), "f", HoconOptions.Ignite);
        string keys = file.Settings["ignite.network.ssl.keyStore.password"].Text!;
        string trust = file.Settings["ignite.rest.ssl.trustStore.password"].Text!;
        keys.ShouldNotBe(trust);
        Run("openssl", ["pkcs12", "-in", folder.In("gatehouse-node.p12"), "-passin", "stdin", "-nokeys"], keys).ShouldContain("BEGIN CERTIFICATE");
        if (File.Exists("/usr/bin/keytool"))
        {
            Run("keytool", ["-list", "-storetype", "PKCS12", "-keystore", folder.In("gatehouse-node.p12")], keys).ShouldContain("PrivateKeyEntry");
            Run("keytool", ["-list", "-storetype", "PKCS12", "-keystore", folder.In("gatehouse-trust.p12")], trust).ShouldContain("trustedCertEntry");
        }

        HardenRun.Undo("ignite", folder.In("ignite-config.conf"), folder.Backups, isForced: false);
        folder.State().ShouldBe(before);
    }

    [Theory]
    [InlineData("ignite.network.port = ${PORT}\n")]
    [InlineData("include \"other.conf\"\n")]
    public void What_ignite_does_not_resolve_is_refused(string text) =>
        Should.Throw<ProblemException>(() => Plan(new PaperHost().With(Path, text), new HardenWishes())).Problem.Id.ShouldBe("GH8161");

    [Theory]
    [InlineData("3.0.0", "idleTimeout", false)]
    [InlineData("3.1.0", "idleTimeoutMillis", false)]
    [InlineData("3.2.0", "idleTimeoutMillis", true)]
    public void Names_are_those_of_the_version(string version, string idle, bool hasRest)
    {
        PaperHost host = new PaperHost().With(Path, "ignite.network.port = 3344\n").With($"/usr/share/ignite3db/lib/ignite-runner-{version}.jar", "", 0, 0, "0644");
        HardenPlan plan = Plan(host, new HardenWishes());

        var file = HoconFile.Read(plan.Files.Single(static change => change.Path == Path).New, Path, HoconOptions.Ignite);
        file.Settings["ignite.clientConnector"].Children.Where(static one => one.Name.StartsWith("idle")).ShouldHaveSingleItem().Name.ShouldBe(idle);
        file.Settings["ignite.compute.queueMaxSize"].AsInteger().ShouldBe(10_000);
        string events = Encoding.UTF8.GetString(plan.Files.Single(static change => change.Path.EndsWith("init.conf")).New);
        events.ShouldContain("QUERY_STARTED, QUERY_FINISHED");
        events.Contains("REST_API_REQUEST_STARTED").ShouldBe(hasRest);
        plan.Warnings.ShouldNotContain(static text => text.Contains("which version"));
    }

    [Fact]
    public void Limits_that_are_set_stay()
    {
        HardenPlan plan = Plan(new PaperHost().With(Path, "ignite { clientConnector.idleTimeout = 5000, compute.queueMaxSize = 77 }\n"), new HardenWishes());

        var file = HoconFile.Read(plan.Files.Single(static change => change.Path == Path).New, Path, HoconOptions.Ignite);
        file.Settings["ignite.clientConnector.idleTimeout"].AsInteger().ShouldBe(5000);
        file.Settings["ignite.clientConnector.idleTimeoutMillis"].IsSet.ShouldBeFalse();
        file.Settings["ignite.compute.queueMaxSize"].AsInteger().ShouldBe(77);
    }

    [Fact]
    public void No_password_is_shown()
    {
        var secrets = new CountedSecrets();
        HardenPlan plan = new IgniteHardener().Plan(new PaperHost().With(Path, Planned.Fixture("ignite-package.conf")), new HardenWishes(), secrets);
        string shown = Planned.Shown(plan);

        secrets.Made.Count.ShouldBe(3);
        secrets.Made.ShouldAllBe(secret => !shown.Contains(secret));
        Encoding.UTF8.GetString(plan.Files.Single(static change => change.Path.EndsWith("init.conf")).New).ShouldContain(secrets.Made[2]);
    }

    private static HardenPlan Plan(IHost host, HardenWishes wishes) => new IgniteHardener().Plan(host, wishes, new SystemSecrets());

    private static string Run(string program, string[] arguments, string input)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardInput = true, RedirectStandardError = true })!;
        process.StandardInput.WriteLine(input);
        process.StandardInput.Close();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit(60_000).ShouldBeTrue();
        process.ExitCode.ShouldBe(0, output);
        return output;
    }
}
