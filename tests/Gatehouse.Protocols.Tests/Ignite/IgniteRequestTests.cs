using Gatehouse.Protocols.Ignite;
using Gatehouse.Protocols.Ignite.Calls;
using Shouldly;
using Xunit;
using static Gatehouse.Protocols.Tests.Ignite.Pack;

namespace Gatehouse.Protocols.Tests.Ignite;

public sealed class IgniteRequestTests
{
    public static TheoryData<int> Opcodes =>
        [.. IgniteOperation.All.Where(static o => o.Privilege != IgnitePrivilege.Denied).Select(static o => o.Code)];

    [Theory]
    [MemberData(nameof(Opcodes))]
    public void Every_operation_is_read_under_every_mask(int opcode)
    {
        foreach (IgniteFeatures mask in Samples.Masks)
        {
            byte[] payload = Samples.Request(opcode, mask);
            IgniteRequest request = Parse(payload, mask);
            (request.Opcode, request.RequestId, request.HasRequestId).ShouldBe((opcode, 77L, true));
            request.Operation.ShouldBeSameAs(IgniteOperation.Find(opcode).ShouldNotBeNull());
            (request.TableId is null or 1042).ShouldBeTrue();
            bool isSql = request.Operation!.Privilege == IgnitePrivilege.Sql;
            (request.Sql is not null).ShouldBe(isSql);
            (request.Compute is not null).ShouldBe((request.Operation.Privilege & IgnitePrivilege.ComputeExecute) != IgnitePrivilege.None);
            (request.TableId is not null).ShouldBe(
                opcode is 5 or 49 or 53 or 62 or 65 or 66 or 69 or 67 or (>= 10 and <= 33), "every operation on a table has its id");
            Refused([.. payload, 0xc1], mask).ShouldBe(IgniteError.Malformed);
            IgniteRequest.TryParseHead(payload, out IgniteRequest head, out _).ShouldBeTrue();
            (head.Opcode, head.RequestId, head.TableId).ShouldBe((opcode, 77L, request.TableId));
            if (!Samples.MayBeCut(opcode))
            {
                Refused([.. payload, 0xc0], mask).ShouldBe(IgniteError.Malformed);
                for (int cut = 0; cut < payload.Length; cut++)
                {
                    Refused(payload[..cut], mask).ShouldBe(IgniteError.Malformed, $"cut at {cut}");
                }
            }
        }
    }

    [Fact]
    public void Operands_of_one_mask_are_not_those_of_another()
    {
        foreach (int opcode in (int[])[47, 49, 50, 64, 66, 69])
        {
            byte[][] forms = [.. Samples.Masks.Select(m => Samples.Request(opcode, m))];
            for (int i = 0; i < forms.Length; i++)
            {
                for (int k = 0; k < forms.Length; k++)
                {
                    (IgniteFeatures written, IgniteFeatures read) = (Samples.Masks[i], Samples.Masks[k]);
                    bool isGood = opcode switch
                    {
                        50 => Same(IgniteFeatures.MultiStatement) && AtLeast(IgniteFeatures.SqlPartitionAwareness),
                        66 => AtLeast(IgniteFeatures.ReceiverOptions),
                        _ => forms[i].AsSpan().SequenceEqual(forms[k]),
                    };
                    IgniteRequest.TryParse(forms[i], read, out _, out _).ShouldBe(isGood, $"{opcode} {i} {k}");

                    bool Same(IgniteFeatures feature) => (written & feature) == (read & feature);

                    // What clients write whether or not the node knows it.
                    bool AtLeast(IgniteFeatures feature) => (~written & read & feature) == IgniteFeatures.None;
                }
            }
        }
    }

