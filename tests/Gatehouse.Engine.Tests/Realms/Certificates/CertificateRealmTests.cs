using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Engine.Certificates;
using Gatehouse.Engine.Realms;
using Gatehouse.Engine.Realms.Certificates;
using Gatehouse.Identity;
using Gatehouse.Testing.Time;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Realms.Certificates;

public sealed class CertificateRealmTests : IDisposable
{
    private const string UpnOid = "1.3.6.1.4.1.311.20.2.3";
    private readonly ManualTime _time = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("gatehouse-crl-").FullName;
    private readonly ClientCa _ca;

    public CertificateRealmTests() => _ca = new ClientCa(_time.GetUtcNow());

    public void Dispose() => Directory.Delete(_folder, true);

    [Fact]
    public async Task A_certificate_of_the_authority_is_let_in_with_its_fields()
    {
        X509Certificate2 alice = _ca.Issue("CN=alice, OU=ops, OU=dev, O=Example");

        RealmAnswer answer = await Ask(alice, Settings() with { GroupsFrom = "subject.OU" });

        answer.Verdict.ShouldBe(RealmVerdict.Accepted, answer.Reason);
        Principal principal = answer.Principal!;
        (principal.Name, principal.Realm).ShouldBe(("alice", "people"));
        principal.Groups.ShouldBe(["ops", "dev"], ignoreOrder: true);
        principal.Attributes["cert.cn"].ShouldBe("alice");
        principal.Attributes["cert.issuer"].ShouldBe("CN=users");
        principal.Attributes["cert.serial"].ShouldBe("0101");
        principal.Attributes["cert.sha256"].ShouldBe(Convert.ToHexStringLower(SHA256.HashData(alice.RawData)));
        principal.Attributes["cert.spki_sha256"].ShouldBe(Convert.ToHexStringLower(SHA256.HashData(alice.PublicKey.ExportSubjectPublicKeyInfo())));
        answer.Until.ShouldBe(new DateTimeOffset(alice.NotAfter));
    }

    [Fact]
    public async Task A_name_that_looks_like_structure_stays_one_value()
    {
        X509Certificate2 mallory = _ca.Issue(Name(("2.5.4.3", "a,OU=admins")));

        Principal principal = (await Ask(mallory, Settings() with { GroupsFrom = "subject.OU" })).Principal!;

        principal.Name.ShouldBe("a,OU=admins");
        principal.Groups.ShouldBeEmpty();
        principal.Attributes["cert.subject"].ShouldBe("CN=a\\2cOU\\3dadmins");
        (await Ask(_ca.Issue(Name(("2.5.4.3", "a+OU=admins\\,"))))).Principal!.Attributes["cert.subject"].ShouldBe("CN=a\\2bOU\\3dadmins\\5c\\2c");
    }

    [Fact]
    public async Task The_order_of_the_canonical_subject_is_the_names()
    {
        X509Certificate2 alice = _ca.Issue(Name(("2.5.4.6", "AT"), ("2.5.4.10", "Example"), ("2.5.4.3", " alice"), ("1.2.3.4", "x")));

        (await Ask(alice, Settings() with { NameFrom = "1.2.3.4" })).Principal!.Attributes["cert.subject"].ShouldBe("1.2.3.4=x,CN=\\20alice,O=Example,C=AT");
    }

    [Fact]
    public async Task Parts_of_several_values_are_refused()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        using (writer.PushSetOf())
        {
            WriteValue(writer, "2.5.4.3", "alice");
            WriteValue(writer, "2.5.4.11", "admins");
        }

