using System.Text;
using Gatehouse.Doctor.Texts;
using Gatehouse.Doctor.Texts.Json;
using Gatehouse.Problems;
using Shouldly;
using Xunit;
using static Gatehouse.Doctor.Tests.Texts.Reading;

namespace Gatehouse.Doctor.Tests.Texts.Json;

/// <summary>JSON as programs in Go read it, IPFS Cluster's environment over it, and edits in the style of the file.</summary>
public class Json_files
{
    private const string Service = """
        {
          "cluster": {
            "peername": "one",
            "secret": "aaaa",
            "listen_multiaddress": [
              "/ip4/0.0.0.0/tcp/9096"
            ],
            "connection_manager": {
              "high_water": 400
            }
          },
          "consensus": {
            "crdt": {
              "cluster_name": "ipfs-cluster",
              "trusted_peers": [
                "*"
              ]
            }
          },
          "api": {
            "restapi": {
              "http_listen_multiaddress": "/ip4/127.0.0.1/tcp/9094",
              "basic_auth_credentials": null,
              "headers": {}
            }
          }
        }
        """;

    [Fact]
    public void Values_have_kinds_and_places()
    {
        SettingTree tree = JsonOf("{\n  \"a\": [1, -2.5e3, \"x\\u00e9\\n\"],\r\n  \"b\": {\"c\": true, \"d\": null}\n}").Settings;

        tree.Root.Shown().ShouldBe("{a: [1, -2.5e3, 'xé\n'], b: {c: true, d: null}}");
        tree["a.2"].Place().ShouldBe("2:20+11");
        tree["a.2"].Raw.ShouldBe("\"x\\u00e9\\n\"");
        tree["b.c"].Place().ShouldBe("3:14+4");
        tree["b.d"].Kind.ShouldBe(SettingKind.Null);
        tree["b.e"].Kind.ShouldBe(SettingKind.Missing);
    }

    [Fact]
    public void A_byte_order_mark_is_read_and_kept()
    {
        byte[] bytes = [0xef, 0xbb, 0xbf, .. "{\"a\": 1}"u8];
        JsonFile file = JsonFile.Read(bytes, Source);

        file.Settings["a"].Place().ShouldBe("1:7+1");
        file.ToBytes().ShouldBe(bytes);
        file.Set("a", Literal.Number(2)).ToBytes().ShouldBe((byte[])[0xef, 0xbb, 0xbf, .. "{\"a\": 2}"u8]);
    }

    [Fact]
    public void Of_names_that_are_the_same_to_go_the_last_one_counts()
    {
        JsonFile file = JsonOf("{\"secret\": \"good\", \"SECRET\": \"\", \"x\": 1, \"x\": 2}");

        file.Settings["secret"].Text.ShouldBe("");
        file.Settings["Secret"].Text.ShouldBe("");
        file.Settings["x"].Text.ShouldBe("2");
        file.Settings["x"].Overridden.Single().Text.ShouldBe("1");
        file.Settings.Remarks.Select(static r => (r.Kind, r.Subject)).ShouldBe([(RemarkKind.DuplicateKey, "SECRET"), (RemarkKind.DuplicateKey, "x")]);
        file.Set("secret", Literal.Text("new")).Text.ShouldBe("{\"secret\": \"good\", \"SECRET\": \"new\", \"x\": 1, \"x\": 2}");
        file.Remove("secret").Text.ShouldBe("{\"x\": 1, \"x\": 2}");
        file.Remove("x").Text.ShouldBe("{\"secret\": \"good\", \"SECRET\": \"\"}");
    }

    [Theory]
    [InlineData("", 1, 1, "`{` is expected at the beginning")]
    [InlineData("[1]", 1, 1, "`{` is expected at the beginning")]
    [InlineData("{\"a\": 1,}", 1, 8, "no comma is expected before `}`")]
    [InlineData("{\"a\": 1 \"b\": 2}", 1, 9, "`,` or `}` is expected")]
    [InlineData("{\n  \"a\": 1", 1, 1, "what opens here is never closed with `}`")]
    [InlineData("{\"a\": [1, 2}", 1, 12, "`,` or `]` is expected")]
    [InlineData("{\"a\" 1}", 1, 6, "`:` is expected after a name")]
    [InlineData("{a: 1}", 1, 2, "a name in double quotes or `}` is expected")]
    [InlineData("{\"a\": // x\n 1}", 1, 7, "JSON has no comments; a value is expected")]
    [InlineData("{\"a\": nul}", 1, 7, "a value is expected")]
    [InlineData("{\"a\": truely}", 1, 7, "a value is expected")]
    [InlineData("{\"a\": 01}", 1, 7, "a number is malformed")]
    [InlineData("{\"a\": 1.}", 1, 7, "a number is malformed")]
    [InlineData("{\"a\": \"x\ny\"}", 1, 9, "a control character stands in a text")]
    [InlineData("{\"a\": \"x", 1, 7, "the quote that begins here is not closed")]
    [InlineData("{\"a\": \"\\x\"}", 1, 8, "an escape is none of")]
    [InlineData("{} {}", 1, 4, "nothing more is expected after the last `}`")]
    public void A_broken_text_is_refused_with_its_place(string text, int line, int column, string expected)
    {
        Problem problem = Refused(() => JsonOf(text));

        problem.Id.ShouldBe("GH8102");
        problem.Location.ShouldBe(new ProblemLocation(Source, line, column));
        problem.Text.ShouldContain(expected);
    }

