using System.Buffers;
using System.IO.Compression;
using System.IO.Pipelines;
using System.Security.Cryptography;
using System.Text;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Engine.IgniteRest;
using Gatehouse.Problems;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.IgniteRest;

public sealed class UnitBodyTests
{
    private const string Boundary = "client";

    public static TheoryData<string, string, string> Refused => new()
    {
        { "other", "a.jar", "multipart_field" },
        { "unitContent", "../a.jar", "file_name" },
        { "unitContent", "..", "file_name" },
        { "unitContent", "/etc/passwd", "file_name" },
        { "unitContent", "a/b.jar", "file_name" },
        { "unitContent", "C:a.jar", "file_name" },
        { "unitContent", "a.jar.", "file_name" },
        { "unitContent", "a%2fb.jar", "file_name" },
        { "unitContent", "a;b.jar", "file_name" },
        { "unitContent", "a,b.jar", "file_name" },
        { "unitContent", "a=b.jar", "file_name" },
        { "unitContent", "a'b.jar", "file_name" },
        { "unitContent", "\u00e4.jar", "file_name" },
        { "unitContent", "a\u202eb.jar", "file_name" },
        { "unitContent", " a.jar", "file_name" },
        { "unitContent", "a\\b.jar", "multipart_disposition" },
    };

