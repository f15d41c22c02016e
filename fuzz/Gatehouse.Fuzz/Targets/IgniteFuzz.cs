using System.Buffers;
using System.Text;
using Gatehouse.Protocols.Ignite;
using Gatehouse.Protocols.Ignite.Calls;
using static Gatehouse.Fuzz.OracleException;

namespace Gatehouse.Fuzz.Targets;

/// <summary>
/// Ignite's thin client protocol. Two bytes in front say what follows and under which features: frames of requests, a handshake, its
/// answer, a response, or a name. Nothing hides behind what was read, and what is written back is read as the same.
/// </summary>
public sealed class IgniteFuzz : IFuzzTarget
{
    private const int Limit = 65_536;

    private static readonly IgniteFeatures[] Masks =
    [
        IgniteFeatures.None, IgniteFeatures.Known, IgniteFeatures.MultiStatement, IgniteFeatures.ComputeTaskId, IgniteFeatures.PlatformJob,
        IgniteFeatures.ReceiverOptions, IgniteFeatures.SqlPartitionAwareness, IgniteFeatures.ComputeObservableTimestamp,
    ];

    /// <inheritdoc/>
    public string Name => "ignite";

    /// <inheritdoc/>
    public IReadOnlyList<string> Dictionary { get; } =
    [
        "IGNI", "\u0003\0\0\u0002", "authn-type", "authn-identity", "authn-secret", "compute-executor-id", "basic", "AUTHN-TYPE", "SELECT 1", "PUBLIC",
        "org.acme.Job", "latest", "\"orders\"", "\0\0\0\u0002", "\u0032", "\u0038", "\u0042", "\u002f", "\u0004", "\u0048",
    ];

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<byte> input)
    {
        if (input.Length < 2)
        {
            return;
        }

        IgniteFeatures mask = Masks[input[1] & 7];
        byte[] rest = input[2..].ToArray();
        switch (input[0] & 7)
        {
            case 0:
                Handshake(rest);
                break;
            case 1:
                Answer(rest);
                break;
            case 2:
                Response(rest);
                break;
            case 3:
                Names(Encoding.UTF8.GetString(rest));
                break;
            default:
                Requests(rest, mask);
                break;
        }
    }

    private static void Requests(ReadOnlySpan<byte> rest, IgniteFeatures mask)
    {
        while (!rest.IsEmpty)
        {
            IgniteFraming framing = IgniteFrame.TryRead(rest, withMagic: false, Limit, out IgniteFrame frame, out IgniteError error);
            Require((framing == IgniteFraming.Refused) == (error != IgniteError.None), "a refused frame has an error, and no other has");
            Require(frame == default || (frame.HeaderLength == 4 && frame.Length is > 0 and <= Limit), "a head is within the limit");
            for (int cut = 0; cut < Math.Min(8, rest.Length); cut++)
            {
                IgniteFraming part = IgniteFrame.TryRead(rest[..cut], withMagic: false, Limit, out IgniteFrame early, out _);
                Require(early == default || early == frame, "a head that is whole does not change");
                Require(part != IgniteFraming.Refused || framing == IgniteFraming.Refused, "what begins wrong stays wrong");
            }

            if (framing != IgniteFraming.Complete)
            {
                return;
            }

            Request(rest.Slice(frame.HeaderLength, frame.Length).ToArray(), mask);
            rest = rest[(int)frame.TotalLength..];
        }
    }

    private static void Request(byte[] payload, IgniteFeatures mask)
    {
        bool isGood = IgniteRequest.TryParse(payload, mask, out IgniteRequest request, out IgniteError error);
        Require(isGood == (error == IgniteError.None), "what is refused has an error");
        if (!isGood)
        {
            return;
        }

        Require(request is { HasRequestId: true, Operation: not null } && request.Operation.Privilege != IgnitePrivilege.Denied, "an operation is known");
        Require((request.TxKind == IgniteTxKind.Resource) == (request.TxId > 0), "a transaction belongs to the connection");
        Require(!IgniteRequest.TryParse([.. payload, 0xc1], mask, out _, out _), "nothing hides behind the last operand");
        Require((request.Sql is null) == (request.Operation!.Privilege != IgnitePrivilege.Sql), "statements are told of");
        bool runsCode = (request.Operation.Privilege & IgnitePrivilege.ComputeExecute) != IgnitePrivilege.None;
        Require((request.Compute is null) == !runsCode, "code is told of");
        Require(IgniteRequest.TryParseHead(payload, out IgniteRequest head, out _), "the head of a whole request is read");
        Require(head.Opcode == request.Opcode && head.RequestId == request.RequestId && head.TableId == request.TableId, "as the same");
        if (request.Sql is { } sql)
        {
            Replace(payload, mask, sql);
        }
    }

    // The bytes that a gate replaces are those that a node reads.
    private static void Replace(byte[] payload, IgniteFeatures mask, IgniteSqlCall sql)
    {
        if (sql.ModifiersAt >= 0)
        {
            payload[sql.ModifiersAt] = (byte)(sql.Modifiers & IgniteModifiers.Rows);
            Require(IgniteRequest.TryParse(payload, mask, out IgniteRequest again, out _), "with fewer modifiers it is read");
            Require(again.Sql!.Modifiers == (sql.Modifiers & IgniteModifiers.Rows) && !again.Sql.MayBeScript && again.Sql.Texts[0] == sql.Texts[0], "as the same");
        }

        if (sql.JdbcTypeAt >= 0)
        {
            payload[sql.JdbcTypeAt] = 1;
            Require(IgniteRequest.TryParse(payload, mask, out IgniteRequest again, out _), "with another type it is read");
            Require(again.Sql!.JdbcType == 1 && again.Sql.Texts[0] == sql.Texts[0] && again.Sql.MayBeScript == sql.MayBeScript, "as the same");
        }
    }

    private static void Handshake(byte[] payload)
    {
        bool isGood = IgniteHandshake.TryParse(payload, out IgniteHandshake? read, out IgniteError error);
        Require(isGood == (error == IgniteError.None) && isGood == read is not null, "a handshake that was read is there");
        if (read is null)
        {
            return;
        }

        Require(!IgniteHandshake.TryParse([.. payload, 0xc0], out _, out _), "nothing follows a handshake");
        var writer = new ArrayBufferWriter<byte>();
        IgniteHandshake.Write(writer, read.ClientCode, read.Features, read.Identity, read.Secret);
        IgniteFraming framing = IgniteFrame.TryRead(writer.WrittenSpan, withMagic: true, Limit, out IgniteFrame frame, out _);
        Require(framing == IgniteFraming.Complete && frame.TotalLength == writer.WrittenCount, "a handshake is one frame");
        Require(IgniteHandshake.TryParse(writer.WrittenSpan[8..], out IgniteHandshake? again, out _), "a handshake that is written is read");
        Require(again!.ClientCode == read.ClientCode && again.Features == read.Features && again.Identity == read.Identity && !again.NamesExecutor
            && again.DroppedExtensions == 0 && again.IsBasic == (read.Identity is not null), "as the same, and with nothing else");
        Require(read.Identity is null || again.Secret.AsSpan().SequenceEqual(read.Secret), "with its password");
    }

    private static void Answer(byte[] payload)
    {
        if (!IgniteHandshakeAnswer.TryParse(payload, out IgniteHandshakeAnswer? read, out _) || read!.Failure is not null)
        {
            return;
        }

        Require(!IgniteHandshakeAnswer.TryParse([.. payload, 0xc0], out _, out _), "nothing follows an answer");
        Require(read.ClusterIds.Count > 0, "a cluster has an id");
        var writer = new ArrayBufferWriter<byte>();
        read.Write(writer, 60_000, read.Features);
        Require(IgniteHandshakeAnswer.TryParse(writer.WrittenSpan[8..], out IgniteHandshakeAnswer? again, out _), "an answer that is written is read");
        Require(again!.IdleTimeoutMillis == 60_000 && again.Features == read.Features && again.NodeId == read.NodeId && again.NodeName == read.NodeName
            && again.ClusterName == read.ClusterName && again.ProductVersion == read.ProductVersion
            && again.ClusterIds.SequenceEqual(read.ClusterIds), "as the same");
    }

    private static void Response(byte[] payload)
    {
        if (!IgniteResponse.TryParse(payload, out IgniteResponse read, out _))
        {
            return;
        }

        Require(read.BodyOffset <= payload.Length && read.BodyOffset <= IgniteResponse.MaxHeadBytes, "a head is short");
        Require(IgniteResponse.TryParse(payload.AsSpan(0, read.BodyOffset), out IgniteResponse alone, out _) && alone == read, "and whole without its body");
        ReadOnlySpan<byte> body = payload.AsSpan(read.BodyOffset);
        IgniteResponse.TryReadFailure(body, out IgniteFailure? failure);
        if (failure is { Code: { } code, Message: { } message })
        {
            var writer = new ArrayBufferWriter<byte>();
            IgniteWriter.Error(writer, read.RequestId, code, message, failure.TraceId);
            Require(IgniteResponse.TryParse(writer.WrittenSpan[4..], out IgniteResponse again, out _) && again.IsError, "an error that is written is read");
            Require(IgniteResponse.TryReadFailure(writer.WrittenSpan[(4 + again.BodyOffset)..], out IgniteFailure? same)
                && same!.Code == code && same.Message == message && same.TraceId == failure.TraceId, "as the same");
        }

        foreach (bool isQualified in (bool[])[false, true])
        {
            IgniteAnswers.TryTables(body, isQualified, out IReadOnlyList<IgniteTable> tables);
            IgniteAnswers.TryTable(body, isQualified, out IgniteTable? table);
            foreach (IgniteTable one in table is null ? tables : [.. tables, table])
            {
                Require(one.TryCanonical(out string? name) == name is not null, "a name is there if there is one");
            }
        }

        IgniteAnswers.TryJobs(body, IgniteOpcodes.ComputeExecuteMapreduce, out _);
        IgniteAnswers.TryJobs(body, IgniteOpcodes.ComputeExecuteColocated, out _);
    }

    private static void Names(string text)
    {
        if (IgniteNames.TryParse(text, out string? canonical))
        {
            Require(IgniteNames.TryParse(canonical!, out string? again) && again == canonical, "a canonical name stays what it is");
        }

        string whole = IgniteNames.Canonical(text, text);
        Require(text.Length == 0 || (IgniteNames.TryParse(whole, out string? same) && same == whole), "stored names have a form that is read");
    }
}
