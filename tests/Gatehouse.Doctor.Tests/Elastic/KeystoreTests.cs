using Gatehouse.Doctor.Elastic.Keystores;
using Shouldly;
using Xunit;

namespace Gatehouse.Doctor.Tests.Elastic;

/// <summary>Stores of secure settings.</summary>
public class KeystoreTests
{
    private const string File = "/etc/elasticsearch/elasticsearch.keystore";

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void Every_format_without_a_password_is_read(int version)
    {
        NodeKeystore store = NodeKeystore.Read(new FakeHost().File(File, TestKeystore.Make(version, ("keystore.seed", "a"), ("bootstrap.password", "b"))), File);
        store.State.ShouldBe(KeystoreState.Open);
        store.Holds("bootstrap.password").ShouldBeTrue();
        store.Holds("other").ShouldBeFalse();
        store.Value("bootstrap.password").ShouldBe("b");
    }

    [Fact]
    public void A_store_with_a_password_is_locked() => NodeKeystore.Read(new FakeHost().File(File, TestKeystore.Locked()), File).State.ShouldBe(KeystoreState.Locked);

    [Fact]
    public void No_store_is_missing() => NodeKeystore.Read(new FakeHost(), File).State.ShouldBe(KeystoreState.Missing);

    [Fact]
    public void A_store_that_was_changed_is_refused()
    {
        byte[] store = TestKeystore.Make(4, ("keystore.seed", "a"));
        for (int at = 0; at < store.Length - 16; at++)
        {
            byte[] changed = [.. store];
            changed[at] ^= 0x40;
            NodeKeystore.Read(new FakeHost().File(File, changed), File).State.ShouldNotBe(KeystoreState.Missing);
        }

        NodeKeystore.Read(new FakeHost().File(File, store[..60]), File).State.ShouldBe(KeystoreState.Refused);
        NodeKeystore.Read(new FakeHost().File(File, []), File).State.ShouldBe(KeystoreState.Refused);
    }

    [Fact]
    public void Its_passwords_open_certificates()
    {
        FakeHost host = ElasticLab.Elasticsearch("""
            xpack.security.http.ssl.enabled: true
            xpack.security.http.ssl.keystore.path: certs/own.p12
            """)
            .File("/etc/elasticsearch/certs/own.p12", TestCertificates.Store("hunter2secret"))
            .File(File, TestKeystore.Make(6, ("xpack.security.http.ssl.keystore.secure_password", "hunter2secret")), "0660");
        ElasticLab.Findings(host).Where(static f => f.Check == "ES-016").Select(static f => f.Text).ShouldHaveSingleItem().ShouldContain("expired on 2026-11-21");
    }
}
