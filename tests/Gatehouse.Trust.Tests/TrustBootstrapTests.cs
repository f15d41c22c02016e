using System.Security.Cryptography;
using Gatehouse.Problems;
using Gatehouse.Testing.Time;
using Gatehouse.Trust.Authorities;
using Gatehouse.Trust.Files;
using Gatehouse.Trust.Nodes;
using Shouldly;
using Xunit;

namespace Gatehouse.Trust.Tests;

public sealed class TrustBootstrapTests
{
    private static readonly string[] Steps = ["node.json", "node key", "data key", "cluster secret", "ca", "ca.crt", "server certificate", "mesh certificate"];

    private readonly ManualTime _time = new();

    [Fact]
    public async Task A_second_start_finds_the_same_trust()
    {
        using TemporaryFolder folder = new();
        using NodeTrust first = await EnsureAsync(folder);
        using NodeTrust second = await EnsureAsync(folder);

        first.IsNew.ShouldBeTrue();
        second.IsNew.ShouldBeFalse();
        Same(second, first);
        second.Server.Certificate.RawData.ShouldBe(first.Server.Certificate.RawData);
        second.Sealer.Open("p", 1, first.Sealer.Seal("p", 1, "x"u8)).ShouldBe("x"u8.ToArray());
        second.NodeSealer.Open("p", 1, first.NodeSealer.Seal("p", 1, "x"u8)).ShouldBe("x"u8.ToArray());
        second.SecretProof("a", "x"u8).ShouldBe(first.SecretProof("a", "x"u8));
        second.SecretProof("b", "x"u8).ShouldNotBe(first.SecretProof("a", "x"u8));
    }

