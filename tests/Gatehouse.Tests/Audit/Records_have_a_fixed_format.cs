using System.Net;
using System.Text;
using Gatehouse.Audit;
using Gatehouse.Operations;
using Shouldly;
using Xunit;

namespace Gatehouse.Tests.Audit;

public sealed class Records_have_a_fixed_format
{
    private readonly byte[] _buffer = new byte[AuditRecordReader.MaxLine];

    [Fact]
    public void The_golden_file_has_every_field_in_order()
    {
        using var chain = new AuditChain();
        string lines = "";
        foreach (AuditEvent record in new[] { Full(), new AuditEvent { Action = AuditAction.NodeStarted }, Hostile() })
        {
            lines += Encoding.UTF8.GetString(_buffer, 0, chain.Append(_buffer, AuditRecordWriter.Format(record, _buffer)));
        }

        string golden = Path.Combine(AppContext.BaseDirectory, "Audit", "records.golden.jsonl");
        lines.ShouldBe(File.ReadAllText(golden), "a change of the record format breaks what operators have built on it");
    }

    [Fact]
    public void A_record_reads_back_as_it_was()
    {
        AuditRecord record = RoundTrip(Full());
        record.Action.ShouldBe(AuditAction.AccessDenied);
        record.Time.ShouldBe(Full().Time);
        record.RequestId.ShouldBe(ulong.MaxValue);
        record.SourceAddress.ShouldBe(IPAddress.Parse("2001:db8::7"));
        record.RunBy.ShouldBe("corp/otto");
        record.ApiKey.ShouldBe("AAAAAAAAAAAAAAAAAAAA");
        record.Roles.ShouldBe(["reader", "writer"]);
        record.Operations.Count.ShouldBe(2);
        record.Operations[0].Prefixes.ShouldBe(["plant/"]);
        record.Operations[1].Resources.ShouldBe(["a", "b"]);
        record.Status.ShouldBe(403);
        record.Sequence.ShouldBe(1);
        record.Previous.ShouldBe(new string('0', 64));
    }

    [Fact]
    public void What_a_call_was_reads_back()
    {
        AuditRecord record = RoundTrip(new AuditEvent
        {
            Action = AuditAction.AccessGranted,
            Call = "SQL_EXEC",
            Statement = "SELECT * FROM ORDERS WHERE NAME = ?",
            UpstreamCode = 262_145,
        });
        record.Call.ShouldBe("SQL_EXEC");
        record.Statement.ShouldBe("SELECT * FROM ORDERS WHERE NAME = ?");
        record.UpstreamCode.ShouldBe(262_145);
    }

    [Fact]
    public void Nothing_in_a_text_can_start_a_line_or_move_a_cursor()
    {
        using var chain = new AuditChain();
        int length = chain.Append(_buffer, AuditRecordWriter.Format(Hostile(), _buffer));
        string line = Encoding.UTF8.GetString(_buffer, 0, length - 1);
        line.ShouldAllBe(c => c >= ' ' && c != '\u007F' && !(c >= '\u0080' && c <= '\u009F') && c != '\u2028' && c != '\u2029' && c != '\u202E');
        AuditRecord record = RoundTrip(Hostile());
        record.User.ShouldBe("x\n{\"event.action\":\"forged\"}\r\u0000\u001B[2J\u0085\u2028\u2029\u202E\"\\");
    }

    [Fact]
    public void Bytes_that_are_not_text_are_kept_exactly()
    {
        byte[][] names = [[0xFF, 0xFE], [0xC3], "\uFFFD"u8.ToArray(), "\uFFFDff"u8.ToArray(), [0xED, 0xA0, 0x80], "ff"u8.ToArray(), []];
        var set = new OperationSet();
        set.Begin(SystemAction.Intern("etcd", "kv.put"));
        foreach (byte[] name in names)
        {
            set.AddResource(name);
        }

        AuditRecord record = RoundTrip(new AuditEvent { Action = AuditAction.AccessGranted, Operations = set });
        record.Operations[0].Resources.Select(AuditText.ToBytes).ShouldBe(names);
        record.Operations[0].Resources.Distinct().Count().ShouldBe(names.Length);
    }

