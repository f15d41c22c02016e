using Gatehouse.Doctor.Findings;
using Shouldly;
using Xunit;

namespace Gatehouse.Doctor.Tests.Ignite;

/// <summary>Key stores and trust stores: who reads and replaces them, what is in them.</summary>
public sealed class Stores_of_a_node
{
    private const string KeyPath = "/etc/ignite3db/node.p12";
    private const string TrustPath = "/etc/ignite3db/ca.p12";

    private static readonly DateTimeOffset Now = new FakeHost().Now;

    [Theory]
    [InlineData("0600", "0644", "")]
    [InlineData("0640", "0644", "")]
    [InlineData("0644", "0644", "H0")]
    [InlineData("0660", "0644", "H0")]
    [InlineData("0600", "0664", "H0")]
    [InlineData("0600", "0646", "H0")]
    public void Modes_of_stores(string key, string trust, string marks) =>
        WithStores(Good(), Ca("private CA of the lab")).Mode(KeyPath, key).Mode(TrustPath, trust).Findings().Marks("IGN-TLS-002").ShouldBe(marks);

    [Fact]
    public void A_store_that_is_not_there_and_one_that_may_not_be_seen()
    {
        WithStores(null, Ca("private CA of the lab")).Findings().Marks("IGN-TLS-002").ShouldBe("H3");
        WithStores(Good(), Ca("private CA of the lab")).Hidden(KeyPath).Findings().Marks("IGN-TLS-002").ShouldBe("?3");
    }

    [Fact]
    public void Certificates_are_looked_at()
    {
        Marks(Good()).ShouldBe("");
        Marks(IgniteLook.KeyStore(Now.AddDays(-90), Now.AddDays(-1))).ShouldBe("H3");
        Marks(IgniteLook.KeyStore(Now.AddDays(1), Now.AddDays(90))).ShouldBe("H3");
        Marks(IgniteLook.KeyStore(Now.AddDays(-90), Now.AddDays(29))).ShouldBe("M3");
        Marks(IgniteLook.KeyStore(Now.AddDays(-90), Now.AddDays(31))).ShouldBe("");
        Marks(IgniteLook.KeyStore(Now.AddDays(-90), Now.AddDays(90), hasNames: false)).ShouldBe("M3");
        Marks(IgniteLook.KeyStore(Now.AddDays(-90), Now.AddDays(90), bits: 1024)).ShouldBe("H3");
        Marks(IgniteLook.KeyStore(Now.AddDays(-90), Now.AddDays(90), bits: 2048)).ShouldBe("");
    }

    [Fact]
    public void What_does_not_open_is_not_judged()
    {
        Marks(IgniteLook.KeyStore(Now.AddDays(-90), Now.AddDays(-1), password: "another-one-9")).ShouldBe("?3");
        Marks([0xFE, 0xED, 0xFE, 0xED, 0, 0, 0, 2]).ShouldBe("?3");
        Marks("no store at all"u8.ToArray()).ShouldBe("?3");
        WithStores(Good(), Ca("private CA of the lab")).Hidden(KeyPath).Findings().Marks("IGN-TLS-007").ShouldBe("?3");
    }

    [Fact]
    public void A_trust_store_with_a_public_CA_trusts_everybody()
    {
        WithStores(Good(), Ca("ISRG Root X1")).Findings().Marks("IGN-TLS-009").ShouldBe("H4");
        WithStores(Good(), Ca("private CA of the lab")).Findings().Marks("IGN-TLS-009").ShouldBe("");
        WithStores(Good(), "no store"u8.ToArray()).Findings().Marks("IGN-TLS-009").ShouldBe("?4");
        IgniteLook.WithNode("ignite.rest.ssl { enabled: true, clientAuth: require, trustStore.path: \"/usr/lib/jvm/java/lib/security/cacerts\" }")
            .File("/usr/lib/jvm/java/lib/security/cacerts", "?").Findings().Marks("IGN-TLS-009").ShouldBe("H1");
        IgniteLook.WithNode("ignite.rest.ssl { enabled: true, clientAuth: none, trustStore.path: \"/usr/lib/jvm/java/lib/security/cacerts\" }")
            .File("/usr/lib/jvm/java/lib/security/cacerts", "?").Findings().Marks("IGN-TLS-009").ShouldBe("");
    }

    [Fact]
    public void A_relative_path_is_looked_for_where_the_node_runs()
    {
        FakeHost host = IgniteLook.WithNode(Config().Replace(KeyPath, "node.p12", StringComparison.Ordinal)).File(TrustPath, Ca("private CA of the lab"), "0600").File("/srv/ignite/node.p12", Good(), "0644");
        host.Findings().Marks("IGN-TLS-002").ShouldBe("?3");

        host.Process(7, "java", $"{IgniteLook.Runner} --config-path {IgniteLook.NodePath}", workingDirectory: "/srv/ignite").Findings().Marks("IGN-TLS-002").ShouldBe("H0");
    }

    [Fact]
    public void No_text_and_no_evidence_holds_a_password_of_a_store()
    {
        foreach (Finding finding in WithStores(IgniteLook.KeyStore(Now.AddDays(-90), Now.AddDays(-1)), Ca("ISRG Root X1")).Findings())
        {
            $"{finding.Text} {string.Join(' ', finding.Evidence)}".ShouldNotContain(IgniteLook.StorePassword);
        }
    }

    private static string Marks(byte[] keyStore) => WithStores(keyStore, Ca("private CA of the lab")).Findings().Marks("IGN-TLS-007");

    private static byte[] Good() => IgniteLook.KeyStore(Now.AddDays(-1), Now.AddDays(300));

    private static byte[] Ca(string name) => IgniteLook.TrustStore(Now, name);

    private static string Config() =>
        $$"""
        ignite.network.ssl {
          enabled: true, clientAuth: require
          keyStore { path: "{{KeyPath}}", password: "{{IgniteLook.StorePassword}}" }
          trustStore { path: "{{TrustPath}}", password: "{{IgniteLook.StorePassword}}" }
        }
        """;

    private static FakeHost WithStores(byte[]? key, byte[] trust)
    {
        FakeHost host = IgniteLook.WithNode(Config()).File(TrustPath, trust, "0600");
        return key is null ? host : host.File(KeyPath, key, "0600");
    }
}