    [Fact]
    public async Task Every_file_is_private_but_the_ca_bundle_and_nothing_secret_is_in_clear()
    {
        using TemporaryFolder folder = new();
        using NodeTrust trust = await EnsureAsync(folder);
        File.GetUnixFileMode(folder["data"]).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        foreach (string file in Directory.EnumerateFiles(folder["data"], "*", SearchOption.AllDirectories))
        {
            UnixFileMode others = File.GetUnixFileMode(file) & ~(UnixFileMode.UserRead | UnixFileMode.UserWrite);
            others.ShouldBe(file == trust.CaBundlePath ? UnixFileMode.GroupRead | UnixFileMode.OtherRead : UnixFileMode.None, file);
            File.ReadAllText(file).ShouldNotContain("PRIVATE KEY");
        }

        File.GetUnixFileMode(trust.NodeKeyPath).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public async Task A_start_aborted_at_any_step_is_completed_by_the_next()
    {
        foreach (string moment in Steps.SelectMany(static s => new[] { "before " + s, "after " + s }))
        {
            using TemporaryFolder folder = new();
            await Should.ThrowAsync<OperationCanceledException>(() => EnsureAsync(folder, step: at =>
            {
                if (at == moment)
                {
                    throw new OperationCanceledException(at);
                }
            }));
            bool caDurable = File.Exists(folder["data/trust/ca.wrapped"]);
            byte[]? ca = caDurable ? File.ReadAllBytes(folder["data/trust/ca.wrapped"]) : null;

            using NodeTrust trust = await EnsureAsync(folder);
            trust.IsNew.ShouldBe(!caDurable, moment);
            (ca is null || ca.SequenceEqual(File.ReadAllBytes(folder["data/trust/ca.wrapped"]))).ShouldBeTrue(moment);
            using NodeTrust again = await EnsureAsync(folder);
            Same(again, trust);
        }
    }

    [Fact]
    public async Task A_start_aborted_again_and_again_gets_on_by_one_step_each_time()
    {
        using TemporaryFolder folder = new();
        foreach (string step in Steps)
        {
            await Should.ThrowAsync<OperationCanceledException>(() => EnsureAsync(folder, step: at =>
            {
                if (at.StartsWith("after", StringComparison.Ordinal))
                {
                    at.ShouldBe("after " + step);
                    throw new OperationCanceledException(at);
                }
            }));
        }

        using NodeTrust trust = await EnsureAsync(folder, step: at => throw new InvalidOperationException("nothing is left to make: " + at));
        trust.IsNew.ShouldBeFalse();
    }

    [Theory]
    [InlineData("data/node.json", "GH3030")]
    [InlineData("data/trust/data-key.wrapped", "GH3030")]
    [InlineData("data/trust/cluster-secret.sealed", "GH3030")]
    [InlineData("data/trust/ca.wrapped", "GH3030")]
    [InlineData("node.key", "GH3011")]
    public async Task A_lost_part_is_named_and_no_new_one_is_made(string lost, string problem)
    {
        using TemporaryFolder folder = new();
        using NodeTrust trust = await EnsureAsync(folder);
        File.Move(folder[lost], folder["away"]);

        ProblemException fault = await Should.ThrowAsync<ProblemException>(() => EnsureAsync(folder));
        fault.Problem.Id.ShouldBe(problem);
        fault.Problem.Hint.ShouldNotBeNull();
        File.Exists(folder[lost]).ShouldBeFalse();

        File.Move(folder["away"], folder[lost]);
        using NodeTrust again = await EnsureAsync(folder);
        Same(again, trust);
    }

    [Fact]
    public async Task A_store_without_its_data_key_is_not_given_a_new_one()
    {
        using TemporaryFolder folder = new();
        PrivateFolder.Ensure(folder["data"]);
        File.WriteAllText(folder["data/gatehouse.db"], "state");
        ProblemException fault = await Should.ThrowAsync<ProblemException>(() => EnsureAsync(folder));
        fault.Problem.Id.ShouldBe("GH3030");
        fault.Message.ShouldContain("gatehouse.db");
    }

    [Theory]
    [InlineData("data/trust/data-key.wrapped", "GH3021")]
    [InlineData("data/trust/cluster-secret.sealed", "GH3020")]
    [InlineData("data/trust/ca.wrapped", "GH3021")]
    [InlineData("data/trust/server.sealed", "GH3031")]
    [InlineData("data/ca.crt", "GH3031")]
    [InlineData("data/node.json", "GH3031")]
    [InlineData("node.key", "GH3012")]
    public async Task A_changed_byte_in_any_file_is_a_clear_problem(string file, string problem)
    {
        using TemporaryFolder folder = new();
        using NodeTrust trust = await EnsureAsync(folder);
        byte[] content = File.ReadAllBytes(folder[file]);
        content[content.Length / 2] ^= 0x80;
        File.WriteAllBytes(folder[file], content);

        ProblemException fault = await Should.ThrowAsync<ProblemException>(() => EnsureAsync(folder));
        fault.Problem.Id.ShouldBe(problem);
        fault.Problem.Hint.ShouldNotBeNull();
    }

    [Fact]
    public async Task Missing_bundle_and_server_certificate_come_back_from_the_same_ca()
    {
        using TemporaryFolder folder = new();
        using NodeTrust trust = await EnsureAsync(folder);
        File.Delete(folder["data/ca.crt"]);
        File.Delete(folder["data/trust/server.sealed"]);
        using NodeTrust again = await EnsureAsync(folder);
        Same(again, trust);
        File.Exists(again.CaBundlePath).ShouldBeTrue();
    }

    [Fact]
    public async Task The_server_certificate_is_renewed_in_time_and_when_its_names_change()
    {
        using TemporaryFolder folder = new();
        using NodeTrust trust = await EnsureAsync(folder);
        trust.NeedsRenewal(_time.GetUtcNow()).ShouldBeFalse();
        byte[] old = trust.Server.Certificate.RawData;
        _time.Advance(TimeSpan.FromDays(61));
        trust.NeedsRenewal(_time.GetUtcNow()).ShouldBeTrue();
        IssuedCertificate renewed = trust.RenewServerCertificate(["gate.example.org"], _time.GetUtcNow());

        renewed.ShouldBeSameAs(trust.Server);
        renewed.Certificate.RawData.ShouldNotBe(old);
        CertificateNames.Of(renewed.Certificate).ShouldContain("gate.example.org");
        using NodeTrust same = await EnsureAsync(folder, names: ["gate.example.org"]);
        same.Server.Certificate.RawData.ShouldBe(renewed.Certificate.RawData);
        using NodeTrust other = await EnsureAsync(folder, names: ["other.example.org"]);
        CertificateNames.Of(other.Server.Certificate).ShouldContain("other.example.org");
        _time.Advance(TimeSpan.FromDays(61));
        using NodeTrust late = await EnsureAsync(folder, names: ["other.example.org"]);
        late.Server.Certificate.RawData.ShouldNotBe(other.Server.Certificate.RawData);
    }

    [Fact]
    public async Task The_key_stays_outside_the_data_folder()
    {
        using TemporaryFolder folder = new();
        PrivateFolder.Ensure(folder["data"]);
        PrivateFolder.Ensure(folder["data/in"]);
        Directory.CreateSymbolicLink(folder["door"], folder["data/in"]);
        foreach (string path in new[] { "data/x.key", "data/in/x.key", "door/x.key", "data/../data/x.key" })
        {
            ProblemException fault = await Should.ThrowAsync<ProblemException>(() => EnsureAsync(folder, key: folder[path]));
            fault.Problem.Definition.ShouldBe(TrustProblems.NodeKeyInsideData, path);
        }

        Directory.EnumerateFiles(folder.Path, "*.key", SearchOption.AllDirectories).ShouldBeEmpty();
    }

    [Fact]
    public async Task Another_nodes_key_is_refused_and_a_key_put_there_before_is_taken()
    {
        using TemporaryFolder folder = new();
        using NodeTrust one = await EnsureAsync(folder);
        using NodeTrust two = await EnsureAsync(folder, key: folder["two.key"], data: "data2");
        ProblemException fault = await Should.ThrowAsync<ProblemException>(() => EnsureAsync(folder, key: folder["two.key"]));
        fault.Problem.Definition.ShouldBe(TrustProblems.NodeKeyInvalid);

        using NodeTrust three = await EnsureAsync(folder, key: folder["two.key"], data: "data3");
        three.NodeId.ShouldBe(two.NodeId);
        three.CaFingerprint.ShouldNotBe(two.CaFingerprint);
    }

    [Fact]
    public async Task Client_certificates_and_signatures_verify()
    {
        using TemporaryFolder folder = new();
        using NodeTrust trust = await EnsureAsync(folder);
        IssuedCertificate client = trust.IssueClient("alice", _time.GetUtcNow());
        client.Certificate.Subject.ShouldBe("CN=alice");
        client.Chain.Single().RawData.ShouldBe(trust.UsersCa.RawData);
        Should.Throw<ProblemException>(() => trust.IssueClient("alice,O=admins", _time.GetUtcNow())).Problem.Id.ShouldBe("GH3040");

        using ECDsa verifier = ECDsa.Create();
        verifier.ImportSubjectPublicKeyInfo(trust.SigningPublicKey.Span, out _);
        verifier.VerifyData("head"u8, trust.Sign("head"u8), HashAlgorithmName.SHA256).ShouldBeTrue();
    }

    [Theory]
    [InlineData("")]
    [InlineData("-x")]
    [InlineData("a/b")]
    [InlineData("a\nb")]
    public async Task Odd_node_names_are_refused_before_anything_is_made(string name)
    {
        using TemporaryFolder folder = new();
        TrustOptions options = new() { DataDirectory = folder["data"], NodeName = name, NodeKeyPath = folder["node.key"], Time = _time };
        ProblemException fault = await Should.ThrowAsync<ProblemException>(() => TrustBootstrap.EnsureAsync(options, CancellationToken.None).AsTask());
        fault.Problem.Id.ShouldBe("GH3040");
        Directory.Exists(folder["data"]).ShouldBeFalse();
    }

    private static void Same(NodeTrust one, NodeTrust other)
    {
        one.CaFingerprint.ShouldBe(other.CaFingerprint);
        one.NodeId.ShouldBe(other.NodeId);
        one.ClusterId.ShouldBe(other.ClusterId);
        one.SigningPublicKey.ToArray().ShouldBe(other.SigningPublicKey.ToArray());
    }

    private Task<NodeTrust> EnsureAsync(
        TemporaryFolder folder, Action<string>? step = null, string[]? names = null, string? key = null, string data = "data") =>
        TrustBootstrap.EnsureAsync(
            new TrustOptions
            {
                DataDirectory = folder[data],
                NodeName = "n1",
                NodeKeyPath = key ?? folder["node.key"],
                ServerNames = [.. names ?? []],
                Time = _time,
                Step = step,
            },
            CancellationToken.None).AsTask();
}
