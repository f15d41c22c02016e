using System.Buffers.Binary;
using Gatehouse.Protocols.Ignite;
using Gatehouse.Protocols.Ignite.Calls;
using Shouldly;
using Xunit;
using static Gatehouse.Protocols.Tests.Ignite.Pack;

namespace Gatehouse.Protocols.Tests.Ignite;

/// <summary>Requests in the forms in which real clients write them, where these are not the plainest.</summary>
public sealed class IgniteClientFormsTests
{
    private static readonly byte[] Two = [0xd2, 0, 0, 0, 2];
    private static readonly byte[] Begun = [0xcf, 0, 0, 0, 0, 0, 0, 0, 5];
    private static readonly byte[] Properties = [.. S("PUBLIC"), .. N(1024), .. N(0), .. Nil, .. Nil, .. N(0), .. B(0)];

    /// <summary>A .NET client writes a row before its transaction begins, and puts the id into the room that it kept.</summary>
    [Fact]
    public void A_transaction_that_begins_after_the_row_was_written()
    {
        foreach (int opcode in (int[])[10, 12, 24, 28])
        {
            byte[] rows = opcode == 24 ? [.. Samples.Row, .. Samples.Row] : Samples.Row;
            IgniteRequest request = Parse([.. N(opcode), .. N(7), .. N(1042), .. Begun, .. N(1), .. rows]);
            (request.TableId, request.TxKind, request.TxId).ShouldBe((1042, IgniteTxKind.Resource, 5L));
        }

        foreach (int opcode in (int[])[13, 15, 20, 29, 31, 67])
        {
            byte[] payload = [.. N(opcode), .. N(7), .. N(1042), .. Begun, .. N(1), .. Two, .. Samples.Row, .. Samples.Row];
            Parse(payload).TxId.ShouldBe(5);
            IgniteRequest.TryParseHead(payload, out IgniteRequest head, out _).ShouldBeTrue();
            (head.TableId, head.TxId).ShouldBe((1042, 5L));
        }
    }

    /// <summary>The same room could hold a token of a transaction that a client maps itself.</summary>
    [Theory]
    [InlineData("cf0000000000000000")]
    [InlineData("d30000000000000000")]
    [InlineData("d3ffffffffffffffff")]
    [InlineData("d2ffffffff")]
    [InlineData("d0ff")]
    [InlineData("cc00")]
    public void A_token_is_refused_in_every_form(string token)
    {
        byte[] payload = [.. N(10), .. N(7), .. N(1042), .. Convert.FromHexString(token), .. N(1), .. Samples.Row];
        Refused(payload).ShouldBe(IgniteError.ForbiddenTransaction);
        Refused([.. N(50), .. N(7), .. Convert.FromHexString(token)]).ShouldBe(IgniteError.ForbiddenTransaction);
        Refused([.. N(44), .. N(7), .. Convert.FromHexString(token)]).ShouldBe(IgniteError.ForbiddenTransaction);
    }

    /// <summary>No UInt64 above the highest long: a node reads it as below zero.</summary>
    [Fact]
    public void A_token_beyond_a_long_is_refused() =>
        Refused([.. N(10), .. N(7), .. N(1042), 0xcf, .. Enumerable.Repeat((byte)0xff, 8), .. N(1), .. Samples.Row]).ShouldBe(IgniteError.Malformed);

    /// <summary>.NET clients of 3.2 end statements and scripts with a wish, whatever the node knows.</summary>
    [Fact]
    public void Statements_that_end_in_a_wish()
    {
        byte[] statement = [.. N(50), .. N(7), .. Nil, .. Properties, .. S("SELECT 1"), .. Nil, .. N(9)];
        byte[] script = [.. N(56), .. N(7), .. Properties, .. S("SELECT 1; SELECT 2"), .. Nil, .. N(9)];
        foreach (byte[] payload in (byte[][])[statement, script])
        {
            Parse(payload).Sql!.Texts.Count.ShouldBe(1);
            Parse([.. payload, .. True]).Sql!.Texts.Count.ShouldBe(1);
            Refused([.. payload, .. True, .. True]).ShouldBe(IgniteError.Malformed);
            Refused([.. payload, .. Nil]).ShouldBe(IgniteError.Malformed);
        }

        Parse([.. statement, .. True], IgniteFeatures.SqlPartitionAwareness).Sql!.MayBeScript.ShouldBeFalse();
        Refused(statement, IgniteFeatures.SqlPartitionAwareness).ShouldBe(IgniteError.Malformed);
    }

