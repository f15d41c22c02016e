using Gatehouse.Protocols.Ignite;
using Gatehouse.Protocols.Ignite.Calls;
using Shouldly;
using Xunit;
using static Gatehouse.Protocols.Tests.Ignite.Pack;

namespace Gatehouse.Protocols.Tests.Ignite;

public sealed class IgniteCallTests
{
    [Fact]
    public void Statements_of_the_sql_api()
    {
        IgniteSqlCall exec = Sql(Samples.Request(50, IgniteFeatures.None));
        (exec.DefaultSchema, exec.MayBeScript, exec.IsBatch, exec.ModifiersAt, exec.JdbcTypeAt).ShouldBe(("SALES", false, false, -1, -1));
        exec.Texts.ShouldBe(["SELECT * FROM orders"]);
        IgniteSqlCall script = Sql(Samples.Request(56, IgniteFeatures.None));
        (script.DefaultSchema, script.MayBeScript, script.Texts.Single()).ShouldBe(("SALES", true, "SELECT 1; SELECT 2"));
        IgniteSqlCall batch = Sql(Samples.Request(63, IgniteFeatures.None));
        (batch.DefaultSchema, batch.MayBeScript, batch.IsBatch, batch.Texts.Single()).ShouldBe(("SALES", false, true, "INSERT ?"));
        IgniteSqlCall meta = Sql(Samples.Request(57, IgniteFeatures.None));
        (meta.DefaultSchema, meta.MayBeScript, meta.Texts.Single()).ShouldBe(("PUBLIC", false, "SELECT 1"));
    }

    [Fact]
    public void Modifiers_are_replaced_in_place()
    {
        byte[] payload = Samples.Request(50, IgniteFeatures.Known);
        IgniteSqlCall call = Sql(payload, IgniteFeatures.Known);
        (call.Modifiers, call.MayBeScript, payload[call.ModifiersAt]).ShouldBe(((IgniteModifiers)31, true, (byte)31));
        payload[call.ModifiersAt] = (byte)(call.Modifiers & IgniteModifiers.Rows);
        IgniteSqlCall again = Sql(payload, IgniteFeatures.Known);
        (again.Modifiers, again.MayBeScript, again.Texts.Single()).ShouldBe((IgniteModifiers.Rows, false, call.Texts.Single()));
        foreach (byte bad in (byte[])[32, 127, 0xff, 0xc0])
        {
            payload[call.ModifiersAt] = bad;
            IgniteRequest.TryParse(payload, IgniteFeatures.Known, out _, out _).ShouldBeFalse();
        }
    }

    [Fact]
    public void Statements_of_jdbc()
    {
        byte[] payload = Samples.Request(34, IgniteFeatures.None);
        IgniteSqlCall exec = Sql(payload);
        (exec.DefaultSchema, exec.Texts.Single(), exec.MayBeScript, exec.JdbcType).ShouldBe(("PUBLIC", "SELECT 1", false, (byte)1));
        payload[exec.JdbcTypeAt] = 0;
        Sql(payload).JdbcType.ShouldBe((byte)0);
        payload[exec.JdbcTypeAt] = 3;
        IgniteRequest.TryParse(payload, IgniteFeatures.None, out _, out _).ShouldBeFalse();
        payload[exec.JdbcTypeAt] = 2;
        int flag = payload.AsSpan().IndexOf("SELECT 1"u8) + 8;
        payload[flag] = 0xc3;
        Sql(payload).MayBeScript.ShouldBeTrue();
        IgniteSqlCall batch = Sql(Samples.Request(36, IgniteFeatures.None));
        (batch.DefaultSchema, batch.IsBatch, batch.MayBeScript).ShouldBe((null, true, false));
        batch.Texts.ShouldBe(["INSERT 1", "INSERT 2"]);
        IgniteSqlCall prepared = Sql(Samples.Request(46, IgniteFeatures.None));
        (prepared.DefaultSchema, prepared.IsBatch, prepared.Texts.Single()).ShouldBe(("PUBLIC", true, "INSERT ?"));
        byte[] many = [.. N(36), .. N(1), .. N(9), .. True, .. Nil, .. N(100_001)];
        IgniteRequest.TryParse(many, IgniteFeatures.None, out _, out IgniteError error).ShouldBeFalse();
        error.ShouldBe(IgniteError.TooMany);
    }