    [Fact]
    public void What_is_too_much_is_refused()
    {
        Refused(static () => JsonOf("{\"a\":" + new string('[', 101) + new string(']', 101) + "}")).Id.ShouldBe("GH8103");
        Refused(static () => JsonOf("{\"a\":[" + string.Join(',', Enumerable.Repeat("1", 100_001)) + "]}")).Id.ShouldBe("GH8103");
    }

    [Fact]
    public void Half_of_a_pair_is_what_go_makes_of_it() => JsonOf("{\"a\": \"\\ud83d\\ude00\\ud800x\"}").Settings["a"].Text.ShouldBe("😀\ufffdx");

    [Fact]
    public void The_environment_of_the_cluster_lies_over_the_file()
    {
        SettingTree tree = IpfsClusterSettings.Of(JsonOf(Service), Environment(
            ("CLUSTER_SECRET", ""), ("CLUSTER_CRDT_TRUSTEDPEERS", "a,b"), ("CLUSTER_RESTAPI_HTTPLISTENMULTIADDRESS", "/ip4/0.0.0.0/tcp/9094"),
            ("CLUSTER_RESTAPI_BASICAUTHCREDENTIALS", "u:p"), ("CLUSTER_CONNECTIONMANAGER_HIGHWATER", "9"), ("CLUSTER_FOLLOWERMODE", "T"),
            ("CLUSTER_PINSVCAPI_HTTPLISTENMULTIADDRESS", "/ip4/0.0.0.0/tcp/9097"), ("CLUSTER_SECRETS", "x"), ("CLUSTER_PEERADDRESSES", "")));

        tree["cluster.secret"].Shown().ShouldBe("''");
        tree["cluster.secret"].Origin!.Variable.ShouldBe("CLUSTER_SECRET");
        tree["cluster.secret"].Overridden.Single().Place().ShouldBe("4:15+6");
        tree["consensus.crdt.trusted_peers"].Shown().ShouldBe("['a', 'b']");
        tree["api.restapi.http_listen_multiaddress"].Shown().ShouldBe("['/ip4/0.0.0.0/tcp/9094']");
        tree["api.restapi.basic_auth_credentials"].Shown().ShouldBe("{u: 'p'}");
        tree["cluster.connection_manager.high_water"].AsInteger().ShouldBe(9);
        tree["cluster.follower_mode"].AsBoolean().ShouldBe(true);
        tree["cluster.peer_addresses"].Shown().ShouldBe("[]");
        tree["api.pinsvcapi"].IsSet.ShouldBeFalse();
        tree.Remarks.ShouldContain(static r => r.Kind == RemarkKind.Ignored && r.Subject == "CLUSTER_PINSVCAPI_HTTPLISTENMULTIADDRESS");
        tree.Remarks.ShouldContain(static r => r.Kind == RemarkKind.UnknownVariable && r.Subject == "CLUSTER_SECRETS");
        tree.Remarks.ShouldContain(static r => r.Kind == RemarkKind.Override && r.Subject == "cluster.secret");
    }

    [Theory]
    [InlineData("CLUSTER_FOLLOWERMODE", "yes")]
    [InlineData("CLUSTER_RESTAPI_BASICAUTHCREDENTIALS", "u:p:q")]
    public void A_variable_that_the_daemon_does_not_start_with_is_unknown(string name, string value) =>
        IpfsClusterSettings.Of(JsonOf(Service), Environment((name, value))).Leaves().Count(static s => s.IsUnknown).ShouldBe(1);

    [Fact]
    public void A_name_in_other_letters_is_overridden_in_its_letters()
    {
        SettingTree tree = IpfsClusterSettings.Of(JsonOf("{\"Cluster\": {\"Secret\": \"x\"}}"), Environment(("CLUSTER_SECRET", "y")));

        tree["cluster.secret"].Text.ShouldBe("y");
        tree.Root.Shown().ShouldBe("{Cluster: {Secret: 'y'}}");
    }

