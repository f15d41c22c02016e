using System.Buffers;
using Gatehouse.Protocols.Ignite;
using Shouldly;
using Xunit;
using static Gatehouse.Protocols.Tests.Ignite.Pack;

namespace Gatehouse.Protocols.Tests.Ignite;

public sealed class IgniteResponseTests
{
    private static readonly byte[] Node = [.. N(4), .. G(Samples.Job), .. S("node-1"), .. S("10.0.0.1"), .. N(10_800)];

    [Fact]
    public void Heads_are_read()
    {
        byte[] plain = [.. N(77), .. N(0), .. N(9), 1, 2, 3];
        IgniteResponse.TryParse(plain, out IgniteResponse read, out _).ShouldBeTrue();
        (read.RequestId, read.Flags, read.ObservableTimestamp, read.ServerOperation, read.BodyOffset).ShouldBe((77L, IgniteResponseFlags.None, 9L, null, 3));
        byte[] moved = [.. N(long.MaxValue), .. N(3), .. N(long.MaxValue), .. N(long.MaxValue)];
        IgniteResponse.TryParse(moved, out read, out _).ShouldBeTrue();
        (read.IsNotification, read.IsError, read.IsServerOperation, read.BodyOffset).ShouldBe((true, false, false, moved.Length));
        byte[] order = [.. N(long.MinValue), .. N(9), .. N(long.MaxValue), .. N(long.MaxValue), .. N(int.MinValue)];
        IgniteResponse.TryParse(order, out read, out _).ShouldBeTrue();
        (read.IsServerOperation, read.ServerOperation).ShouldBe((true, int.MinValue));
        order.Length.ShouldBeLessThanOrEqualTo(IgniteResponse.MaxHeadBytes);
        IgniteResponse.TryParse([.. N(1), .. N(16), .. N(0)], out _, out IgniteError error).ShouldBeFalse("a flag that is unknown");
        error.ShouldBe(IgniteError.Malformed);
        for (int cut = 0; cut < order.Length; cut++)
        {
            IgniteResponse.TryParse(order.AsSpan(0, cut), out _, out _).ShouldBeFalse();
        }
    }

    [Fact]
    public void Errors_are_written_and_read()
    {
        var writer = new ArrayBufferWriter<byte>();
        IgniteWriter.Error(writer, 77, IgniteCodes.AccessDenied, "GH5401: not allowed");
        byte[] name = [0xd9, 38, .. "org.apache.ignite.lang.IgniteException"u8];
        byte[] payload = [77, 4, 0, 0xc0, 0xce, 0, 0x0f, 0, 4, .. name, 0xb3, .. "GH5401: not allowed"u8, 0xc0, 0xc0];
        name.Length.ShouldBe(40);
        writer.WrittenSpan.ToArray().ShouldBe(Frame(payload));
        IgniteResponse.TryParse(payload, out IgniteResponse read, out _).ShouldBeTrue();
        (read.RequestId, read.IsError).ShouldBe((77L, true));
        IgniteResponse.TryReadFailure(payload.AsSpan(read.BodyOffset), out IgniteFailure? failure).ShouldBeTrue();
        failure.ShouldBe(new IgniteFailure(null, 983_044, "org.apache.ignite.lang.IgniteException", "GH5401: not allowed"));
        writer.ResetWrittenCount();
        IgniteWriter.Error(writer, long.MinValue, int.MinValue, new string('ä', 100_000), Guid.Parse(Samples.Job));
        IgniteFrame.TryRead(writer.WrittenSpan, false, int.MaxValue, out IgniteFrame frame, out _).ShouldBe(IgniteFraming.Complete);
        frame.TotalLength.ShouldBe(writer.WrittenCount);
        IgniteResponse.TryParse(writer.WrittenSpan[4..], out read, out _).ShouldBeTrue();
        IgniteResponse.TryReadFailure(writer.WrittenSpan[(4 + read.BodyOffset)..], out failure).ShouldBeTrue();
        (failure!.TraceId.ToString(), failure.Code, failure.Message!.Length).ShouldBe((Samples.Job, int.MinValue, 100_000));
        IgniteResponse.TryReadFailure([0xc0, 0xc0, 0xa0], out _).ShouldBeFalse();
    }

    [Fact]
    public void Requests_of_the_gate_are_written()
    {
        var writer = new ArrayBufferWriter<byte>();
        IgniteWriter.Request(writer, 71, 1);
        IgniteWriter.Request(writer, 1, 200);
        writer.WrittenSpan.ToArray().ShouldBe([0, 0, 0, 2, 71, 1, 0, 0, 0, 3, 1, 0xcc, 200]);
    }

