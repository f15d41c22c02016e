using Gatehouse.Protocols.Libp2p;
using Shouldly;
using Xunit;

namespace Gatehouse.Protocols.Tests.Libp2p;

public class SwarmVerdictTests
{
    private static readonly SwarmKey Key = SwarmKey.Generate();
    private static readonly SwarmKey Other = SwarmKey.Generate();

    [Fact]
    public void What_a_port_says_unasked()
    {
        byte[] member = SwarmVerdicts.Greeting(Key)[..44];

        SwarmVerdicts.OfUnasked(PnetHeader.Header, null).ShouldBe(SwarmVerdict.Open);
        SwarmVerdicts.OfUnasked(PnetHeader.Proposal, Key).ShouldBe(SwarmVerdict.Open);
        SwarmVerdicts.OfUnasked(member, Key).ShouldBe(SwarmVerdict.ProtectedMatch);
        SwarmVerdicts.OfUnasked(member, Other).ShouldBe(SwarmVerdict.ProtectedOther);
        SwarmVerdicts.OfUnasked(member, null).ShouldBe(SwarmVerdict.ProtectedLikely);
        SwarmVerdicts.OfUnasked(member.AsSpan(0, 24), null).ShouldBe(SwarmVerdict.ProtectedLikely);
        SwarmVerdicts.OfUnasked(member.AsSpan(0, 24), Key).ShouldBeNull();
        SwarmVerdicts.OfUnasked([], Key).ShouldBeNull();
        SwarmVerdicts.OfUnasked("SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3 and some more text\r\n"u8, Key).ShouldBe(SwarmVerdict.NotLibp2p);
        SwarmVerdicts.OfUnasked("220 mail.example.com ESMTP\r\n"u8, null).ShouldBe(SwarmVerdict.NotLibp2p);
        SwarmVerdicts.OfUnasked([0x16, 3, 1], null).ShouldBe(SwarmVerdict.Unknown);
    }

    [Fact]
    public void What_a_port_answers()
    {
        byte[] member = SwarmVerdicts.Greeting(Key);

        SwarmVerdicts.OfEncrypted(member, Key).ShouldBe(SwarmVerdict.ProtectedMatch);
        SwarmVerdicts.OfEncrypted(member, Other).ShouldBe(SwarmVerdict.ProtectedOther);
        SwarmVerdicts.OfEncrypted(member.AsSpan(0, 24), Key).ShouldBe(SwarmVerdict.ProtectedLikely);
        SwarmVerdicts.OfClear(PnetHeader.Proposal).ShouldBe(SwarmVerdict.Open);
        SwarmVerdicts.OfClear("HTTP/1.1 400 Bad Request\r\n"u8).ShouldBe(SwarmVerdict.NotLibp2p);
        SwarmVerdicts.OfClear([]).ShouldBe(SwarmVerdict.Unknown);
    }

    [Fact]
    public void Words_are_those_of_the_manual() =>
        Enum.GetValues<SwarmVerdict>().Select(SwarmVerdicts.Word).Order(StringComparer.Ordinal).ShouldBe(
            ["CLOSED", "NOT_LIBP2P", "OPEN", "PROTECTED_LIKELY", "PROTECTED_MATCH", "PROTECTED_OTHER", "UNKNOWN"]);
}