    [Fact]
    public void What_does_not_fit_is_counted_and_never_silently_left_out()
    {
        var set = new OperationSet();
        set.Begin(SystemAction.Intern("etcd", "kv.put"));
        for (int i = 0; i < 5000; i++)
        {
            set.AddResource(Encoding.UTF8.GetBytes("resource-number-" + i));
        }

        set.Begin(SystemAction.Intern("etcd", "kv.range"));
        set.AddResource("last"u8);
        var huge = new AuditEvent
        {
            Action = AuditAction.AccessGranted,
            Operations = set,
            User = new string('u', 5000),
            Path = new string('\n', 10_000),
            Message = new string('m', 100_000),
            Roles = [.. Enumerable.Range(0, 1000).Select(i => "role-" + i)],
        };
        AuditRecord record = RoundTrip(huge);
        record.Line.Length.ShouldBeLessThan(AuditRecordWriter.MaxRecord);
        record.Truncated.ShouldBeTrue();
        int kept = record.Operations.Sum(o => o.Resources.Count) + record.Operations.Count + (record.Roles?.Count ?? 0);
        record.OmittedValues.ShouldBe(5001 + 2 + 1000 - kept);
        record.OmittedCharacters.ShouldBe(5000 - (record.User?.Length ?? 0) + 10_000 - (record.Path?.Length ?? 0) + 100_000 - (record.Message?.Length ?? 0));
    }

    [Fact]
    public void Groups_and_attributes_are_whole_or_not_there()
    {
        AuditRecord record = RoundTrip(Mapped(["cn=ops,dc=example", "\u202e\"x"], ["dept", "tier"]));
        record.Groups.ShouldBe(["cn=ops,dc=example", "\u202e\"x"]);
        record.Attributes.ShouldNotBeNull().Select(static pair => $"{pair.Key}={pair.Value ?? "null"}").ShouldBe(["dept=o\np\"s", "tier=null"]);

        record = RoundTrip(Mapped([], []));
        record.Groups.ShouldNotBeNull().ShouldBeEmpty();
        record.Attributes.ShouldNotBeNull().ShouldBeEmpty();
        RoundTrip(new AuditEvent { Action = AuditAction.AccessGranted }).Groups.ShouldBeNull();

        // Some of many groups would be those of somebody else; and nothing takes room from operations.
        record = RoundTrip(Mapped([.. Enumerable.Range(0, 500).Select(static i => $"cn=group-{i},dc=example")], ["dept"]));
        record.Groups.ShouldBeNull();
        record.Attributes.ShouldNotBeNull();
        record.Truncated.ShouldBeFalse();
        var set = new OperationSet();
        set.Begin(SystemAction.Intern("etcd", "kv.put"));
        for (int i = 0; i < 5000; i++)
        {
            set.AddResource(Encoding.UTF8.GetBytes("resource-number-" + i));
        }

        AuditEvent full = Mapped([.. Enumerable.Range(0, 100).Select(static i => "g" + i)], ["dept"]);
        full.Operations = set;
        int with = RoundTrip(full).Operations[0].Resources.Count;
        full.Groups = full.AttributeNames = default;
        RoundTrip(full).Operations[0].Resources.Count.ShouldBe(with);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("{\"event.action\":\"access_granted\",\"@timestamp\":\"2026-01-02T03:04:05.0000000Z\"}")]
    [InlineData("{\"@timestamp\":\"2026-01-02T03:04:05.0000000Z\",\"@timestamp\":\"2026-01-02T03:04:05.0000000Z\"}")]
    [InlineData("not json")]
    [InlineData("")]
    public void What_is_not_a_record_is_refused(string line) =>
        AuditRecordReader.TryRead(Encoding.UTF8.GetBytes(line), out _).ShouldBeFalse();

