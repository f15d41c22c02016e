using Gatehouse.Doctor.Elastic;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Shouldly;
using Xunit;

namespace Gatehouse.Doctor.Tests;

/// <summary>Any user can start a process that says it is the service, and lay settings over a file that is not his.</summary>
public sealed class Speakers
{
    private const string Path = "/etc/elasticsearch/elasticsearch.yml";
    private const string Words = "java -Des.path.conf=/etc/elasticsearch org.elasticsearch.server/org.elasticsearch.bootstrap.Elasticsearch -Expack.security.enabled=true";

    [Theory]
    [InlineData(0u, 0u, "0644", "")]
    [InlineData(0u, 990u, "0600", "")]
    [InlineData(991u, 991u, "0644", "")]
    [InlineData(0u, 990u, "0640", null)]
    [InlineData(990u, 0u, "0600", null)]
    public void A_file_has_to_be_meant_for_the_process_that_speaks_for_it(uint owner, uint group, string mode, string? expected)
    {
        FakeHost host = new FakeHost().User(990, "elasticsearch").File(Path, "xpack.security.enabled: false\n", mode, owner, group).Process(7, "java", Words, user: 990);
        Found(host).ShouldBeEmpty("it is a service of the host's");

        host.Process(host.Processes.Single() with { Service = null });
        Found(host).Length.ShouldBe(expected is null ? 0 : 1);
        Found(host).ShouldAllBe(static f => f.Severity == Severity.High && f.Text.Contains("elasticsearch") && !f.IsUnknown);

        host.Process(host.Processes.Single() with { User = 0 });
        Found(host).ShouldBeEmpty("root may say anything");
        host.Process(host.Processes.Single() with { User = 990, Root = "/proc/7/root" });
        Found(host).ShouldBeEmpty("a container has files of its own");
    }

    private static Finding[] Found(FakeHost host) =>
        [.. ElasticDoctors.All.SelectMany(doctor => doctor.Examine(host, ExaminationRequest.WholeHost)).SelectMany(static s => s.Findings).Where(static f => f.Check == "GATE-002")];
}