    [Fact]
    public void No_arguments_with_and_without_a_row()
    {
        byte[] statement = [.. N(50), .. N(7), .. Nil, .. Properties, .. S("SELECT 1"), .. N(0)];
        Parse([.. statement, .. N(9)]).Sql.ShouldNotBeNull();
        Parse([.. statement, .. B(0), .. N(9)]).Sql.ShouldNotBeNull();
        Refused([.. N(50), .. N(7), .. Nil, .. Properties, .. S("SELECT ?"), .. N(1), .. N(9)]).ShouldBe(IgniteError.Malformed);
    }

    /// <summary>What is replaced in place is one byte: in a longer form what is put there would become another value.</summary>
    [Fact]
    public void Modifiers_and_types_are_of_one_byte()
    {
        byte[] head = [.. N(50), .. N(7), .. Nil, .. Properties];
        byte[] tail = [.. S("SELECT 1"), .. Nil, .. N(9)];
        IgniteRequest request = Parse([.. head, 31, .. tail], IgniteFeatures.MultiStatement);
        request.Sql!.ModifiersAt.ShouldBe(head.Length);
        Refused([.. head, 0xcc, 31, .. tail], IgniteFeatures.MultiStatement).ShouldBe(IgniteError.Malformed);
        byte[] text = [.. S("PUBLIC"), .. N(100), .. N(0), .. S("SELECT 1"), .. False, .. Nil, .. N(0), .. N(4), .. N(0)];
        Parse([.. N(34), .. N(7), .. N(9), .. True, 0, .. text]).Sql!.JdbcType.ShouldBe((byte)0);
        Refused([.. N(34), .. N(7), .. N(9), .. True, 0xcc, 0, .. text]).ShouldBe(IgniteError.Malformed);
    }

    /// <summary>Units and nodes are counted while they are written; the options of a receiver are written for every node.</summary>
    [Fact]
    public void Code_and_where_it_comes_from()
    {
        byte[] one = [0xd2, 0, 0, 0, 1];
        byte[] units = [.. one, .. S("unit"), .. S("1.0.0")];
        IgniteComputeCall job = Parse([.. N(47), .. N(7), .. one, .. S("node-1"), .. units, .. S("org.acme.Job"), .. N(0), .. N(0), .. Nil]).Compute!;
        (job.ClassName, job.Units.Single(), job.Nodes.Single()).ShouldBe(("org.acme.Job", new IgniteUnit("unit", "1.0.0"), "node-1"));
        byte[] receiver = [.. N(66), .. N(7), .. N(1042), .. N(3), .. units, .. False, .. N(3), .. B(Samples.Receiver)];
        Parse(receiver).Compute!.ClassName.ShouldBe("org.acme.Receiver");
        IgniteComputeCall call = Parse([.. receiver, .. N(1), .. N(2), .. N(1)]).Compute!;
        (call.ClassName, call.Executor).ShouldBe(("org.acme.Receiver", null), "a node without the feature does not read it");
        Parse([.. receiver, .. N(1), .. N(2), .. N(1)], IgniteFeatures.ReceiverOptions).Compute!.Executor.ShouldBe(1);
        Refused([.. receiver, .. N(1)]).ShouldBe(IgniteError.Malformed);
        Refused([.. receiver, .. N(1), .. N(2), .. N(1), .. N(1)]).ShouldBe(IgniteError.Malformed);
        Refused(receiver, IgniteFeatures.ReceiverOptions).ShouldBe(IgniteError.Malformed);
    }