    [Theory]
    [InlineData("cluster.secret", "      \"secret\": 7,\n")]
    [InlineData("cluster.connection_manager.low_water", "      \"high_water\": 400,\n      \"low_water\": 7\n")]
    [InlineData("api.restapi.headers.x", "      \"headers\": {\n        \"x\": 7\n      }\n")]
    [InlineData("consensus.crdt.trusted_peers.0", "      \"trusted_peers\": [\n        7\n      ]\n")]
    [InlineData("consensus.crdt.trusted_peers.1", "        \"*\",\n        7\n")]
    [InlineData("observations.metrics.enable_stats", "  },\n  \"observations\": {\n    \"metrics\": {\n      \"enable_stats\": 7\n    }\n  }\n}")]
    [InlineData("api.restapi.basic_auth_credentials.u", "      \"basic_auth_credentials\": {\n        \"u\": 7\n      },\n")]
    public void Setting_seven_leaves_the_file_with(string path, string lines)
    {
        string text = JsonOf(Service).Set(path, Literal.Number(7)).Text;

        text.ShouldContain(lines.Replace("      \"secret\"", "    \"secret\"", StringComparison.Ordinal));
        JsonOf(text).Settings[path].Text.ShouldBe("7");
        text.Split('\n').Except(Service.Split('\n')).Count().ShouldBeLessThanOrEqualTo(5);
    }

    [Fact]
    public void Lists_and_objects_are_written_as_the_file_is()
    {
        JsonFile file = JsonOf("{\n\t\"a\": 1\n}\n");

        file.Set("b", Literal.Texts("x", "y")).Text.ShouldBe("{\n\t\"a\": 1,\n\t\"b\": [\n\t\t\"x\",\n\t\t\"y\"\n\t]\n}\n");
        file.Set("a", Literal.Map(("c", Literal.List()))).Text.ShouldBe("{\n\t\"a\": {\n\t\t\"c\": []\n\t}\n}\n");
        JsonOf("{\"a\": 1}").Set("b.c", Literal.Texts("x")).Text.ShouldBe("{\"a\": 1, \"b\": {\"c\": [\"x\"]}}");
        JsonOf("{}").Set("a", Literal.Word("b")).Text.ShouldBe("{\"a\": \"b\"}");
        JsonOf("{\r\n}").Set("a", Literal.Null).Text.ShouldBe("{\r\n  \"a\": null\r\n}");
    }

    [Theory]
    [InlineData("{\"a\": 1, \"b\": 2, \"c\": 3}", "b", "{\"a\": 1, \"c\": 3}")]
    [InlineData("{\"a\": 1, \"b\": 2}", "b", "{\"a\": 1}")]
    [InlineData("{\"a\": 1}", "a", "{}")]
    [InlineData("{\n  \"a\": 1,\n  \"b\": {\n    \"c\": 2\n  }\n}\n", "b", "{\n  \"a\": 1\n}\n")]
    [InlineData("{\"a\": [1, 2, 3]}", "a.1", "{\"a\": [1, 3]}")]
    [InlineData("{\"a\": 1}", "x.y", "{\"a\": 1}")]
    public void Removing_gives(string text, string path, string expected) => JsonOf(text).Remove(path).Text.ShouldBe(expected);

    [Fact]
    public void What_json_cannot_say_is_refused()
    {
        Refused(static () => JsonOf("{}").AddComment("", "x")).Id.ShouldBe("GH8105");
        Refused(static () => JsonOf("{\"a\": 1}").Set("a", Literal.Raw("1, \"b\": 2"))).Id.ShouldBe("GH8105");
        Refused(static () => JsonOf("{\"a\": [1]}").Set("a.7", Literal.Null)).Id.ShouldBe("GH8105");
        Refused(static () => JsonOf("{\"a\": 1}").Set("", Literal.Null)).Id.ShouldBe("GH8105");
    }

    [Fact]
    public void Nothing_of_a_value_stands_in_a_problem_or_a_name()
    {
        JsonFile file = JsonOf("{\"secret\": \"hunter2\"}");

        file.Settings["secret"].ToString().ShouldBe("secret Text etc/file.conf:1:12");
        Environment(("CLUSTER_SECRET", "hunter2")).All[0].ToString().ShouldNotContain("hunter2");
        Refused(() => file.Set("secret", Literal.Raw("hunter2"))).ToString().ShouldNotContain("hunter2");
        Encoding.UTF8.GetString(file.ToBytes()).ShouldContain("hunter2");
    }
}