    [Fact]
    public async Task Files_go_on_between_boundaries_that_the_client_does_not_know()
    {
        byte[] first = RandomNumberGenerator.GetBytes(100_000);
        byte[] second = Encoding.ASCII.GetBytes("x\r\n--clien");
        Sent sent = await SendAsync(Form(("unitContent", "a.jar", first), ("unitContent", "b c.jar", second), ("unitContent", "empty", [])), piece: 977);
        sent.Fault.ShouldBeNull();
        sent.Error.ShouldBeNull();
        sent.Type.ShouldStartWith("multipart/form-data; boundary=gatehouse-");
        string boundary = sent.Type["multipart/form-data; boundary=".Length..];
        string text = Encoding.Latin1.GetString(sent.Bytes);
        text.ShouldBe(string.Concat(
            Part(boundary, "a.jar", first), "\r\n", Part(boundary, "b c.jar", second), "\r\n", Part(boundary, "empty", []), $"\r\n--{boundary}--\r\n"));
        sent.Note.ShouldBe($"a.jar, 100000 bytes, sha256 {Hash(first)}; b c.jar, {second.Length} bytes, sha256 {Hash(second)}; empty, 0 bytes, sha256 {Hash([])}");
        (await SendAsync(Form(("unitContent", "a.jar", first)))).Type.ShouldNotBe(sent.Type);
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task A_name_is_refused_before_a_byte_of_the_file_goes_on(string field, string name, string reason)
    {
        Sent sent = await SendAsync(Form((field, name, [1, 2, 3])), piece: 1);
        sent.Bytes.ShouldBeEmpty();
        sent.Fault!.Reason.ShouldBe(reason);
        sent.Error!.Result.ShouldBe(ForwardResult.ClientMalformed);

        // After a file that is fine nothing of the second goes on, and no end.
        sent = await SendAsync(Form(("unitContent", "fine.jar", [1, 2, 3]), (field, name, [4, 5, 6])), piece: 1);
        sent.Fault!.Reason.ShouldBe(reason);
        Encoding.Latin1.GetString(sent.Bytes).ShouldEndWith("\r\n\r\n\u0001\u0002\u0003");
    }

    [Fact]
    public async Task Two_names_that_differ_in_case_are_one()
    {
        Sent sent = await SendAsync(Form(("unitContent", "a.jar", [1]), ("unitContent", "A.JAR", [2])));
        sent.Fault.ShouldBe(new UnitFault(400, IgniteRestProblems.FileName, "file_name_twice"));
    }

    [Fact]
    public async Task Limits_of_the_gate_hold()
    {
        byte[] two = Form(("unitContent", "a", new byte[600]), ("unitContent", "b", new byte[600]));
        (await SendAsync(two, new IgniteRestConfiguration { MaxUnitFiles = 1 })).Fault.ShouldBe(new UnitFault(413, IgniteRestProblems.UploadTooLarge, "multipart_too_many_parts"));
        Sent large = await SendAsync(two, new IgniteRestConfiguration { MaxUnitSize = two.Length - 1 }, piece: 100);
        large.Fault.ShouldBe(new UnitFault(413, IgniteRestProblems.UploadTooLarge, "upload_too_large"));
        large.Error!.Result.ShouldBe(ForwardResult.ClientTooLarge);
        (await SendAsync(two, new IgniteRestConfiguration { MaxUnitSize = two.Length, MaxUnitFiles = 2 }, piece: 100)).Fault.ShouldBeNull();
    }

    [Fact]
    public async Task A_list_of_hashes_lets_nothing_else_end()
    {
        byte[] known = [1, 2, 3];
        var settings = new IgniteRestConfiguration { UnitHashes = [Hash(known)] };
        (await SendAsync(Form(("unitContent", "a.jar", known)), settings)).Fault.ShouldBeNull();
        Sent sent = await SendAsync(Form(("unitContent", "a.jar", known), ("unitContent", "b.jar", [9])), settings, piece: 1);
        sent.Fault.ShouldBe(new UnitFault(403, IgniteRestProblems.NotListed, "file_not_listed"));
        Encoding.Latin1.GetString(sent.Bytes).ShouldNotEndWith("--\r\n");
        sent.Note!.ShouldContain($"b.jar, 1 bytes, sha256 {Hash([9])}"); // the record tells what was tried
    }

    [Fact]
    public async Task An_archive_is_checked_and_its_end_held_back()
    {
        byte[] zip = Zip("lib/a.jar", "b.txt");
        Sent sent = await SendAsync(Form(("unitContent", "unit.zip", zip)), isZip: true, piece: 10);
        sent.Fault.ShouldBeNull();
        sent.Note.ShouldBe($"unit.zip, {zip.Length} bytes, sha256 {Hash(zip)}");

        // One byte of the directory at the very end: everything else has passed by then.
        byte[] wrong = [.. zip];
        wrong[^6] ^= 1;
        sent = await SendAsync(Form(("unitContent", "unit.zip", wrong)), isZip: true, piece: 10);
        sent.Fault.ShouldBe(new UnitFault(400, IgniteRestProblems.BadArchive, "zip_directory"));
        sent.Bytes.AsSpan().IndexOf("\r\n--gatehouse-"u8).ShouldBe(-1);

        (await SendAsync(Form(("unitContent", "unit.zip", Zip("../a"))), isZip: true)).Fault.ShouldBe(new UnitFault(400, IgniteRestProblems.FileName, "zip_name"));
        (await SendAsync(Form(("unitContent", "unit.zip", Zip("a", "b"))), new IgniteRestConfiguration { MaxEntries = 1 }, isZip: true)).Fault!.Reason.ShouldBe("zip_too_many_entries");
        (await SendAsync(Form(("unitContent", "unit.zip", zip), ("unitContent", "b.zip", zip)), isZip: true)).Fault!.Reason.ShouldBe("zip_several_files");
        (await SendAsync(Form(("unitContent", "unit.zip", [1, 2, 3, 4])), isZip: true)).Fault!.Reason.ShouldBe("zip_structure");
        (await SendAsync(Form(("unitContent", "unit.zip", [])), isZip: true)).Fault!.Reason.ShouldBe("zip_cut_short");

        // The path for files does not look into them.
        (await SendAsync(Form(("unitContent", "unit.zip", wrong)))).Fault.ShouldBeNull();
    }

    [Fact]
    public async Task A_body_that_ends_early_has_no_end()
    {
        byte[] form = Form(("unitContent", "a.jar", [1, 2, 3]));
        for (int length = 0; length < form.Length - 2; length++)
        {
            Sent sent = await SendAsync(form[..length], piece: 5);
            sent.Fault!.Reason.ShouldBe("multipart_cut_short");
            sent.Bytes.AsSpan().IndexOf("\r\n--gatehouse-"u8).ShouldBe(-1);
        }
    }

    [Fact]
    public async Task Of_very_many_files_the_last_are_counted()
    {
        var files = Enumerable.Range(0, 90).Select(static i => ("unitContent", $"file-{i}.jar", new byte[] { (byte)i })).ToArray();
        string note = (await SendAsync(Form(files))).Note!;
        note.Length.ShouldBeLessThan(8 * 1024);
        note.ShouldStartWith("file-0.jar, 1 bytes, sha256 ");
        note.ShouldMatch(" more, sha256 of their list [0-9a-f]{64}$");
    }

    private static string Part(string boundary, string name, byte[] bytes) =>
        $"--{boundary}\r\nContent-Disposition: form-data; name=\"unitContent\"; filename=\"{name}\"\r\nContent-Type: application/octet-stream\r\n\r\n{Encoding.Latin1.GetString(bytes)}";

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static byte[] Zip(params string[] names)
    {
        using var bytes = new MemoryStream();
        using (var archive = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (string name in names)
            {
                using Stream entry = archive.CreateEntry(name).Open();
                entry.Write("content"u8);
            }
        }

        return bytes.ToArray();
    }

    private static byte[] Form(params (string Field, string Name, byte[] Bytes)[] files)
    {
        using var body = new MemoryStream();
        foreach ((string field, string name, byte[] bytes) in files)
        {
            body.Write(Encoding.UTF8.GetBytes($"--{Boundary}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\r\n"));
            body.Write(bytes);
            body.Write("\r\n"u8);
        }

        body.Write(Encoding.ASCII.GetBytes($"--{Boundary}--\r\n"));
        return body.ToArray();
    }

    private static async Task<Sent> SendAsync(byte[] form, IgniteRestConfiguration? settings = null, bool isZip = false, int piece = int.MaxValue)
    {
        var source = new Pieces(form, piece);
        var body = new UnitBody(source, Encoding.ASCII.GetBytes(Boundary), settings ?? new IgniteRestConfiguration(), isZip);
        using var sent = new MemoryStream();
        ForwardFault? error = null;
        try
        {
            await body.BeginAsync();
            while (true)
            {
                ReadResult read = await body.ReadAsync(TestContext.Current.CancellationToken);
                foreach (ReadOnlyMemory<byte> memory in read.Buffer)
                {
                    sent.Write(memory.Span);
                }

                body.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                {
                    break;
                }
            }
        }
        catch (ForwardFault fault)
        {
            error = fault;
        }

        body.Parts.Dispose();
        return new Sent(sent.ToArray(), body.ContentType, body.Parts.Describe(), body.Fault, error);
    }

    private sealed record Sent(byte[] Bytes, string Type, string? Note, UnitFault? Fault, ForwardFault? Error);

    /// <summary>A client's body in pieces of one size.</summary>
    private sealed class Pieces(byte[] bytes, int piece) : PipeReader
    {
        private int _at;

        public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
        {
            int length = Math.Min(piece, bytes.Length - _at);
            return new(new ReadResult(new ReadOnlySequence<byte>(bytes, _at, length), false, _at + length == bytes.Length));
        }

        public override void AdvanceTo(SequencePosition consumed) => _at = consumed.GetInteger();

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => AdvanceTo(consumed);

        public override void CancelPendingRead()
        {
            // Nothing is ever pending.
        }

        public override void Complete(Exception? exception = null)
        {
            // Nothing is held.
        }

        public override bool TryRead(out ReadResult result)
        {
            result = default;
            return false;
        }
    }
}