    [Fact]
    public void Tables_are_learnt()
    {
        IgniteAnswers.TryTable(Nil, false, out IgniteTable? table).ShouldBeTrue();
        table.ShouldBeNull();
        IgniteAnswers.TryTable([.. N(1042), .. S("\"orders\"")], false, out table).ShouldBeTrue();
        table.ShouldBe(new IgniteTable(1042, null, "\"orders\""));
        table!.TryCanonical(out string? canonical).ShouldBeTrue();
        canonical.ShouldBe("PUBLIC.\"orders\"");
        IgniteAnswers.TryTable([.. N(1042), .. S("SALES"), .. S("orders")], true, out table).ShouldBeTrue();
        table!.TryCanonical(out canonical).ShouldBeTrue();
        canonical.ShouldBe("SALES.\"orders\"");
        IgniteAnswers.TryTable([.. N(1042), .. S("SALES"), .. S("orders")], false, out _).ShouldBeFalse();
        new IgniteTable(1, null, "or ders").TryCanonical(out canonical).ShouldBeFalse();
        canonical.ShouldBeNull();
        IgniteAnswers.TryTables([.. N(2), .. N(1), .. S("A"), .. N(2), .. S("B")], false, out IReadOnlyList<IgniteTable> tables).ShouldBeTrue();
        tables.ShouldBe([new IgniteTable(1, null, "A"), new IgniteTable(2, null, "B")]);
        IgniteAnswers.TryTables([.. N(1), .. N(1), .. S("S"), .. S("A")], true, out tables).ShouldBeTrue();
        tables.ShouldBe([new IgniteTable(1, "S", "A")]);
        IgniteAnswers.TryTables([.. N(1), .. N(1), .. S("S"), .. S("A"), 0], true, out _).ShouldBeFalse();
        IgniteAnswers.TryTables([.. N(2_000_000_000), .. N(1)], true, out tables).ShouldBeFalse();
        tables.ShouldBeEmpty();
    }

    [Fact]
    public void Jobs_transactions_and_nodes_are_learnt()
    {
        const string other = "11111111-2222-3333-4444-555555555555";
        IgniteAnswers.TryJobs([.. G(Samples.Job), .. Node], 47, out IReadOnlyList<Guid> ids).ShouldBeTrue();
        ids.ShouldBe([Guid.Parse(Samples.Job)]);
        IgniteAnswers.TryJobs([.. N(1), .. G(Samples.Job), .. Node], 49, out ids).ShouldBeTrue();
        ids.ShouldBe([Guid.Parse(Samples.Job)]);
        IgniteAnswers.TryJobs([.. N(1), .. G(Samples.Job), .. Node], 69, out ids).ShouldBeTrue();
        IgniteAnswers.TryJobs([.. G(Samples.Job), .. N(1), .. G(other)], 64, out ids).ShouldBeTrue();
        ids.ShouldBe([Guid.Parse(Samples.Job), Guid.Parse(other)]);
        IgniteAnswers.TryJobs([.. G(Samples.Job), .. N(2), .. G(other)], 64, out ids).ShouldBeFalse();
        ids.ShouldBeEmpty();
        IgniteAnswers.TryTransaction(N(5), out long tx).ShouldBeTrue();
        tx.ShouldBe(5);
        IgniteAnswers.TryCount([.. N(2), .. Node, .. Node], out int count).ShouldBeTrue();
        count.ShouldBe(2);
    }

    [Theory]
    [InlineData("orders", "PUBLIC.ORDERS")]
    [InlineData("\"orders\"", "PUBLIC.\"orders\"")]
    [InlineData("\"ORDERS\"", "PUBLIC.ORDERS")]
    [InlineData("sales.orders", "SALES.ORDERS")]
    [InlineData("\"sales\".\"a.b\"", "\"sales\".\"a.b\"")]
    [InlineData("\"a\"\"b\"", "PUBLIC.\"a\"\"b\"")]
    [InlineData("_x1", "PUBLIC._X1")]
    [InlineData("\"1x\"", "PUBLIC.\"1x\"")]
    [InlineData("1x", null)]
    [InlineData("", null)]
    [InlineData(".", null)]
    [InlineData("a.", null)]
    [InlineData(".a", null)]
    [InlineData("a.b.c", null)]
    [InlineData("a b", null)]
    [InlineData("a-b", null)]
    [InlineData("\"a", null)]
    [InlineData("\"a\"b", null)]
    [InlineData("\"\"", null)]
    [InlineData("straße", null)]
    [InlineData("a$b", null)]
    [InlineData("a;b", null)]
    public void Names_have_one_form(string text, string? expected)
    {
        IgniteNames.TryParse(text, out string? canonical).ShouldBe(expected is not null);
        canonical.ShouldBe(expected);
        if (expected is not null)
        {
            IgniteNames.TryParse(expected, out string? again).ShouldBeTrue();
            again.ShouldBe(expected);
        }
    }

    [Theory]
    [InlineData("sales", "SALES.T")]
    [InlineData("\"sales\"", "\"sales\".T")]
    [InlineData(null, "PUBLIC.T")]
    [InlineData("a.b", null)]
    [InlineData("", null)]
    public void Default_schemas(string? schema, string? expected)
    {
        IgniteNames.TryParse("t", schema, out string? canonical).ShouldBe(expected is not null);
        canonical.ShouldBe(expected);
        IgniteNames.TryParse("s.t", schema, out canonical).ShouldBeTrue();
        canonical.ShouldBe("S.T");
        IgniteNames.Canonical("", "x").ShouldBe("\"\".\"x\"");
    }
}