    [Fact]
    public void The_table_of_operations_is_whole()
    {
        IgniteOperation.All.Select(static o => o.Code).ShouldBe(
            (int[])[1, 3, 4, 5, 10, 12, 13, 15, 16, 18, 20, 22, 24, 26, .. Enumerable.Range(28, 14), .. Enumerable.Range(43, 33)]);
        IgniteOperation.All.Select(static o => o.Name).ShouldBeUnique();
        IgniteOperation.All.Count(static o => o.Since == "3.0").ShouldBe(55);
        IgniteOperation.All.Where(static o => o.Privilege == IgnitePrivilege.Denied).Select(static o => o.Code).ShouldBe([73, 75]);
    }

    [Theory]
    [InlineData(0, IgniteError.UnknownOperation)]
    [InlineData(2, IgniteError.UnknownOperation)]
    [InlineData(11, IgniteError.UnknownOperation)]
    [InlineData(17, IgniteError.UnknownOperation)]
    [InlineData(27, IgniteError.UnknownOperation)]
    [InlineData(42, IgniteError.UnknownOperation)]
    [InlineData(76, IgniteError.UnknownOperation)]
    [InlineData(999, IgniteError.UnknownOperation)]
    [InlineData(2001, IgniteError.UnknownOperation)]
    [InlineData(-1, IgniteError.UnknownOperation)]
    [InlineData(int.MaxValue, IgniteError.UnknownOperation)]
    [InlineData(73, IgniteError.ForbiddenOperation)]
    [InlineData(75, IgniteError.ForbiddenOperation)]
    [InlineData(1000, IgniteError.ForbiddenOperation)]
    [InlineData(2000, IgniteError.ForbiddenOperation)]
    public void Operations_that_are_none_are_refused_with_their_request_id(int opcode, IgniteError expected)
    {
        IgniteRequest.TryParse([.. N(opcode), .. N(long.MaxValue)], IgniteFeatures.Known, out IgniteRequest request, out IgniteError error).ShouldBeFalse();
        (error, request.Opcode, request.RequestId, request.HasRequestId).ShouldBe((expected, opcode, long.MaxValue, true));
        IgniteRequest.TryParse(N(opcode), IgniteFeatures.Known, out request, out error).ShouldBeFalse();
        (error, request.HasRequestId).ShouldBe((IgniteError.Malformed, false));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(-2)]
    [InlineData(long.MinValue)]
    public void Transactions_that_a_client_maps_itself_are_refused(long token)
    {
        foreach (int opcode in (int[])[10, 12, 13, 15, 24, 67])
        {
            byte[] payload = [.. N(opcode), .. N(1), .. N(1042), .. N(token)];
            Refused(payload, IgniteFeatures.Known).ShouldBe(IgniteError.ForbiddenTransaction);
            IgniteRequest.TryParseHead(payload, out _, out IgniteError head).ShouldBeFalse();
            head.ShouldBe(IgniteError.ForbiddenTransaction);
        }

        foreach (int opcode in (int[])[44, 45, 50, 57, 63])
        {
            Refused([.. N(opcode), .. N(1), .. N(token)], IgniteFeatures.Known).ShouldBe(IgniteError.ForbiddenTransaction);
        }
    }

    [Fact]
    public void Features_that_a_gate_never_negotiates_change_nothing()
    {
        var all = (IgniteFeatures)(-1);
        foreach (int opcode in Opcodes.Select(static r => r.Data))
        {
            IgniteRequest.TryParse(Samples.Request(opcode, IgniteFeatures.Known), all, out _, out _).ShouldBeTrue();
        }
    }

