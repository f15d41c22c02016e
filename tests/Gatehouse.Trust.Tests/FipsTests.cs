using Gatehouse.Trust.Tls;
using Shouldly;
using Xunit;

namespace Gatehouse.Trust.Tests;

public sealed class FipsTests
{
    [Theory]
    [InlineData("tls:\n  profile: fips\n", true)]
    [InlineData("tls:\n  profile: \"fips\"   # why not\n", true)]
    [InlineData("tls: {names: [a], profile: 'fips'}\n", true)]
    [InlineData("tls:\n  profile: compatible\n", false)]
    [InlineData("tls:\n  # profile: fips\n", false)]
    [InlineData("", false)]
    public void A_request_is_seen_before_the_configuration_is_read(string text, bool asks) =>
        (FipsRequest.Parse(text) is not null).ShouldBe(asks);

    [Fact]
    public void The_module_that_is_named_is_taken_beside_the_file()
    {
        string folder = Directory.CreateTempSubdirectory("gh-fips-").FullName;
        string file = Path.Combine(folder, "gatehouse.yaml");
        File.WriteAllText(file, "tls:\n  profile: fips\n  fips_module: \"module.cnf\"\n");

        FipsRequest.Find(file)!.Module.ShouldBe(Path.Combine(folder, "module.cnf"));
        FipsRequest.Find(Path.Combine(folder, "none.yaml")).ShouldBeNull();
    }

    [Fact]
    public void The_floor_of_fips_names_nothing_that_is_not_approved_and_the_module_only_where_it_is()
    {
        string module = Path.GetTempFileName();

        string with = OpenSslConfiguration.Fips(module);
        string without = OpenSslConfiguration.Fips(module + ".none");

        foreach (string text in (string[])[with, without])
        {
            text.ShouldNotContain("CHACHA");
            text.ShouldNotContain("X25519");
            text.ShouldContain("MinProtocol = TLSv1.2\n");
            text.ShouldContain("openssl_conf = gatehouse\n");
        }

        with.ShouldStartWith("# Written by Gatehouse");
        with.ShouldContain($".include = {module}\n");
        with.ShouldContain("default_properties = fips=yes");
        without.ShouldNotContain("include");
        without.ShouldNotContain("providers");
    }

    [Fact]
    public void Without_the_provider_there_is_an_obstacle() =>

        // Debian ships none; where a machine has one in force, this process was not started with it.
        FipsModule.Obstacle().ShouldNotBeNull();
}
