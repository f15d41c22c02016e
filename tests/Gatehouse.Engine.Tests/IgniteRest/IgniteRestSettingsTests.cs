using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Configuration.Validators;
using Gatehouse.Engine.Configuration.Writing;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.IgniteRest;

/// <summary>The <c>ignite_rest</c> mapping of a gate: read, written, told where it is wrong.</summary>
public sealed class IgniteRestSettingsTests
{
    private const string Hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    [Theory]
    [InlineData("{ max_unit_size: 1GiB, max_unit_files: 5, max_entries: 7, max_unpacked: 3GiB, unit_hashes: ['" + Hash + "'], open_health: true }")]
    [InlineData("{ open_health: true }")]
    public void What_is_written_is_read_again(string mapping)
    {
        GateConfiguration gate = Read(mapping).Value!.Gates.Single();
        IgniteRestText.Of(gate.IgniteRest).ShouldBe(mapping);
        gate.IgniteRest!.OpenHealth.ShouldBeTrue();
    }

    [Fact]
    public void Without_it_the_defaults_hold()
    {
        IgniteRestText.Of(new IgniteRestConfiguration()).ShouldBeNull();
        new IgniteRestConfiguration().OpenHealth.ShouldBeFalse();
        new IgniteRestConfiguration().MaxUnitSize.ShouldBe(512L * 1024 * 1024);
    }

    [Theory]
    [InlineData("{ max_unit_size: 1B }", "GH1012")]
    [InlineData("{ max_unit_size: 5GiB }", "GH1012")]
    [InlineData("{ max_unit_files: 0 }", "GH1012")]
    [InlineData("{ max_entries: 65001 }", "GH1012")]
    [InlineData("{ unit_hashes: ['abc'] }", "GH1008")]
    [InlineData("{ unit_hashes: ['" + Hash + "', '" + Hash + "'] }", "GH1007")]
    [InlineData("{ max_unit: 1GiB }", "GH1006")]
    public void What_is_no_value_is_told(string mapping, string id)
    {
        ConfigurationResult result = Read(mapping);
        result.Value.ShouldBeNull();
        result.Problems.Select(static p => p.Id).ShouldBe([id]);
    }

    [Fact]
    public void It_is_for_one_system()
    {
        GateConfiguration gate = Read("{ open_health: true }").Value!.Gates.Single();
        GateSettingsValidator.Conflicts(gate).Select(static c => c.Key).ShouldNotContain("ignite_rest");
        GateSettingsValidator.Conflicts(gate with { System = "http" }).Select(static c => c.Key).ShouldContain("ignite_rest");
    }

    private static ConfigurationResult Read(string mapping) =>
        ConfigurationReader.Read($"version: 1\ngates:\n  g:\n    listen: 127.0.0.1:1\n    upstream: http://127.0.0.1:2\n    protocol: http\n    system: ignite-rest\n    ignite_rest: {mapping}\n", "f");
}
