using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Gatehouse.Protocols.Mqtt;
using Shouldly;
using Xunit;
using static Gatehouse.Protocols.Tests.Mqtt.Bytes;

namespace Gatehouse.Protocols.Tests.Mqtt;

/// <summary>Whatever fields a packet has, they are read as they were written; and what is rewritten is read as the same.</summary>
public sealed class MqttRoundTripTests
{
    private static readonly Config Runs = Config.QuickThrowOnFailure.WithMaxTest(2000);
    private static readonly Gen<string> Levels = Gen.Elements("a", "b", "", "größe", "日本", "😀", " ", "$x", "\ufeff", new string('l', 200));
    private static readonly Gen<string> Names = Levels.NonEmptyListOf().Select(static l => string.Join('/', l)).Where(static n => n.Length > 0);
    private static readonly Gen<byte[]> Payloads = ArbMap.Default.GeneratorFor<byte[]>().Select(static b => b ?? []);
    private static readonly Gen<byte[]> Properties = Gen.Elements<byte[]>(
        [], [0x01, 1], [0x02, 0, 0, 0, 9], [0x03, .. S("text")], [0x08, .. S("r/t")], [0x09, .. S("c")], [0x23, 0, 5], [0x26, .. S("k"), .. S("größe")]);

    [Fact]
    public void PUBLISH_is_read_and_rewritten()
    {
        Gen<(string Name, byte[] Payload, byte[][] Properties, int Id)> packets =
            from name in Names
            from payload in Payloads
            from properties in Properties.ArrayOf()
            from id in Gen.Choose(1, 65_535)
            select (name, payload, properties.Where(static p => p.Length > 0).DistinctBy(static p => p[0]).ToArray(), id);
        Prop.ForAll(packets.ToArbitrary(), static p => Holds(p.Name, p.Payload, p.Properties, p.Id)).Check(Runs);
    }

    [Fact]
    public void SUBSCRIBE_is_taken_apart_and_put_together()
    {
        Gen<string> filters = Gen.Elements("a", "+", "größe", "x y").NonEmptyListOf().SelectMany(
            static l => Gen.Elements("", "/#").Select(end => string.Join('/', l) + end));
        Gen<byte> options = Gen.Choose(0, 2).SelectMany(static qos => Gen.Elements(0, 4, 8, 0x10, 0x2c).Select(o => (byte)(qos | o)));
        Gen<(string Filter, byte Options, bool Keep)> entry =
            from filter in filters
            from option in options
            from keep in Gen.Elements(true, false)
            select (filter, option, keep);
        Prop.ForAll(entry.NonEmptyListOf().Select(static e => e.ToArray()).ToArbitrary(), static e => Holds(e)).Check(Runs);
    }

    [Fact]
    public void CONNECT_is_rewritten_with_other_credentials()
    {
        Gen<(string Client, string? User, byte[]? Password, string? Will, int Flags)> packets =
            from client in Names
            from user in Gen.OneOf(Names.Select(static n => (string?)n), Gen.Constant<string?>(null))
            from password in Gen.OneOf(Payloads.Select(static b => (byte[]?)b), Gen.Constant<byte[]?>(null))
            from will in Gen.OneOf(Names.Select(static n => (string?)n), Gen.Constant<string?>(null))
            from flags in Gen.Choose(0, 7)
            select (client, user, password, will, flags);
        Prop.ForAll(packets.ToArbitrary(), static p => Holds(p.Client, p.User, p.Password, p.Will, p.Flags)).Check(Runs);
    }

    private static bool Holds(string name, byte[] payload, byte[][] properties, int id)
    {
        byte[] packet = Packet(0x32, S(name), [(byte)(id >> 8), (byte)id], P(properties), payload);
        MqttFrame.TryRead(packet, MqttSide.Client, MqttVersion.V5, int.MaxValue, out MqttFrame frame, out _).ShouldBe(MqttFraming.Complete);
        MqttPublish.TryParse(frame, packet.AsSpan(frame.HeaderLength), MqttVersion.V5, MqttSide.Client, out MqttPublish publish, out MqttError error)
            .ShouldBeTrue(error.ToString());
        var written = new byte[MqttPublish.LengthWithTopic(publish, 1)];
        MqttPublish.WriteWithTopic(publish, "t"u8, written);
        byte[] expected = Packet(0x32, S("t"), [(byte)(id >> 8), (byte)id], P([.. properties.Where(static p => p[0] != 0x23)]), payload);
        return Encoding.UTF8.GetString(publish.Topic) == name && publish.Payload.SequenceEqual(payload) && publish.PacketId == id
            && publish.TopicAlias == (properties.Any(static p => p[0] == 0x23) ? 5 : 0) && written.SequenceEqual(expected);
    }

    private static bool Holds((string Filter, byte Options, bool Keep)[] entries)
    {
        byte[] body = [0, 5, .. P(), .. entries.SelectMany(static e => (byte[])[.. S(e.Filter), e.Options])];
        MqttSubscribe.TryParse(body, MqttVersion.V5, out MqttSubscribe subscribe, out MqttError error).ShouldBeTrue(error.ToString());
        int i = 0;
        foreach (MqttSubscription entry in subscribe)
        {
            Encoding.UTF8.GetString(entry.Filter).ShouldBe(entries[i].Filter);
            entry.Options.ShouldBe(entries[i++].Options);
        }

        (byte[] Filter, byte Options)[] kept = [.. entries.Where(static e => e.Keep).Select(static e => (Encoding.UTF8.GetBytes(e.Filter), e.Options))];
        if (kept.Length == 0)
        {
            return i == entries.Length;
        }

        var selected = new ArrayBufferWriter<byte>();
        subscribe.WriteSelected(selected, [.. entries.Select(static e => e.Keep)], default);
        var built = new ArrayBufferWriter<byte>();
        MqttWriter.Subscribe(built, MqttVersion.V5, 5, [.. kept.Select(static k => ((ReadOnlyMemory<byte>)k.Filter, k.Options))]);
        return i == entries.Length && selected.WrittenSpan.SequenceEqual(built.WrittenSpan);
    }

    private static bool Holds(string client, string? user, byte[]? password, string? will, int flags)
    {
        byte first = (byte)(((flags & 1) << 1) | (will is null ? 0 : 4 | ((flags % 3) << 3) | ((flags & 4) << 3))
            | (user is null ? 0 : 0x80) | (password is null ? 0 : 0x40));
        byte[] last = [.. user is null ? [] : S(user), .. password is null ? [] : S(password)];
        byte[] before = [.. S("MQTT"), 5, first, 0, 60, .. P([0x11, 0, 0, 0, 7]), .. S(client), .. will is null ? [] : (byte[])[.. P(), .. S(will), .. S("m")]];
        MqttConnect.TryParse([.. before, .. last], out MqttConnect? connect, out MqttError error, out _).ShouldBeTrue(error.ToString());
        connect = connect.ShouldNotBeNull();
        connect.Will?.Topic.ShouldBe(will);
        var same = new ArrayBufferWriter<byte>();
        connect.Write(same, new MqttConnectChange { Username = user, Password = password });
        var other = new ArrayBufferWriter<byte>();
        connect.Write(other, default);
        before[7] &= 0x3f;
        byte[] bare = Packet(0x10, before);
        before[7] = first;
        return connect.ClientId == client && connect.Username == user && same.WrittenSpan.SequenceEqual(Packet(0x10, before, last))
            && other.WrittenSpan.SequenceEqual(bare);
    }
}
