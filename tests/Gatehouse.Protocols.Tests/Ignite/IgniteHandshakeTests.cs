using System.Buffers;
using System.Text;
using Gatehouse.Protocols.Ignite;
using Shouldly;
using Xunit;
using static Gatehouse.Protocols.Tests.Ignite.Pack;

namespace Gatehouse.Protocols.Tests.Ignite;

public sealed class IgniteHandshakeTests
{
    private static readonly (string, string)[] Bob = [("authn-type", "basic"), ("authn-identity", "bob"), ("authn-secret", "secret")];

    // Sizes with magic and length, as captured of .NET clients of 3.0.0, 3.1.0 and 3.2; that of 3.2 has its bits in four bytes.
    [Theory]
    [InlineData("", 74, IgniteFeatures.None)]
    [InlineData("3b", 75, Samples.Net31)]
    [InlineData("3b420500", 78, Samples.Net32)]
    [InlineData("ffffffffffffffff", 82, IgniteFeatures.Known)]
    public void First_frames_of_real_clients_are_read(string bits, int size, IgniteFeatures features)
    {
        byte[] frame = [.. "IGNI"u8, .. Frame(Samples.Handshake(Convert.FromHexString(bits), Bob))];
        frame.Length.ShouldBe(size);
        IgniteFrame.TryRead(frame, withMagic: true, 65_536, out IgniteFrame head, out _).ShouldBe(IgniteFraming.Complete);
        (head.HeaderLength, head.TotalLength).ShouldBe((8, size));
        IgniteHandshake read = Parse(frame[8..]);
        (read.ClientCode, read.Features, read.IsBasic, read.Identity).ShouldBe((2, features, true, "bob"));
        Encoding.UTF8.GetString(read.Secret.ShouldNotBeNull()).ShouldBe("secret");
        (read.NamesExecutor, read.DroppedExtensions).ShouldBe((false, 0));
    }

    [Fact]
    public void An_anonymous_handshake_has_nobody()
    {
        IgniteHandshake read = Parse(Samples.Handshake([]));
        (read.AuthenticationType, read.Identity, read.Secret, read.IsBasic).ShouldBe((null, null, null, false));
    }

    [Fact]
    public void Keys_are_read_in_any_case_and_unknown_ones_dropped()
    {
        IgniteHandshake read = Parse(Samples.Handshake([], ("AUTHN-Type", "BASIC"), ("Authn-Identity", "eve"), ("x", "y"), ("authn-SECRET", "")));
        (read.IsBasic, read.Identity, read.DroppedExtensions).ShouldBe((true, "eve", 1));
        read.Secret.ShouldBe([]);
        Parse([3, 0, 0, 2, .. B(), .. N(1), .. S("x"), 0x92, 1, 0xc0]).DroppedExtensions.ShouldBe(1);
    }

    [Theory]
    [InlineData("compute-executor-id")]
    [InlineData("Compute-Executor-ID")]
    [InlineData("COMPUTE-EXECUTOR-\u0130D")]
    public void A_compute_executor_is_told_of(string key) => Parse(Samples.Handshake([], (key, "x"))).NamesExecutor.ShouldBeTrue();

    [Fact]
    public void Keys_twice_are_refused_in_any_case()
    {
        Refused(Samples.Handshake([], ("authn-identity", "a"), ("AUTHN-IDENTITY", "b"))).ShouldBe(IgniteError.DuplicateExtension);
        Refused(Samples.Handshake([], ("x", "a"), ("X", "b"))).ShouldBe(IgniteError.DuplicateExtension);
        Refused(Samples.Handshake([], ("authn-\u0131dentity", "a"), ("authn-identity", "b"))).ShouldBe(IgniteError.DuplicateExtension);
    }

    [Fact]
    public void What_is_no_handshake_is_refused()
    {
        byte[] good = Samples.Handshake([0x3b], Bob);
        for (int cut = 0; cut < good.Length; cut++)
        {
            Refused(good[..cut]).ShouldBe(IgniteError.Malformed);
        }

        Refused([.. good, 0xc0]).ShouldBe(IgniteError.Malformed);
        Refused([3, 0, 1, .. good[3..]]).ShouldBe(IgniteError.UnsupportedVersion);
        Refused([2, 0, 0, .. good[3..]]).ShouldBe(IgniteError.UnsupportedVersion);
        Refused([3, 0, 0, 2, .. B(), .. N(33)]).ShouldBe(IgniteError.TooMany);
        Refused([3, 0, 0, 2, .. B(), .. N(-1)]).ShouldBe(IgniteError.Malformed);
        Refused(Samples.Handshake(new byte[257])).ShouldBe(IgniteError.TooMany);
        Refused(Samples.Handshake([], (new string('k', 257), ""))).ShouldBe(IgniteError.TooMany);
        Refused(Samples.Handshake([], ("authn-secret", new string('k', 8193)))).ShouldBe(IgniteError.TooMany);
        Refused([3, 0, 0, 2, .. B(), .. N(1), .. S("authn-identity"), .. Nil]).ShouldBe(IgniteError.Malformed);
        Refused([3, 0, 0, 2, .. Nil, .. N(0)]).ShouldBe(IgniteError.Malformed);
    }

    [Fact]
    public void Secrets_are_wiped()
    {
        IgniteHandshake read = Parse(Samples.Handshake([], Bob));
        byte[] secret = read.Secret.ShouldNotBeNull();
        read.WipeSecrets();
        read.Secret.ShouldBeNull();
        secret.ShouldAllBe(static b => b == 0);
    }