    [Fact]
    public void Transactions()
    {
        IgniteRequest begin = Parse(Samples.Request(43, IgniteFeatures.None));
        begin.BeginsReadOnly.ShouldBeTrue();
        Parse([.. N(43), .. N(1), .. False, .. N(0)]).BeginsReadOnly.ShouldBeFalse();
        Parse([.. N(43), .. N(1), .. False, .. N(0), .. N(9)]).BeginsReadOnly.ShouldBeFalse();
        Parse([.. N(43), .. N(1), .. True, .. N(0)]).BeginsReadOnly.ShouldBeTrue();
        Refused([.. N(43), .. N(1), .. True, .. N(0), .. Nil]).ShouldBe(IgniteError.Malformed);
        Parse([.. N(43), .. N(1), .. True]).BeginsReadOnly.ShouldBeTrue();
        Refused([.. N(43), .. N(1)]).ShouldBe(IgniteError.Malformed);
        Refused([.. N(43), .. N(1), .. True, .. N(0), .. N(0), .. N(0)]).ShouldBe(IgniteError.Malformed);
        IgniteRequest commit = Parse(Samples.Request(44, IgniteFeatures.None));
        (commit.TxKind, commit.TxId).ShouldBe((IgniteTxKind.Resource, 5L));
        Refused([.. N(45), .. N(1), .. Nil]).ShouldBe(IgniteError.Malformed);
        IgniteRequest put = Parse(Samples.Request(10, IgniteFeatures.None));
        (put.TxKind, put.TxId).ShouldBe((IgniteTxKind.Resource, 5L));
        Parse([.. N(10), .. N(1), .. N(1042), .. Nil, .. N(1), .. Samples.Row]).TxKind.ShouldBe(IgniteTxKind.Implicit);
        (Parse(Samples.Request(55, IgniteFeatures.None)).Commits, Parse(Samples.Request(55, IgniteFeatures.None)).ResourceId).ShouldBe((true, 9L));
        Parse(Samples.Request(62, IgniteFeatures.None)).TxKind.ShouldBe(IgniteTxKind.None);
    }

    [Fact]
    public void Names_jobs_and_resources()
    {
        IgniteRequest text = Parse(Samples.Request(4, IgniteFeatures.None));
        (text.AskedSchema, text.AskedName).ShouldBe((null, "orders"));
        IgniteRequest stored = Parse(Samples.Request(72, IgniteFeatures.None));
        (stored.AskedSchema, stored.AskedName).ShouldBe(("PUBLIC", "orders"));
        foreach (int opcode in (int[])[59, 60, 61])
        {
            Parse(Samples.Request(opcode, IgniteFeatures.None)).JobId.ShouldBe(Guid.Parse(Samples.Job));
        }

        foreach (int opcode in (int[])[34, 35, 36, 37, 46, 51, 52, 55, 58, 68, 74])
        {
            Parse(Samples.Request(opcode, IgniteFeatures.None)).ResourceId.ShouldBe(9);
        }

        Parse(Samples.Request(70, IgniteFeatures.None)).CancelsRequestId.ShouldBe(76);
        Refused([.. N(4), .. N(1), .. S(new string('x', 4097))]).ShouldBe(IgniteError.Malformed);
        Parse([.. N(5), .. N(1), .. N(1042), .. Nil]).TableId.ShouldBe(1042);
    }

    [Fact]
    public void Counts_may_be_in_the_room_that_was_kept_for_them()
    {
        byte[] two = [0xd2, 0, 0, 0, 2];
        Parse([.. N(13), .. N(1), .. N(1042), .. Nil, .. N(1), .. two, .. Samples.Row, .. Samples.Row]).TableId.ShouldBe(1042);
        Parse([.. N(62), .. N(1), .. N(1042), .. N(0), .. Nil, .. N(1), .. two, .. Samples.Row, .. Samples.Row]).TableId.ShouldBe(1042);
        Refused([.. N(13), .. N(1), .. N(1042), .. Nil, .. N(1), 0xd2, 0xff, 0xff, 0xff, 0xff]).ShouldBe(IgniteError.Malformed);
    }

    private static IgniteRequest Parse(byte[] payload, IgniteFeatures features = IgniteFeatures.None)
    {
        IgniteRequest.TryParse(payload, features, out IgniteRequest request, out IgniteError error).ShouldBeTrue($"{request.Opcode} {features} {error}");
        error.ShouldBe(IgniteError.None);
        return request;
    }

    private static IgniteError Refused(byte[] payload, IgniteFeatures features = IgniteFeatures.None)
    {
        IgniteRequest.TryParse(payload, features, out _, out IgniteError error).ShouldBeFalse();
        return error;
    }
}
