using System.Text;
using Gatehouse.Engine.Configuration;
using Gatehouse.Problems;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Configuration;

public class ConfigurationReaderTests
{
    private const string Whole = """
        version: 1
        node: host-a.example.com
        admin: { listen: '127.0.0.1:7443' }
        metrics: off
        gates:
          whoami:
            protocol: http
            listen: 127.0.0.1:7480
            upstream: builtin:whoami
          db:
            protocol: tcp
            listen: '[::1]:6432'
            upstream: tcp://127.0.0.1:5432
            realms: [pki, network]
            client_ca_file: ca.pem
            run_as: postgres
            enabled: false
            idle_timeout: 2h
            max_body: 1GiB
        catalogues:
          etcd: { file: etcd.catalogue }
          own:
            endpoints: |
              GET /a  a.read
              POST /b b.write
        audit: {durability: strict, segment_size: 2MiB, segment_age: 12h, keep_for: 90d}
        tls: {profile: modern, names: [gate.example.com, 10.0.0.1]}
        limits: {connections: 5, handshake_timeout: 3s}
        """;

    [Fact]
    public void A_whole_file_becomes_a_configuration()
    {
        ConfigurationResult result = ConfigurationReader.Read(Whole, "f");

        result.Problems.ShouldBeEmpty();
        NodeConfiguration value = result.Value.ShouldNotBeNull();
        value.Node.ShouldBe("host-a.example.com");
        value.Metrics.ShouldBeNull();
        value.Gates.Select(g => g.Name).ShouldBe(["whoami", "db"]);
        GateConfiguration db = value.Gates[1];
        db.Listen.ShouldBe("[::1]:6432");
        db.RunAs.ShouldBe(["postgres"]);
        db.Enabled.ShouldBeFalse();
        db.IdleTimeout.ShouldBe(TimeSpan.FromHours(2));
        db.MaxBody.ShouldBe(1L << 30);
        value.Catalogues[0].File.ShouldBe("etcd.catalogue");
        value.Catalogues[1].Endpoints.ShouldBe("GET /a  a.read\nPOST /b b.write\n");
        value.Audit.Durability.ShouldBe("strict");
        value.Audit.KeepFor.ShouldBe(TimeSpan.FromDays(90));
        value.Tls.Names.ShouldBe(["gate.example.com", "10.0.0.1"]);
        value.Limits.Connections.ShouldBe(5);
        value.Limits.HandshakeTimeout.ShouldBe(TimeSpan.FromSeconds(3));
        result.Marks.Of("gates.db.upstream").ShouldBe(new ProblemLocation("f", 13, 15));
    }