        await Refused("certificate_subject", _ca.Issue(new X500DistinguishedName(writer.Encode())));
    }

    [Fact]
    public async Task Names_must_be_there_once_and_visible()
    {
        await Refused("certificate_name_ambiguous", _ca.Issue(Name(("2.5.4.3", "alice"), ("2.5.4.3", "root"))));
        await Refused("certificate_name_missing", _ca.Issue("O=Example"));
        await Refused("certificate_subject", _ca.Issue(Name(("2.5.4.3", "admin\0.example"))));
        await Refused("certificate_name_invalid", _ca.Issue(Name(("2.5.4.3", "admin\u200b"))));
        await Refused("certificate_name_invalid", _ca.Issue(Name(("2.5.4.3", " admin"))));
        await Refused("certificate_name_invalid", _ca.Issue(Name(("2.5.4.3", "a"), ("2.5.4.11", "x\n"))), Settings() with { GroupsFrom = "subject.OU" });
    }

    [Theory]
    [InlineData("san.email", "alice@example.com")]
    [InlineData("san.dns", "host.example.com")]
    [InlineData("san.uri", "spiffe://example/alice")]
    [InlineData("san.upn", "alice@corp.example")]
    [InlineData("subject.UID", "u123")]
    [InlineData("subject.2.5.4.3", "cn")]
    public async Task Names_come_from_the_field_that_is_asked_for(string field, string expected)
    {
        X509Certificate2 alice = _ca.Issue(Name(("2.5.4.3", "cn"), ("0.9.2342.19200300.100.1.1", "u123")), static request =>
        {
            var names = new SubjectAlternativeNameBuilder();
            names.AddEmailAddress("alice@example.com");
            names.AddDnsName("host.example.com");
            names.AddUri(new Uri("spiffe://example/alice"));
            names.AddUserPrincipalName("alice@corp.example");
            names.AddIpAddress(IPAddress.Loopback);
            request.CertificateExtensions.Add(names.Build());
        });

        (await Ask(alice, Settings() with { NameFrom = field })).Principal!.Name.ShouldBe(expected);
    }

    [Fact]
    public async Task Alternative_names_are_unambiguous_too()
    {
        CertificateSettings upn = Settings() with { NameFrom = "san.upn" };
        await Refused("certificate_name_missing", _ca.Issue("CN=alice"), upn);
        await Refused("certificate_name_ambiguous", _ca.Issue(Name(("2.5.4.3", "a")), static request =>
        {
            var names = new SubjectAlternativeNameBuilder();
            names.AddUserPrincipalName("alice@corp.example");
            names.AddUserPrincipalName("root@corp.example");
            request.CertificateExtensions.Add(names.Build());
        }), upn);

        // Another otherName with the same content, and a principal name with something behind it.
        await Refused("certificate_name_missing", WithOther("1.2.3", trailing: false), upn);
        await Refused("certificate_untrusted", WithOther(UpnOid, trailing: true), upn); // OpenSSL does not read it either
    }

    [Fact]
    public async Task Only_for_clients_and_no_authority_itself()
    {
        X500DistinguishedName name = Name(("2.5.4.3", "alice"));
        await Refused("certificate_purpose", _ca.Issue(name, purpose: null));
        await Refused("certificate_purpose", _ca.Issue(name, purpose: "1.3.6.1.5.5.7.3.1"));
        await Refused("certificate_purpose", _ca.Issue(name, purpose: "2.5.29.37.0"));
        await Refused("certificate_purpose", _ca.Issue(name, static r => r.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true))));
        await Refused("certificate_purpose", _ca.Issue(name, static r => r.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyAgreement, true))));
    }

    [Fact]
    public async Task Times_are_those_of_the_clock()
    {
        X500DistinguishedName name = Name(("2.5.4.3", "alice"));
        await Refused("certificate_not_yet", _ca.Issue(name, days: (1, 2)));
        await Refused("certificate_expired", _ca.Issue(name, days: (-3, -1)));
        X509Certificate2 alice = _ca.Issue(name, days: (-1, 1));
        using CertificateRealm realm = Realm(Settings());
        (await Ask(realm, alice)).Verdict.ShouldBe(RealmVerdict.Accepted);
        _time.Advance(TimeSpan.FromDays(1) + TimeSpan.FromSeconds(1));
        (await Ask(realm, alice)).Reason.ShouldBe("certificate_expired");
    }

    [Fact]
    public async Task Strangers_with_the_same_names_are_refused()
    {
        await Refused("certificate_untrusted", new ClientCa(_time.GetUtcNow()).Issue("CN=alice"));
        await Refused("certificate_untrusted", new ClientCa(_time.GetUtcNow(), "CN=others").Issue("CN=alice"));
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var self = new CertificateRequest("CN=alice", key, HashAlgorithmName.SHA256);
        self.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.2")], false));
        await Refused("certificate_untrusted", self.CreateSelfSigned(_time.GetUtcNow().AddDays(-1), _time.GetUtcNow().AddDays(1)));
    }

    [Fact]
    public async Task An_intermediate_is_trusted_without_its_root_and_vouches_for_its_own_only()
    {
        var root = new ClientCa(_time.GetUtcNow(), "CN=root");
        var people = new ClientCa(_time.GetUtcNow(), "CN=people", root);
        CertificateSettings settings = Settings() with { Authorities = people.Pem };

        (await Ask(people.Issue("CN=alice"), settings)).Verdict.ShouldBe(RealmVerdict.Accepted);
        await Refused("certificate_untrusted", new ClientCa(_time.GetUtcNow(), "CN=people", root).Issue("CN=alice"), settings);
        await Refused("certificate_untrusted", new ClientCa(_time.GetUtcNow(), "CN=people").Issue("CN=alice"), settings);
        await Refused("certificate_untrusted", root.Issue("CN=alice"), settings);

        // The cluster's own: the root completes the chain and vouches for nobody.
        var nodes = new ClientCa(_time.GetUtcNow(), "CN=nodes", root);
        var inherited = new CertificateAuthorities([people.Certificate], [root.Certificate, nodes.Certificate]);
        using var realm = new CertificateRealm(Document(Settings() with { Authorities = null }), () => inherited, _time, NullLogger.Instance);
        (await Ask(realm, people.Issue("CN=alice"))).Verdict.ShouldBe(RealmVerdict.Accepted);
        (await Ask(realm, nodes.Issue("CN=alice"))).Reason.ShouldBe("certificate_untrusted");
    }

    [Fact]
    public async Task Without_authorities_nobody_is_let_in() =>
        (await Ask(_ca.Issue("CN=alice"), Settings() with { Authorities = null })).ShouldBe(new RealmAnswer(RealmVerdict.Unavailable, Reason: "certificate_no_authorities"));

    [Fact]
    public async Task Two_authorities_have_a_list_each()
    {
        var other = new ClientCa(_time.GetUtcNow(), "CN=partners");
        X509Certificate2 good = _ca.Issue("CN=alice");
        X509Certificate2 bad = _ca.Issue("CN=bob");
        X509Certificate2 sameSerial = other.Issue("CN=carol");
        X509Certificate2 badToo = other.Issue("CN=dave");
        sameSerial.SerialNumber.ShouldBe(good.SerialNumber);
        CertificateSettings settings = Settings() with { Authorities = _ca.Pem + "\n" + other.Pem, Crls = [ClientCa.CrlPem(_ca.Crl([bad])), ClientCa.CrlPem(other.Crl([]))] };

        RealmAnswer answer = await Ask(good, settings);
        answer.Verdict.ShouldBe(RealmVerdict.Accepted, answer.Reason);
        answer.Until.ShouldBe(new DateTimeOffset(good.NotAfter), "a list that ends is followed by another");
        (await Ask(badToo, settings)).Verdict.ShouldBe(RealmVerdict.Accepted);
        await Refused("certificate_revoked", bad, settings);
        await Refused("crl_missing", sameSerial, settings with { Crls = [settings.Crls[0]] });

        // One file with both.
        (await Ask(sameSerial, settings with { Crls = [settings.Crls[0] + settings.Crls[1]] })).Verdict.ShouldBe(RealmVerdict.Accepted);
    }

    [Fact]
    public async Task A_list_goes_stale_with_the_clock()
    {
        X509Certificate2 alice = _ca.Issue("CN=alice");
        X509Certificate2 bob = _ca.Issue("CN=bob");
        using CertificateRealm realm = Realm(Settings() with { Crls = [ClientCa.CrlPem(_ca.Crl([bob]))] });
        (await Ask(realm, alice)).Verdict.ShouldBe(RealmVerdict.Accepted);

        _time.Advance(TimeSpan.FromHours(12));

        (await Ask(realm, alice)).Reason.ShouldBe("crl_stale");
        (await Ask(realm, bob)).Reason.ShouldBe("certificate_revoked");
    }

    [Fact]
    public async Task Lists_that_others_signed_or_that_name_only_some_do_not_count()
    {
        X509Certificate2 alice = _ca.Issue("CN=alice");
        byte[] good = _ca.Crl([]);
        byte[] tampered = [.. good];
        tampered[^1] ^= 1;
        await Refused("crl_missing", alice, Settings() with { Crls = [ClientCa.CrlPem(new ClientCa(_time.GetUtcNow()).Crl([]))] });
        await Refused("crl_missing", alice, Settings() with { Crls = [ClientCa.CrlPem(tampered)] });
        await Refused("crl_missing", alice, Settings() with { Crls = [ClientCa.CrlPem(_ca.Crl([], _time.GetUtcNow().AddHours(1)))] });
        await Refused("crl_missing", alice, Settings() with { Crls = [Path.Combine(_folder, "nothing.crl")] });
        await Refused("crl_missing", alice, Settings() with { Crls = ["/dev/zero"] });
    }

    [Fact]
    public async Task A_file_is_read_again_and_a_broken_or_older_one_replaces_nothing()
    {
        string path = Path.Combine(_folder, "users.crl");
        X509Certificate2 alice = _ca.Issue("CN=alice");
        File.WriteAllBytes(path, _ca.Crl([]));
        using CertificateRealm realm = Realm(Settings() with { Crls = [path] });
        (await Ask(realm, alice)).Verdict.ShouldBe(RealmVerdict.Accepted);
        int epoch = realm.Epoch;

        File.WriteAllText(path, "-----BEGIN X509 CRL-----\nbroken");
        _time.Advance(RevocationLists.Interval);
        (await Ask(realm, alice)).Verdict.ShouldBe(RealmVerdict.Accepted);
        realm.Epoch.ShouldBe(epoch);

        File.WriteAllText(path, ClientCa.CrlPem(_ca.Crl([alice], _time.GetUtcNow())));
        _time.Advance(RevocationLists.Interval);
        (await Ask(realm, alice)).Reason.ShouldBe("certificate_revoked");
        realm.Epoch.ShouldBe(epoch + 1);

        File.WriteAllBytes(path, _ca.Crl([]));
        _time.Advance(RevocationLists.Interval);
        (await Ask(realm, alice)).Reason.ShouldBe("certificate_revoked");

        File.Delete(path);
        _time.Advance(RevocationLists.Interval);
        (await Ask(realm, alice)).Reason.ShouldBe("certificate_revoked");
    }

    [Fact]
    public async Task A_login_falls_when_a_list_names_it_or_is_not_renewed()
    {
        string path = Path.Combine(_folder, "users.crl");
        File.WriteAllBytes(path, _ca.Crl([]));
        CertificateRealm realm = Realm(Settings() with { Crls = [path] });
        X509Certificate2 bob = _ca.Issue("CN=bob");
        IProof alice = (await Ask(realm, _ca.Issue("CN=alice"))).Proof!;
        IProof bobs = (await Ask(realm, bob)).Proof!;

        _time.Advance(TimeSpan.FromHours(11));
        File.WriteAllBytes(path, _ca.Crl([bob], _time.GetUtcNow(), _time.GetUtcNow().AddHours(12)));
        _time.Advance(RevocationLists.Interval);
        (alice.Stands(_time.GetUtcNow()), bobs.Stands(_time.GetUtcNow())).ShouldBe((true, false));

        // Past the end of the list that it was verified by: the newer one counts. Past that one's: nobody knows.
        _time.Advance(TimeSpan.FromHours(6));
        alice.Stands(_time.GetUtcNow()).ShouldBeTrue();
        _time.Advance(TimeSpan.FromHours(6));
        alice.Stands(_time.GetUtcNow()).ShouldBeFalse();

        File.WriteAllBytes(path, _ca.Crl([bob], _time.GetUtcNow(), _time.GetUtcNow().AddHours(12)));
        _time.Advance(RevocationLists.Interval);
        alice.Stands(_time.GetUtcNow()).ShouldBeTrue();
        realm.Dispose();
        alice.Stands(_time.GetUtcNow()).ShouldBeFalse("nobody reads lists any more");
        bob.Dispose();
        bobs.Stands(_time.GetUtcNow()).ShouldBeFalse();
    }

    [Fact]
    public async Task A_login_ends_with_the_first_certificate_of_its_path()
    {
        var root = new ClientCa(_time.GetUtcNow(), "CN=root");
        var middle = new ClientCa(_time.GetUtcNow(), "CN=middle", root);
        CertificateSettings settings = Settings() with { Authorities = root.Pem + "\n" + middle.Pem };

        RealmAnswer answer = await Ask(middle.Issue(new X500DistinguishedName("CN=alice"), days: (-1, 350)), settings);

        answer.Verdict.ShouldBe(RealmVerdict.Accepted, answer.Reason);
        answer.Until.ShouldBe(new DateTimeOffset(middle.Certificate.NotAfter));
        RevocationLists.Interval.ShouldBeLessThan(TimeSpan.FromMilliseconds(500), "with the sweep, within a second");
    }

    [Fact]
    public void Random_lists_never_throw()
    {
        byte[] good = _ca.Crl([_ca.Issue("CN=bob")]);
        for (int i = 0; i < 2000; i++)
        {
            byte[] bytes = [.. good];
            bytes[RandomNumberGenerator.GetInt32(bytes.Length)] = (byte)RandomNumberGenerator.GetInt32(256);
            RevocationList.Read(bytes.AsMemory(0, RandomNumberGenerator.GetInt32(1, bytes.Length + 1)))?.IsOf(_ca.Certificate);
        }
    }

    private static X500DistinguishedName Name(params (string Oid, string Value)[] parts)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            foreach ((string oid, string value) in parts)
            {
                using (writer.PushSetOf())
                {
                    WriteValue(writer, oid, value);
                }
            }
        }

        return new X500DistinguishedName(writer.Encode());
    }

    private static void WriteValue(AsnWriter writer, string oid, string value)
    {
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(oid);
            writer.WriteCharacterString(UniversalTagNumber.UTF8String, value);
        }
    }

    private X509Certificate2 WithOther(string oid, bool trailing)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
        {
            writer.WriteObjectIdentifier(oid);
            using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
            {
                writer.WriteCharacterString(UniversalTagNumber.UTF8String, "root@corp.example");
                if (trailing)
                {
                    writer.WriteNull();
                }
            }
        }

        byte[] value = writer.Encode();
        return _ca.Issue(Name(("2.5.4.3", "a")), request => request.CertificateExtensions.Add(new X509Extension("2.5.29.17", value, false)));
    }

    private static RealmDocument Document(CertificateSettings settings) => new() { Name = "people", Kind = RealmKind.Pki, Certificate = settings };

    private static async Task<RealmAnswer> Ask(CertificateRealm realm, X509Certificate2 certificate) =>
        await realm.VerifyAsync(new PresentedCredentials(IPAddress.Loopback) { Certificate = certificate }, null, TestContext.Current.CancellationToken);

    private CertificateSettings Settings() => new() { Authorities = _ca.Pem };

    private CertificateRealm Realm(CertificateSettings settings) => new(Document(settings), null, _time, NullLogger.Instance);

    private async Task<RealmAnswer> Ask(X509Certificate2 certificate, CertificateSettings? settings = null)
    {
        using CertificateRealm realm = Realm(settings ?? Settings());
        return await Ask(realm, certificate);
    }

    private async Task Refused(string reason, X509Certificate2 certificate, CertificateSettings? settings = null)
    {
        RealmAnswer answer = await Ask(certificate, settings);
        answer.Reason.ShouldBe(reason);
        answer.Verdict.ShouldBe(RealmVerdict.Refused);
        answer.Principal.ShouldBeNull();
    }
}
