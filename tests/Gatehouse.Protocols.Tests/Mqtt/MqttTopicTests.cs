using System.Text;
using Gatehouse.Protocols.Mqtt;
using Shouldly;
using Xunit;
using static Gatehouse.Protocols.Tests.Mqtt.Bytes;

namespace Gatehouse.Protocols.Tests.Mqtt;

public sealed class MqttTopicTests
{
    [Theory]
    [InlineData("a")]
    [InlineData("/")]
    [InlineData("a/b/c")]
    [InlineData("a//b/")]
    [InlineData(" ")]
    [InlineData("$SYS/broker")]
    [InlineData("größe/温度/😀")]
    [InlineData("\ufeffa")]
    [InlineData("a\ufeff")]
    public void Names_are_filters_too(string topic)
    {
        MqttTopics.IsName(Encoding.UTF8.GetBytes(topic)).ShouldBeTrue();
        MqttTopics.IsFilter(Encoding.UTF8.GetBytes(topic)).ShouldBeTrue();
    }

    [Theory]
    [InlineData("#")]
    [InlineData("+")]
    [InlineData("+/+")]
    [InlineData("a/#")]
    [InlineData("a/+/b")]
    [InlineData("/+")]
    [InlineData("+/")]
    [InlineData("/#")]
    [InlineData("+/a/#")]
    [InlineData("ä/+/#")]
    public void Wildcards_are_for_filters_only(string topic)
    {
        MqttTopics.IsName(Encoding.UTF8.GetBytes(topic)).ShouldBeFalse();
        MqttTopics.IsFilter(Encoding.UTF8.GetBytes(topic)).ShouldBeTrue();
    }

    [Theory]
    [InlineData("")]
    [InlineData("#/a")]
    [InlineData("a#")]
    [InlineData("a/#/")]
    [InlineData("a/#b")]
    [InlineData("##")]
    [InlineData("a+")]
    [InlineData("+a")]
    [InlineData("++")]
    [InlineData("a/+b/c")]
    [InlineData("a/b+/c")]
    [InlineData("+#")]
    [InlineData("#+")]
    [InlineData("ä+")]
    public void Neither_name_nor_filter(string topic)
    {
        MqttTopics.IsName(Encoding.UTF8.GetBytes(topic)).ShouldBeFalse();
        MqttTopics.IsFilter(Encoding.UTF8.GetBytes(topic)).ShouldBeFalse();
    }

    [Theory]
    [InlineData("61 00", false, false)]
    [InlineData("61 01", false, true)]
    [InlineData("1f", false, true)]
    [InlineData("7f", false, true)]
    [InlineData("c2 80", false, true)]
    [InlineData("c2 9f", false, true)]
    [InlineData("c2 a0", true, true)]
    [InlineData("ef b7 90", false, true)] // U+FDD0
    [InlineData("ef bf bf", false, true)] // U+FFFF
    [InlineData("f0 9f bf be", false, true)] // U+1FFFE
    [InlineData("ef bb bf", true, true)] // U+FEFF
    [InlineData("ef bf bd", true, true)] // U+FFFD
    [InlineData("ed a0 80", false, false)] // a surrogate
    [InlineData("ed bf bf", false, false)]
    [InlineData("c0 80", false, false)] // too long
    [InlineData("c1 bf", false, false)]
    [InlineData("e0 80 af", false, false)]
    [InlineData("f0 80 80 af", false, false)]
    [InlineData("f4 90 80 80", false, false)] // above U+10FFFF
    [InlineData("f8 88 80 80 80", false, false)]
    [InlineData("80", false, false)]
    [InlineData("c3", false, false)]
    [InlineData("e2 82", false, false)]
    [InlineData("61 ff 62", false, false)]
    public void Texts_are_held_to_section_1_5_4(string hex, bool fromClient, bool fromServer)
    {
        MqttTopics.IsText(Hex(hex)).ShouldBe(fromClient);
        MqttTopics.IsText(Hex(hex), MqttSide.Server).ShouldBe(fromServer);
        byte[] behind = [.. Encoding.ASCII.GetBytes(new string('a', 70)), .. Hex(hex), (byte)'z'];
        MqttTopics.IsText(behind).ShouldBe(fromClient);
        MqttTopics.IsName(behind).ShouldBe(fromClient);
    }