    [Theory]
    [InlineData("\"gatehouse.seq\":1", "\"gatehouse.seq\":1,\"gatehouse.seq\":1")]
    [InlineData("\"gatehouse.seq\":1", "\"gatehouse.extra\":1,\"gatehouse.seq\":1")]
    [InlineData("node_started", "node_exploded")]
    [InlineData("\"gatehouse.seq\":1", "\"gatehouse.seq\":0")]
    [InlineData("\"gatehouse.seq\":1", "\"gatehouse.seq\":\"1\"")]
    [InlineData("\"event.outcome\"", "\"event.\\u006futcome\"")]
    public void Variations_of_a_record_are_refused(string what, string with)
    {
        using var chain = new AuditChain();
        int length = chain.Append(_buffer, AuditRecordWriter.Format(new AuditEvent { Action = AuditAction.NodeStarted }, _buffer));
        string line = Encoding.UTF8.GetString(_buffer, 0, length - 1);
        AuditRecordReader.TryRead(Encoding.UTF8.GetBytes(line), out _).ShouldBeTrue();
        AuditRecordReader.TryRead(Encoding.UTF8.GetBytes(line.Replace(what, with, StringComparison.Ordinal)), out _).ShouldBeFalse();
    }

    [Fact]
    public void Formatting_and_chaining_allocate_nothing()
    {
        using var chain = new AuditChain();
        AuditEvent record = Full();
        for (int i = 0; i < 200; i++)
        {
            chain.Append(_buffer, AuditRecordWriter.Format(record, _buffer));
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            chain.Append(_buffer, AuditRecordWriter.Format(record, _buffer));
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    private AuditRecord RoundTrip(AuditEvent record)
    {
        using var chain = new AuditChain();
        int length = chain.Append(_buffer, AuditRecordWriter.Format(record, _buffer));
        AuditRecordReader.TryRead(_buffer.AsSpan(0, length - 1), out AuditRecord? read).ShouldBeTrue();
        AuditChain.TryReadLink(_buffer.AsSpan(0, length - 1), out long sequence, out _, out bool isSealed).ShouldBeTrue();
        sequence.ShouldBe(read.Sequence);
        isSealed.ShouldBeFalse();
        return read;
    }

    private static AuditEvent Mapped(string[] groups, string[] names) => new()
    {
        Action = AuditAction.AccessGranted,
        Groups = [.. groups],
        AttributeNames = [.. names],
        Attributes = new Dictionary<string, string> { ["dept"] = "o\np\"s", ["mail"] = "a@example.com" },
    };

    private static AuditEvent Full()
    {
        var set = new OperationSet();
        set.Begin(SystemAction.Intern("mqtt", "subscribe"));
        set.AddPrefix("plant/"u8);
        set.Begin(SystemAction.Intern("elasticsearch", "index:read"));
        set.AddResource("a"u8);
        set.AddResource("b"u8);
        return new AuditEvent
        {
            Action = AuditAction.AccessDenied,
            Outcome = AuditOutcome.Failure,
            Time = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero).AddTicks(1_234_567),
            Duration = 1_500_000,
            End = new DateTimeOffset(2026, 1, 2, 3, 4, 6, TimeSpan.Zero),
            Count = 3,
            RequestId = ulong.MaxValue,
            ConnectionId = 42,
            Source = new IPEndPoint(IPAddress.Parse("2001:db8::7"), 50123),
            Gate = "es",
            User = "anna",
            RunBy = "corp/otto",
            Realm = "api-key",
            ApiKey = "AAAAAAAAAAAAAAAAAAAA",
            Roles = ["reader", "writer"],
            Groups = ["cn=ops,dc=example", "staff"],
            AttributeNames = ["claim./dept", "claim./tier"],
            Attributes = new Dictionary<string, string> { ["claim./dept"] = "ops" },
            ClientCertificate = "CN=anna",
            HasClientCertificate = true,
            Method = "GET",
            Path = "/a,b/_search",
            Operations = set,
            Generation = 7,
            Reason = "no_grant",
            Problem = "GH6001",
            Receipt = "GH-7K3M-9Q2X-0000-0000-0000",
            Status = 403,
            Forward = "ok",
            RequestBytes = 10,
            ResponseBytes = 20,
            Target = "user/anna",
            Message = "text",
        };
    }

    private static AuditEvent Hostile() => new()
    {
        Action = AuditAction.AuthenticationFailed,
        Outcome = AuditOutcome.Failure,
        Source = new IPEndPoint(IPAddress.Parse("::ffff:10.1.2.3"), 1),
        User = "x\n{\"event.action\":\"forged\"}\r\u0000\u001B[2J\u0085\u2028\u2029\u202E\"\\",
    };
}