    [Theory]
    [InlineData(47)]
    [InlineData(49)]
    [InlineData(69)]
    public void Jobs(int opcode)
    {
        foreach (IgniteFeatures mask in Samples.Masks)
        {
            IgniteComputeCall call = Compute(Samples.Request(opcode, mask), mask);
            (call.ClassName, call.ArgumentType, call.IsReceiver).ShouldBe(("org.acme.Job", IgniteComputeCall.CustomMarshalled, false));
            call.Units.ShouldBe([new IgniteUnit("unit", "1.0.0")]);
            call.Executor.ShouldBe((mask & IgniteFeatures.PlatformJob) != IgniteFeatures.None ? 1 : null);
            call.Nodes.ShouldBe(opcode == 47 ? ["node-1", "node-2"] : []);
        }
    }

    [Fact]
    public void Tasks_and_receivers()
    {
        foreach (IgniteFeatures mask in Samples.Masks)
        {
            IgniteComputeCall task = Compute(Samples.Request(64, mask), mask);
            (task.ClassName, task.ArgumentType, task.Units.Count, task.IsReceiver).ShouldBe(("org.acme.Task", null, 0, false));
            IgniteComputeCall receiver = Compute(Samples.Request(66, mask), mask);
            (receiver.ClassName, receiver.ArgumentType, receiver.IsReceiver).ShouldBe(("org.acme.Receiver", null, true));
            receiver.Units.ShouldBe([new IgniteUnit("unit", "1.0.0")]);
            receiver.Executor.ShouldBe((mask & IgniteFeatures.ReceiverOptions) != IgniteFeatures.None ? 0 : null);
        }
    }

    [Fact]
    public void Code_that_cannot_be_named_is_refused()
    {
        byte[] head = [.. N(66), .. N(1), .. N(1042), .. N(3), .. Nil, .. True];
        Refused([.. head, .. N(1), .. B(Tuple([]))]).ShouldBe(IgniteError.Malformed, "null");
        Refused([.. head, .. N(2), .. B(Tuple([1]))]).ShouldBe(IgniteError.Malformed, "too few values");
        Refused([.. head, .. N(0), .. B(Tuple([1]))]).ShouldBe(IgniteError.Malformed, "none");
        Refused([.. head, .. N(1), .. B([.. Tuple([1]), 1])]).ShouldBe(IgniteError.Malformed, "more than its values");
        Refused([.. head, .. N(1), .. B(Tuple([0xff]))]).ShouldBe(IgniteError.Malformed, "no UTF-8");
        Refused([.. N(47), .. N(1), .. N(0), .. Nil, .. S("c"), .. N(0), .. N(0), .. Nil]).ShouldBe(IgniteError.Malformed, "no node");
        Refused([.. N(47), .. N(1), .. N(4097)]).ShouldBe(IgniteError.TooMany);
        Refused([.. N(64), .. N(1), .. N(257)]).ShouldBe(IgniteError.TooMany);
        Refused([.. N(64), .. N(1), .. Nil, .. S("c"), .. N(5), .. B()]).ShouldBe(IgniteError.Malformed, "an argument of no type");
        Refused([.. N(64), .. N(1), .. Nil, .. Nil, .. Nil]).ShouldBe(IgniteError.Malformed, "no class");
    }

    private static IgniteSqlCall Sql(byte[] payload, IgniteFeatures features = IgniteFeatures.None)
    {
        IgniteRequest.TryParse(payload, features, out IgniteRequest request, out _).ShouldBeTrue();
        return request.Sql.ShouldNotBeNull();
    }

    private static IgniteComputeCall Compute(byte[] payload, IgniteFeatures features)
    {
        IgniteRequest.TryParse(payload, features, out IgniteRequest request, out _).ShouldBeTrue();
        return request.Compute.ShouldNotBeNull();
    }

    private static IgniteError Refused(byte[] payload)
    {
        IgniteRequest.TryParse(payload, IgniteFeatures.None, out _, out IgniteError error).ShouldBeFalse();
        return error;
    }
}
