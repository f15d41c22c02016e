using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Ipfs.Kubo;
using Gatehouse.Doctor.Rules;
using Shouldly;
using Xunit;

namespace Gatehouse.Doctor.Tests.Ipfs;

/// <summary>Each rule about Kubo: a configuration that it finds, and one that it leaves alone.</summary>
public class KuboRuleTests
{
    private const string File = "/var/lib/ipfs/config";

    // Lines of the file; what is found; the line of the last one found, from 1.
    public static TheoryData<string, string, int> Faults { get; } = new()
    {
        { """ "Addresses": { "API": "/ip4/0.0.0.0/tcp/5001" } """, "KU001 critical", 2 },
        { """ "Addresses": { "API": ["/ip4/127.0.0.1/tcp/5001", "/ip6/::/tcp/5001"] } """, "KU001 critical", 2 },
        { """ "Addresses": { "API": "/ip4/10.0.0.5/tcp/5001" }, "API": { "Authorizations": {} } """, "KU001 critical", 2 },
        { "\"Addresses\": { \"API\": \"/ip4/10.0.0.5/tcp/5001\" },\n\"API\": { \"Authorizations\": { \"a\": { \"AuthSecret\": \"bearer:hunter2\", \"AllowedPaths\": [\"/api/v0/id\"] } } }", "KU002 high", 2 },
        { "\"Addresses\": { \"API\": [] },\n\"API\": { \"Authorizations\": { \"a\": { \"AllowedPaths\": [\"/api/v0/pin\"] } } }", "KU003 medium", 3 },
        { "\"Addresses\": { \"API\": [] },\n\"API\": { \"Authorizations\": { \"only\": { \"AllowedPaths\": [\"/api/v0\"] } } }", "KU003 medium", 3 },
        { "\"Addresses\": { \"API\": [] },\n\"API\": { \"Authorizations\": { \"admin\": { \"AllowedPaths\": [\"/api/v0\"] }, \"a\": { \"AllowedPaths\": [\"/api/v0/\"] } } }", "KU003 medium", 3 },
        { "\"Addresses\": { \"API\": [] },\n\"API\": { \"HTTPHeaders\": { \"Access-Control-Allow-Origin\": [\"*\"] } }", "KU004 critical", 3 },
        { "\"Addresses\": { \"API\": [] },\n\"Experimental\": { \"Libp2pStreamMounting\": true }", "KU005 medium", 3 },
        { "\"Addresses\": { \"API\": [] },\n\"Experimental\": { \"P2pHttpProxy\": true }", "KU005 medium", 3 },
        { "\"Addresses\": { \"API\": [] },\n\"Experimental\": { \"UrlstoreEnabled\": true }", "KU005 medium", 3 },
        { """ "Addresses": { "API": [], "Gateway": "/ip4/0.0.0.0/tcp/8080" } """, "KU006 medium", 2 },
        { "\"Addresses\": { \"API\": [] },\n\"Bootstrap\": []", "KU007 high", 3 },
        { "\"Addresses\": { \"API\": [] },\n\"Bootstrap\": null", "KU007 high", 3 },
        { "\"Addresses\": { \"API\": [] },\n\"Bootstrap\": [\"/ip4/10.0.0.6/tcp/4001/p2p/x\"]", "KU007 high", 3 },
        { "\"Addresses\": { \"API\": [] },\n\"Routing\": { \"Type\": \"none\" }", "KU007 high", 3 },
    };

    public static TheoryData<string> Harmless { get; } =
    [
        """ "Addresses": { "API": "/ip4/127.0.0.1/tcp/5001", "Gateway": "/ip4/127.0.0.1/tcp/8080" }, "Bootstrap": ["auto"] """,
        """ "Addresses": { "API": "/unix/run/ipfs/api.sock" } """,
        """ "Addresses": { "API": null } """,
        """ "Addresses": { "API": "/ip4/127.0.0.1/tcp/5001" }, "API": { "Authorizations": { "only": { "AllowedPaths": ["/api/v0"] }, "x": { "AllowedPaths": ["/api/v0/pin/ls"] } } }, "Bootstrap": ["/dnsaddr/bootstrap.libp2p.io/p2p/x"] """
            .Replace("only", "admin", StringComparison.Ordinal),
        """ "Addresses": { "Gateway": "/ip4/0.0.0.0/tcp/8080" }, "Gateway": { "NoFetch": true } """,
        """ "Addresses": {}, "API": { "HTTPHeaders": { "Access-Control-Allow-Origin": ["https://console.example.org"], "Server": ["*"] } } """,
        """ "Addresses": {}, "Experimental": { "FilestoreEnabled": false } """,
    ];

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_fault_is_found_at_its_line(string lines, string expected, int line)
    {
        IReadOnlyList<Finding> found = Find(Host(lines));

        ClusterCases.Open(found).ShouldBe(expected);
        found.First(f => f.Check == expected.Split(' ')[0] && f.IsOpen).Evidence[^1].Line.ShouldBe(line);
    }

    [Theory]
    [MemberData(nameof(Harmless))]
    public void What_is_harmless_is_left_alone(string lines) => ClusterCases.Open(Find(Host(lines))).ShouldBe("");

    [Theory]
    [InlineData("14", "KU001 critical", false)]
    [InlineData("15", "KU002 high", true)]
    [InlineData("16", "KU002 high", false)]
    public void Users_count_where_the_version_heeds_them(string repository, string expected, bool isUnclear)
    {
        FakeHost host = Host(""" "Addresses": { "API": "/ip4/10.0.0.5/tcp/5001" }, "API": { "Authorizations": { "a": { "AllowedPaths": ["/api/v0/id"] } } } """).File("/var/lib/ipfs/version", repository + "\n");
        IReadOnlyList<Finding> found = Find(host);

        ClusterCases.Open(found).ShouldBe(expected);
        found.Any(static f => f.Check == "KU001" && f.IsUnknown).ShouldBe(isUnclear);
    }