    [Fact]
    public void Levels_are_counted()
    {
        MqttTopics.Levels("a"u8).ShouldBe(1);
        MqttTopics.Levels("/"u8).ShouldBe(2);
        MqttTopics.Levels("a/b//"u8).ShouldBe(4);
    }

    [Theory]
    [InlineData("a/b", MqttTopicKind.Plain, "", "a/b")]
    [InlineData("a/$SYS", MqttTopicKind.Plain, "", "a/$SYS")]
    [InlineData("#", MqttTopicKind.Plain, "", "#")]
    [InlineData("$share/g/a/+", MqttTopicKind.Share, "g", "a/+")]
    [InlineData("$share/g//a", MqttTopicKind.Share, "g", "/a")]
    [InlineData("$share/g/$SYS/x", MqttTopicKind.Share, "g", "$SYS/x")]
    [InlineData("$queue/a/#", MqttTopicKind.Queue, "", "a/#")]
    [InlineData("$stream/s/a", MqttTopicKind.Stream, "s", "a")]
    [InlineData("$exclusive/a", MqttTopicKind.Exclusive, "", "a")]
    [InlineData("$exclusive//a", MqttTopicKind.Exclusive, "", "/a")]
    [InlineData("$delayed/5/a/b", MqttTopicKind.Delayed, "5", "a/b")]
    [InlineData("$SYS", MqttTopicKind.Sys, "", "$SYS")]
    [InlineData("$SYS/#", MqttTopicKind.Sys, "", "$SYS/#")]
    [InlineData("$SYSx", MqttTopicKind.Other, "", "$SYSx")]
    [InlineData("$file/x/init", MqttTopicKind.File, "", "$file/x/init")]
    [InlineData("$sys/a", MqttTopicKind.Other, "", "$sys/a")]
    [InlineData("$", MqttTopicKind.Other, "", "$")]
    [InlineData("$Share/g/a", MqttTopicKind.Other, "", "$Share/g/a")]
    [InlineData("$share2/g/a", MqttTopicKind.Other, "", "$share2/g/a")]
    public void Special_topics_are_taken_apart(string topic, MqttTopicKind kind, string group, string inner)
    {
        MqttSpecialTopic split = MqttSpecialTopic.Split(Encoding.UTF8.GetBytes(topic));
        split.Kind.ShouldBe(kind);
        Encoding.UTF8.GetString(split.Group).ShouldBe(group);
        Encoding.UTF8.GetString(split.Inner).ShouldBe(inner);
        split.InnerKind.ShouldBe(inner.StartsWith("$SYS/", StringComparison.Ordinal) || inner == "$SYS" ? MqttTopicKind.Sys
            : inner.StartsWith("$file/", StringComparison.Ordinal) ? MqttTopicKind.File : inner[0] == '$' ? MqttTopicKind.Other : MqttTopicKind.Plain);
    }

    [Theory]
    [InlineData("$share")]
    [InlineData("$share/")]
    [InlineData("$share/g")]
    [InlineData("$share/g/")]
    [InlineData("$share//a")]
    [InlineData("$share/+/a")]
    [InlineData("$share/#")]
    [InlineData("$queue")]
    [InlineData("$queue/")]
    [InlineData("$stream/s")]
    [InlineData("$exclusive/")]
    [InlineData("$delayed/5")]
    [InlineData("$delayed/5/")]
    [InlineData("$delayed//a")]
    [InlineData("$delayed/+5/a")]
    [InlineData("$delayed/-1/a")]
    [InlineData("$delayed/5s/a")]
    [InlineData("$delayed/123456789/a")]
    [InlineData("$delayed/1/$delayed/1/a")]
    [InlineData("$delayed/1/$share/g/a")]
    [InlineData("$share/g/$share/h/a")]
    [InlineData("$share/g/$queue/a")]
    [InlineData("$share/g/$exclusive/a")]
    [InlineData("$queue/$share/g/a")]
    [InlineData("$queue/$queue/a")]
    [InlineData("$exclusive/$share/g/a")]
    [InlineData("$exclusive/$queue/a")]
    [InlineData("$queue/$share")]
    public void Special_topics_of_a_wrong_form_are_malformed(string topic) =>
        MqttSpecialTopic.Split(Encoding.UTF8.GetBytes(topic)).Kind.ShouldBe(MqttTopicKind.Malformed);
}