    [Fact]
    public void A_handshake_is_written_with_other_features_and_credentials()
    {
        var writer = new ArrayBufferWriter<byte>();
        IgniteHandshake.Write(writer, 2, Samples.Net32, "gate", "pässword"u8);
        IgniteFrame.TryRead(writer.WrittenSpan, withMagic: true, 1000, out IgniteFrame frame, out _).ShouldBe(IgniteFraming.Complete);
        frame.TotalLength.ShouldBe(writer.WrittenCount);
        IgniteHandshake read = Parse(writer.WrittenSpan[8..].ToArray());
        (read.ClientCode, read.Features, read.AuthenticationType, read.Identity).ShouldBe((2, Samples.Net32, "basic", "gate"));
        read.Secret.ShouldBe("pässword"u8.ToArray());
        writer.ResetWrittenCount();
        IgniteHandshake.Write(writer, 2, IgniteFeatures.None, null, default);
        writer.WrittenSpan.ToArray().ShouldBe([.. "IGNI"u8, 0, 0, 0, 7, 3, 0, 0, 2, 0xc4, 0, 0]);
    }

    [Fact]
    public void An_answer_is_read_and_written_with_another_timeout_and_features()
    {
        byte[] payload = Samples.Answer([0xff, 0xff, 0xff], [.. N(1), .. S("key"), .. S("value")]);
        IgniteHandshakeAnswer.TryParse(payload, out IgniteHandshakeAnswer? answer, out _).ShouldBeTrue();
        answer.ShouldNotBeNull();
        (answer.NodeName, answer.ClusterName, answer.IdleTimeoutMillis, answer.ProductVersion).ShouldBe(("node-1", "cluster", 0L, "3.1.0"));
        (answer.NodeId.ToString(), answer.ClusterIds.Count, answer.Features, answer.Failure).ShouldBe((Samples.Job, 2, IgniteFeatures.Known, null));
        var writer = new ArrayBufferWriter<byte>();
        answer.Write(writer, 60_000, Samples.Net31);
        byte[] expected = payload;
        expected = [.. expected[..4], .. N(60_000), .. expected[5..]];
        byte[] full = [0xc4, 3, 0xff, 0xff, 0xff];
        int at = expected.AsSpan().IndexOf(full);
        expected = [.. expected[..at], 0xc4, 1, 0x3b, .. expected[(at + full.Length)..]];
        writer.WrittenSpan.ToArray().ShouldBe([.. "IGNI"u8, .. Frame(expected)]);
        for (int cut = 0; cut < payload.Length; cut++)
        {
            IgniteHandshakeAnswer.TryParse(payload.AsSpan(0, cut), out _, out IgniteError error).ShouldBeFalse();
            error.ShouldBe(IgniteError.Malformed);
        }

        IgniteHandshakeAnswer.TryParse([.. payload, 0], out _, out _).ShouldBeFalse();
        IgniteHandshakeAnswer.TryParse([3, 1, .. payload[2..]], out _, out IgniteError version).ShouldBeFalse();
        version.ShouldBe(IgniteError.UnsupportedVersion);
    }

    [Fact]
    public void A_refusal_is_read_and_written()
    {
        var writer = new ArrayBufferWriter<byte>();
        IgniteHandshakeAnswer.WriteFailure(writer, IgniteCodes.InvalidCredentials, "no", Guid.Parse(Samples.Job));
        byte[] payload =
            [3, 0, 0, .. G(Samples.Job), .. N(983_042), 0xd9, 38, .. "org.apache.ignite.lang.IgniteException"u8, .. S("no"), .. Nil, .. Nil];
        writer.WrittenSpan.ToArray().ShouldBe([.. "IGNI"u8, .. Frame(payload)]);
        IgniteHandshakeAnswer.TryParse(writer.WrittenSpan[8..], out IgniteHandshakeAnswer? answer, out _).ShouldBeTrue();
        IgniteFailure failure = answer.ShouldNotBeNull().Failure.ShouldNotBeNull();
        failure.ShouldBe(new IgniteFailure(Guid.Parse(Samples.Job), 983_042, "org.apache.ignite.lang.IgniteException", "no"));
        Should.Throw<InvalidOperationException>(() => answer.Write(writer, 0, IgniteFeatures.None));
    }

    [Fact]
    public void Features_that_a_gate_cannot_read_are_cleared()
    {
        foreach (int bit in (int[])[2, 6, 7, 8, 10, 15, 17, 19, 20, 23, 24, 31, 63])
        {
            var bits = new byte[8];
            bits[bit / 8] = (byte)(1 << (bit % 8));
            IgniteFeatureMask.Read(bits).ShouldBe(IgniteFeatures.None, $"bit {bit}");
        }

        IgniteFeatureMask.Text(IgniteFeatures.Known).ShouldBe("0,1,3,4,5,9,11,12,13,14,16,18");
        IgniteFeatureMask.ToBytes(Samples.Net32).ShouldBe([0x3b, 0x42, 0x05]);
        IgniteFeatureMask.ToBytes(IgniteFeatures.None).ShouldBe([]);
        IgniteFeatureMask.ToBytes((IgniteFeatures)(-1)).ShouldBe(IgniteFeatureMask.ToBytes(IgniteFeatures.Known));
    }

    private static IgniteHandshake Parse(byte[] payload)
    {
        IgniteHandshake.TryParse(payload, out IgniteHandshake? read, out IgniteError error).ShouldBeTrue(error.ToString());
        return read.ShouldNotBeNull();
    }

    private static IgniteError Refused(byte[] payload)
    {
        IgniteHandshake.TryParse(payload, out IgniteHandshake? read, out IgniteError error).ShouldBeFalse();
        read.ShouldBeNull();
        return error;
    }
}