    [Fact]
    public void The_smallest_file_has_the_defaults()
    {
        NodeConfiguration value = ConfigurationReader.Read("version: 1", "f").Value.ShouldNotBeNull();

        value.Admin.Listen.ShouldBe("127.0.0.1:7443");
        value.Metrics.ShouldBe("127.0.0.1:7445");
        value.Gates.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("version: 1\ngates:\n", "")]
    [InlineData("version: 1\ngates: {}\n", "")]
    [InlineData("", "GH1009 f:1:1")]
    [InlineData("# nothing\n", "GH1009 f:1:1")]
    [InlineData("version: 2", "GH1010 f:1:10")]
    [InlineData("version: 1\nlisen: x", "GH1006 f:2:1")]
    [InlineData("version: 1\nversion: 1", "GH1007 f:2:1")]
    [InlineData("version: 1\nnode: [a]", "GH1008 f:2:7")]
    [InlineData("version: 1\nnode:", "GH1008 f:2:6")]
    [InlineData("version: 1\nnode: a_b", "GH1014 f:2:7")]
    [InlineData("version: 1\ngates: []", "GH1008 f:2:8")]
    [InlineData("version: 1\ngates: {a: }", "GH1009 f:2:12;GH1009 f:2:12;GH1009 f:2:12")]
    [InlineData("version: 1\ngates: {A: {protocol: http, listen: '127.0.0.1:1', upstream: 'builtin:whoami'}}", "GH1014 f:2:9")]
    [InlineData("version: 1\ngates: {admin: {protocol: http, listen: '127.0.0.1:1', upstream: 'builtin:whoami'}}", "GH1014 f:2:9")]
    [InlineData("version: 1\ngates: {metrics: {protocol: http, listen: '127.0.0.1:1', upstream: 'builtin:whoami'}}", "GH1014 f:2:9")]
    [InlineData("version: 1\nadmin: {listen: ':7443'}", "GH1011 f:2:17")]
    [InlineData("version: 1\nadmin: text", "GH1008 f:2:8")]
    [InlineData("version: 1\ntls: {profile: Modern}", "GH1013 f:2:16")]
    [InlineData("version: 1\ntls: {names: [a, A]}", "GH1007 f:2:18")]
    [InlineData("version: 1\naudit: {segment_size: 10MB}", "GH1012 f:2:23")]
    [InlineData("version: 1\naudit: {segment_age: 60}", "GH1012 f:2:22")]
    [InlineData("version: 1\nlimits: {connections: 0}", "GH1012 f:2:23")]
    [InlineData("version: 1\nlimits: {connections: 1.5}", "GH1012 f:2:23")]
    [InlineData("version: 1\nlimits: {connections: '5'}", "GH1012 f:2:23")]
    [InlineData("version: 1\nlimits: {connections: 010}", "GH1012 f:2:23")]
    public void What_is_wrong_is_named_with_its_place(string text, string expected)
    {
        ConfigurationResult result = ConfigurationReader.Read(text, "f");

        string.Join(';', result.Problems.Select(p => $"{p.Id} {p.Location}")).ShouldBe(expected);
        (result.Value is null).ShouldBe(expected.Length > 0);
    }

    [Theory]
    [InlineData("version: &a 1", "GH1005")]
    [InlineData("version: 1\nnode: *a", "GH1005")]
    [InlineData("version: !!int 1", "GH1005")]
    [InlineData("version: !x 1", "GH1005")]
    [InlineData("version: 1\n<<: {node: a}", "GH1005")]
    [InlineData("%YAML 1.1\n---\nversion: 1", "GH1005")]
    [InlineData("version: 1\n---\nversion: 1", "GH1005")]
    [InlineData("version: 1\n...\n---\nversion: 1", "GH1005")]
    [InlineData("version: 1\n{", "GH1002")]
    [InlineData("version: [1", "GH1002")]
    [InlineData("version: \"\\q\"", "GH1002")]
    [InlineData("version: \"1", "GH1002")]
    [InlineData("gates:\n\twhoami: {}", "GH1002")]
    [InlineData("version: 1\n  node: a", "GH1002")]
    [InlineData("version: 1\n? [a]\n: b", "GH1008")]
    [InlineData("version: 1 # \u202e", "GH1003")]
    [InlineData("version: 1 # \u0085", "GH1003")]
    [InlineData("version: 1 # \u2028", "GH1003")]
    [InlineData("version: 1 # \0", "GH1003")]
    [InlineData("version: 1\rnode: a", "GH1003")]
    [InlineData("version: 1\nnode: \"a\\0b\"", "GH1003")]
    [InlineData("version: 1\nnode: \"a\\nb\"", "GH1003")]
    [InlineData("version: 1 # \ufeff", "GH1003")]
    [InlineData("version: 1\nnode: \"a\\x9bb\"", "GH1003")]
    [InlineData("version: 1\nnode: \"a\\u202eb\"", "GH1003")]
    public void What_two_readers_could_see_differently_is_refused(string text, string id)
    {
        ConfigurationResult result = ConfigurationReader.Read(text, "f");

        result.Problems.Select(p => p.Id).ShouldContain(id);
        result.Value.ShouldBeNull();
    }