    [Fact]
    public void The_option_stands_above_the_file()
    {
        ClusterCases.Open(Find(Running(""" "Addresses": { "API": "/ip4/127.0.0.1/tcp/5001" } """, " --api=/ip4/0.0.0.0/tcp/5001"))).ShouldBe("KU001 critical");
        ClusterCases.Open(Find(Running(""" "Addresses": { "API": "/ip4/0.0.0.0/tcp/5001" } """, " --api /ip4/127.0.0.1/tcp/5001"))).ShouldBe("");
    }

    [Theory]
    [InlineData("0.0.0.0:5001", "KU001 critical")]
    [InlineData("[::]:8080", "KU006 medium")]
    [InlineData("0.0.0.0:4001", "")]
    [InlineData("127.0.0.1:5001", "")]
    public void What_the_process_listens_on_counts_whatever_the_file_says(string socket, string expected) =>
        ClusterCases.Open(Find(Running(""" "Addresses": { "API": "/ip4/127.0.0.1/tcp/5001", "Gateway": "/ip4/127.0.0.1/tcp/8080" } """).Socket(socket, 700))).ShouldBe(expected);

    [Fact]
    public void Switches_and_variables_of_the_start_are_found()
    {
        ClusterCases.Open(Find(Running(""" "Addresses": {} """, " --unrestricted-api"))).ShouldBe("KU008 medium");
        ClusterCases.Open(Find(Running(""" "Addresses": {} """, "", "API_ORIGIN=https://pages.example.org"))).ShouldBe("KU008 medium");
        ClusterCases.Open(Find(Running(""" "Addresses": {} """, "", "API_ORIGIN=*"))).ShouldBe("KU008 high");
        ClusterCases.Open(Find(Running(""" "Addresses": {} """, " --unrestricted-api=false", "API_ORIGIN="))).ShouldBe("");
    }

    [Fact]
    public void Files_that_others_may_open_are_found()
    {
        ClusterCases.Open(Find(Host(""" "Addresses": {} """).Mode(File, "0640"))).ShouldBe("KU008 high");
        ClusterCases.Open(Find(Host(""" "Addresses": {} """).File("/var/lib/ipfs/swarm.key", Key("2e69ec30f1f1338bfec7aeff00bd0800085843ace77a11cef18227dabb9ac4c8"), "0644"))).ShouldBe("KU008 high");
    }

    [Theory]
    [InlineData("2e69ec30f1f1338bfec7aeff00bd0800085843ace77a11cef18227dabb9ac4c8", "")]
    [InlineData("abababababababababababababababababababababababababababababababab", "KU007 high")]
    [InlineData("ab", "KU007 medium")]
    public void The_key_of_the_swarm_is_looked_at(string digits, string expected)
    {
        IReadOnlyList<Finding> found = Find(Host(""" "Addresses": {}, "Bootstrap": [] """).File("/var/lib/ipfs/swarm.key", Key(digits), "0600"));

        ClusterCases.Open(found).ShouldBe(expected);
        found.SelectMany(static f => f.Evidence.Select(static e => e.Shown).Append(f.Text)).ShouldAllBe(text => !text.Contains(digits));
    }

    [Fact]
    public void A_node_that_refuses_the_public_network_is_not_open()
    {
        Finding finding = Find(Running(""" "Addresses": {}, "Bootstrap": [] """, "", "LIBP2P_FORCE_PNET=1")).Single(static f => f.Check == "KU007");

        finding.Severity.ShouldBe(Severity.Info);
    }

    [Fact]
    public void A_file_that_cannot_be_read_leaves_everything_unknown()
    {
        IReadOnlyList<Finding> found = Find(new FakeHost().Folder("/var/lib/ipfs", "0700").Unreadable(File));

        found.ShouldAllBe(static f => f.IsUnknown);
        found.Select(static f => f.Check).Distinct().ShouldBe(["KU001", "KU002", "KU003", "KU004", "KU005", "KU006", "KU007"], ignoreOrder: true);
    }

    [Fact]
    public void Another_program_with_a_file_of_this_name_is_left_alone()
    {
        FakeHost host = new FakeHost().File("/home/a/.ssh/config", "Host *\n").File("/srv/repo/config", """{ "Addresses": {} }""", "0600");

        new KuboDoctor().Examine(host, new ExaminationRequest(["/home/a/.ssh", "/srv"])).Select(static s => s.System.Subject).ShouldBe(["/srv/repo/config"]);
    }

    private static string Key(string digits) => $"/key/swarm/psk/1.0.0/\n/base16/\n{digits}";

    private static FakeHost Host(string lines) => new FakeHost().Folder("/var/lib/ipfs", "0700").File(File, $"{{\n{lines}\n}}", "0600").File("/var/lib/ipfs/version", "18");

    private static FakeHost Running(string lines, string options = "", params string[] environment) => Host(lines).Process(
        700,
        "ipfs",
        "ipfs daemon" + options,
        environment.Append("IPFS_PATH=/var/lib/ipfs").Select(static v => v.Split('=', 2)).ToDictionary(static p => p[0], static p => p[1], StringComparer.Ordinal));

    private static IReadOnlyList<Finding> Find(FakeHost host) => [.. new KuboDoctor().Examine(host, ExaminationRequest.WholeHost).SelectMany(static subject => subject.Findings)];
}