    /// <summary>Drivers came to write the timeout, a mark to cancel by and a timestamp one after the other.</summary>
    [Fact]
    public void Jdbc_of_every_age()
    {
        byte[] exec = [.. N(34), .. N(7), .. N(9), .. True, 0, .. S("PUBLIC"), .. N(100), .. N(0), .. S("SELECT 1"), .. False, .. Nil];
        byte[] batch = [.. N(36), .. N(7), .. N(9), .. True, .. Nil, .. N(1), .. S("INSERT 1")];
        byte[] prepared = [.. N(46), .. N(7), .. N(9), .. True, .. Nil, .. S("INSERT ?"), .. N(1), .. Samples.Arguments];
        foreach (byte[] payload in (byte[][])[exec, batch, prepared])
        {
            Refused(payload).ShouldBe(IgniteError.Malformed);
            Parse([.. payload, .. N(0)]).Sql!.Texts.Count.ShouldBe(1);
            Parse([.. payload, .. N(0), .. N(4)]).Sql!.Texts.Count.ShouldBe(1);
            Parse([.. payload, .. N(0), .. N(4), .. N(5)]).ResourceId.ShouldBe(9);
            Refused([.. payload, .. N(0), .. N(4), .. N(5), .. N(6)]).ShouldBe(IgniteError.Malformed);
            Refused([.. payload, .. N(0), .. Nil]).ShouldBe(IgniteError.Malformed);
        }
    }

    [Fact]
    public void A_batch_of_rows_of_nothing()
    {
        byte[] batch = [.. N(63), .. N(7), .. Nil, .. Properties, .. S("INSERT 1"), .. N(0), .. N(3), .. True];
        Parse([.. batch, .. N(9)]).Sql!.IsBatch.ShouldBeTrue();
        Parse([.. batch, .. B(0), .. Nil, .. B(0), .. N(9)]).Sql!.IsBatch.ShouldBeTrue();
        Refused([.. batch, .. B(0), .. N(9)]).ShouldBe(IgniteError.Malformed);
        Parse([.. N(63), .. N(7), .. Nil, .. Properties, .. S("INSERT ?"), .. N(1), .. Two, .. False, .. B(1), .. B(2), .. N(9)]).Sql.ShouldNotBeNull();
    }

    [Fact]
    public void Codes_are_ints_and_tables_too()
    {
        Parse([0xd2, 0, 0, 0, 1, 0xd3, 0, 0, 0, 0, 0, 0, 0, 7]).RequestId.ShouldBe(7);
        Refused([0xd3, 0, 0, 0, 0, 0, 0, 0, 1, 7]).ShouldBe(IgniteError.Malformed);
        Refused([.. N(5), .. N(7), 0xce, 0x80, 0, 0, 0, .. Nil]).ShouldBe(IgniteError.Malformed, "a node reads another table's id");
        Refused([.. N(5), .. N(7), 0xd3, 0, 0, 0, 0, 0, 0, 4, 0x12, .. Nil]).ShouldBe(IgniteError.Malformed);
    }

    /// <summary>A node keeps nine bytes for the timestamp of every answer and fills them in last, with 0 where there is none.</summary>
    [Theory]
    [InlineData(0L)]
    [InlineData(1L)]
    [InlineData(116_000_000_000_000_000L)]
    public void Answers_have_their_timestamp_in_the_room_that_was_kept_for_it(long timestamp)
    {
        byte[] kept = new byte[9];
        kept[0] = 0xd3;
        BinaryPrimitives.WriteInt64BigEndian(kept.AsSpan(1), timestamp);
        byte[] payload = [.. N(77), .. N(1), .. kept, .. kept, .. Two, .. N(5), .. S("PUBLIC"), .. S("ORDERS"), .. N(6), .. S("PUBLIC"), .. S("t")];
        IgniteResponse.TryParse(payload, out IgniteResponse response, out _).ShouldBeTrue();
        (response.RequestId, response.Flags, response.ObservableTimestamp).ShouldBe((77L, IgniteResponseFlags.PartitionsChanged, timestamp));
        IgniteAnswers.TryTables(payload.AsSpan(response.BodyOffset), isQualified: true, out IReadOnlyList<IgniteTable> tables).ShouldBeTrue();
        tables.ShouldBe([new IgniteTable(5, "PUBLIC", "ORDERS"), new IgniteTable(6, "PUBLIC", "t")]);
    }

    private static IgniteRequest Parse(byte[] payload, IgniteFeatures features = IgniteFeatures.None)
    {
        IgniteRequest.TryParse(payload, features, out IgniteRequest request, out IgniteError error).ShouldBeTrue($"{request.Opcode} {features} {error}");
        return request;
    }

    private static IgniteError Refused(byte[] payload, IgniteFeatures features = IgniteFeatures.None)
    {
        IgniteRequest.TryParse(payload, features, out _, out IgniteError error).ShouldBeFalse();
        return error;
    }
}