    [Theory]
    [InlineData("yes")]
    [InlineData("no")]
    [InlineData("on")]
    [InlineData("True")]
    [InlineData("1")]
    [InlineData("'true'")]
    [InlineData("")]
    public void Only_true_and_false_are_booleans(string written)
    {
        string text = $"version: 1\ngates:\n  a:\n    protocol: http\n    listen: 127.0.0.1:1\n    upstream: builtin:whoami\n    tls: {written}\n";

        Problem problem = ConfigurationReader.Read(text, "f").Problems.ShouldHaveSingleItem();
        problem.Id.ShouldBe("GH1008");
        problem.Location!.Line.ShouldBe(7);
    }

    [Theory]
    [InlineData("version: 1\n\"a\\x1b[2Jb\": 1")]
    [InlineData("version: 1\n\"a\\nb\": 1")]
    [InlineData("version: 1\ngates: {\"a\\x9b2Jb\": {}}")]
    [InlineData("version: 1\ntls: {profile: \"\\e]0;x\\a\"}")]
    public void No_escape_of_the_file_reaches_the_terminal(string text)
    {
        ConfigurationReader.Read(text, "f").Problems.ShouldNotBeEmpty();
        ConfigurationReader.Read(text, "f").Problems.ShouldAllBe(p => !p.ToString().Any(char.IsControl));
    }

    [Fact]
    public void The_nearest_known_key_is_named()
    {
        string text = "version: 1\ngates:\n  a:\n    protocol: http\n    lisen: 127.0.0.1:1\n    upstream: builtin:whoami\n";

        ConfigurationResult result = ConfigurationReader.Read(text, "gatehouse.yaml");

        result.Problems.Select(p => p.Text).ShouldContain("unknown key `lisen` in a gate, did you mean `listen`?");
        result.Problems[0].ToString().ShouldStartWith("GH1006 gatehouse.yaml:5:5: ");
    }

    [Fact]
    public void All_problems_are_found_in_one_reading()
    {
        const string Text = """
            version: 3
            nod: a
            admin: {listen: localhost:7443}
            gates:
              a: {protocol: htp, listen: '127.1:80', upstream: 'http://h/x', tls: no}
            """;

        ConfigurationReader.Read(Text, "f").Problems.Select(p => p.Id)
            .ShouldBe(["GH1010", "GH1006", "GH1011", "GH1013", "GH1011", "GH1015", "GH1008"]);
    }

    [Fact]
    public void Bytes_are_strict_utf8_of_a_bounded_size()
    {
        ConfigurationReader.Read("\uFEFFversion: 1\n"u8, "f").Problems.ShouldBeEmpty();
        byte[] bad = [.. "version: 1\nnode: a"u8, 0xC3, 0x28];
        ConfigurationReader.Read(bad, "f").Problems.ShouldHaveSingleItem().ToString().ShouldStartWith("GH1003 f:2:8:");
        ConfigurationReader.Read(new byte[ConfigurationReader.MaxBytes + 1], "f").Problems.ShouldHaveSingleItem().Id.ShouldBe("GH1004");
    }

    [Theory]
    [InlineData("[", 100_000)]
    [InlineData("{a: ", 100_000)]
    [InlineData("- ", 100_000)]
    [InlineData("? ", 100_000)]
    public void Depth_is_bounded(string opening, int times)
    {
        string text = string.Concat(Enumerable.Repeat(opening, times));

        ConfigurationReader.Read(text, "f").Problems.ShouldNotBeEmpty();
    }

    [Fact]
    public void A_file_full_of_mistakes_gives_a_bounded_answer()
    {
        var text = new StringBuilder("version: 1\n");
        for (int i = 0; i < 100_000; i++)
        {
            text.Append($"unknown{i}: 1\n");
        }

        ConfigurationReader.Read(text.ToString(), "f").Problems.Length.ShouldBe(100);
    }

    [Fact]
    public void Windows_line_ends_are_read()
    {
        ConfigurationReader.Read("version: 1\r\nnode: a\r\n", "f").Value.ShouldNotBeNull().Node.ShouldBe("a");
    }
}
