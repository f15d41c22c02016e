using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;
using Gatehouse.Audit;
using Gatehouse.Engine.Auditing;
using Gatehouse.Engine.Auditing.Searching;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Auditing;

/// <summary>Reading every segment from end to end is the reference: with an index the same records come, whatever it is worth.</summary>
public sealed class Searching_by_index_equals_reading : IAsyncDisposable
{
    private static readonly string[] Users = ["anna", "bert", "carl", "Kelvin\u212A", "dora", "\u0131s\u017Ftanbul", "Ирина", "田中", "J\u00F6", "\U00010428x"];
    private static readonly string[] Gates = ["etcd", "es", "admin"];
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly AuditAction[] Actions =
        [AuditAction.AccessGranted, AuditAction.AccessDenied, AuditAction.AuthenticationFailed, AuditAction.ConnectionDenied];

    private readonly TrailFolder _folder = new();
    private readonly List<string> _receipts = [];
    private AuditIndexes? _indexes;
    private string[] _users = Users;
    private string _hash = "";

    private AuditIndexes Indexes => _indexes ??= new AuditIndexes(_folder.Path, _folder.Signer, [_folder.Signer.PublicKey], TimeProvider.System);

    public async ValueTask DisposeAsync()
    {
        if (_indexes is not null)
        {
            await _indexes.DisposeAsync();
        }

        _folder.Dispose();
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(4)]
    public async Task Random_trails_and_filters_page_by_page(int seed)
    {
        var random = new Random(seed);
        if (seed % 2 == 0)
        {
            // Blocks with a folding character are always read: here none is.
            _users = [.. Users.Where(static u => !u.AsSpan().ContainsAny(TextGrams.Folding))];
        }

        await using FileAuditTrail trail = await WriteAsync(random, 6000, 400_000);
        await Indexes.TickAsync(CancellationToken.None);
        Directory.EnumerateFiles(_folder.Path, "*.idx").Count().ShouldBeGreaterThan(2);
        Unsafe.SizeOf<IndexEntry>().ShouldBe(IndexEntry.Size);
        _hash = _folder.Records()[4000].Previous[3..20].ToUpperInvariant();
        for (int i = 0; i < 30; i++)
        {
            AuditQuery query = Query(random);
            List<string> expected = await RunAsync(new AuditSearch(_folder.Path, TimeProvider.System), query with { Limit = int.MaxValue });
            List<string> found = await PagesAsync(query, random.Next(60, 900));
            found.ShouldBe(expected, query.ToString());
            Indexes.Broken.ShouldBe(0, "the index is used");
        }
    }

    [Fact]
    public async Task The_segment_in_use_is_found_while_it_grows()
    {
        await using FileAuditTrail trail = await WriteAsync(new Random(7), 3000, 64 << 20);
        for (int i = 0; i < 20; i++)
        {
            TrailFolder.Record(trail, $"/grown/{i}");
            await trail.FlushAsync(CancellationToken.None);
            (await RunAsync(Search(), new AuditQuery { Text = $"/GROWN/{i}\"" })).Count.ShouldBe(1);
        }
    }

    [Theory, InlineData("torn"), InlineData("entries"), InlineData("grams"), InlineData("header"), InlineData("other"), InlineData("empty"), InlineData("key")]
    public async Task A_broken_index_makes_it_slow_and_not_wrong(string how)
    {
        await using FileAuditTrail trail = await WriteAsync(new Random(11), 5000, 400_000);
        await Indexes.TickAsync(CancellationToken.None);
        string[] files = [.. Directory.EnumerateFiles(_folder.Path, "*.idx").Order(StringComparer.Ordinal)];
        files.Length.ShouldBeGreaterThan(2);
        await BreakAsync(how, files);
        foreach (AuditQuery query in new AuditQuery[] { new() { User = "bert" }, new() { Text = "needle" }, new() { Gate = "es", WithSeals = true } })
        {
            AuditQuery all = query with { Limit = int.MaxValue };
            (await RunAsync(Search(), all)).ShouldBe(await RunAsync(new AuditSearch(_folder.Path, TimeProvider.System), all));
        }

        Indexes.Broken.ShouldBe(1);
        byte[] before = await File.ReadAllBytesAsync(files[0]);
        await Indexes.TickAsync(CancellationToken.None);
        (await File.ReadAllBytesAsync(files[0])).ShouldNotBe(before, "what was found broken is built anew");
    }

    [Fact]
    public async Task A_segment_that_was_changed_is_read_and_not_looked_up()
    {
        await using FileAuditTrail trail = await WriteAsync(new Random(13), 3000, 400_000);
        await Indexes.TickAsync(CancellationToken.None);
        string text = await File.ReadAllTextAsync(_folder.FileOf(1));
        await File.WriteAllTextAsync(_folder.FileOf(1), text + text[(text.LastIndexOf('\n', text.Length - 2) + 1)..]);
        var all = new AuditQuery { User = "anna", Limit = int.MaxValue };
        (await RunAsync(Search(), all)).ShouldBe(await RunAsync(new AuditSearch(_folder.Path, TimeProvider.System), all));
    }

    [Fact]
    public async Task Rebuilding_and_retention_leave_no_index_without_a_segment()
    {
        await using FileAuditTrail trail = await WriteAsync(new Random(17), 3000, 400_000);
        ReindexOutcome done = await Indexes.RebuildAsync(CancellationToken.None);
        done.Segments.ShouldBe(AuditFolder.Segments(_folder.Path).Count - 1);
        File.GetUnixFileMode(Path.ChangeExtension(_folder.FileOf(1), ".idx")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.Delete(_folder.FileOf(1));
        await Indexes.TickAsync(CancellationToken.None);
        File.Exists(Path.ChangeExtension(_folder.FileOf(1), ".idx")).ShouldBeFalse();
        _folder.Records().ShouldNotBeEmpty();
    }

    [Fact]
    public async Task A_load_ends_a_round_at_the_next_segment()
    {
        await using FileAuditTrail trail = await WriteAsync(new Random(19), 5000, 400_000);
        await Indexes.TickAsync(CancellationToken.None, static built => built < 2);
        Directory.EnumerateFiles(_folder.Path, "*.idx").Count().ShouldBe(2);
        await Indexes.TickAsync(CancellationToken.None);
        Directory.EnumerateFiles(_folder.Path, "*.idx").Count().ShouldBe(AuditFolder.Segments(_folder.Path).Count - 1);
    }

    [Fact]
    public void Every_character_that_compares_like_an_ascii_letter_is_known()
    {
        string[] ascii = [.. Enumerable.Range(0, 128).Select(static c => ((char)c).ToString())];
        for (int c = 128; c <= 0xFFFF; c++)
        {
            if (!TextGrams.Folding.Contains((char)c))
            {
                string text = ((char)c).ToString();
                ascii.ShouldNotContain(a => string.Equals(a, text, StringComparison.OrdinalIgnoreCase), c.ToString("X4", CultureInfo.InvariantCulture));
            }
        }
    }

    [Theory]
    [InlineData("иРИН", true), InlineData("Ирод", false), InlineData("中田", false), InlineData("田", true), InlineData("jÖ", true), InlineData("jÜ", false)]
    [InlineData("\U00010400X", true), InlineData("\u03C2", false), InlineData("a\u0131", false)]
    public void What_is_not_ascii_is_looked_up_in_any_case(string text, bool isThere)
    {
        byte[] block = new byte[TextGrams.Size];
        foreach (string user in Users.Where(static u => !u.AsSpan().ContainsAny(TextGrams.Folding)))
        {
            TextGrams.Add(Encoding.UTF8.GetBytes($"{{\"user.name\":\"{user}\"}}"), block);
        }

        TextGrams.Of(text)?.AreIn(block).ShouldBe(isThere, text);
    }

    [Fact]
    public void Whatever_compares_alike_folds_alike()
    {
        for (int c = 0; c <= char.MaxValue; c++)
        {
            string text = ((char)c).ToString();
            foreach (string other in new[] { text.ToUpperInvariant(), text.ToLowerInvariant() })
            {
                if (text.Contains(other, StringComparison.OrdinalIgnoreCase))
                {
                    CaseFold.Of(other[0]).ShouldBe(CaseFold.Of((char)c), c.ToString("X4", CultureInfo.InvariantCulture));
                }
            }
        }

        for (int c = 0x10000; c <= 0x10FFFF; c++)
        {
            // Pairs fold by their first half: no case may change it.
            string text = char.ConvertFromUtf32(c);
            text.ToUpperInvariant()[0].ShouldBe(text[0]);
            text.ToLowerInvariant()[0].ShouldBe(text[0]);
        }
    }

    [Fact]
    public async Task An_index_of_an_older_format_is_made_anew_unasked()
    {
        await using FileAuditTrail trail = await WriteAsync(new Random(23), 3000, 400_000);
        await Indexes.TickAsync(CancellationToken.None);
        string file = Directory.EnumerateFiles(_folder.Path, "*.idx").Order(StringComparer.Ordinal).First();
        byte[] bytes = await File.ReadAllBytesAsync(file);
        bytes[7] = (byte)'1';
        await File.WriteAllBytesAsync(file, bytes);
        await using var later = new AuditIndexes(_folder.Path, _folder.Signer, [_folder.Signer.PublicKey], TimeProvider.System);
        await later.TickAsync(CancellationToken.None);
        (await File.ReadAllBytesAsync(file))[7].ShouldBe((byte)'2');
    }

    private static async Task BreakAsync(string how, string[] files)
    {
        byte[] bytes = await File.ReadAllBytesAsync(files[0]);
        switch (how)
        {
            case "torn": bytes = bytes[..(bytes.Length / 2)]; break;
            case "empty": bytes = []; break;
            case "header": bytes[20] ^= 1; break;
            case "entries": bytes[^(TextGrams.Size + 20)] ^= 1; break;
            case "grams": Array.Clear(bytes, bytes.Length - TextGrams.Size, TextGrams.Size); break;
            case "other": bytes = await File.ReadAllBytesAsync(files[1]); break;
            case "key":
                // Whole, but signed by somebody else.
                using (var other = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256))
                {
                    var builder = new SegmentIndexBuilder(Path.GetFileName(Path.ChangeExtension(files[0], ".jsonl")));
                    builder.CatchUp(Path.ChangeExtension(files[0], ".jsonl"), long.MaxValue, CancellationToken.None).ShouldBeTrue();
                    using ISegmentIndex view = builder.View();
                    SegmentIndexFile.Write(files[0], view, builder.Indexed(), new EcdsaAuditSigner(other));
                    bytes = await File.ReadAllBytesAsync(files[0]);
                }

                break;
            default: throw new ArgumentOutOfRangeException(nameof(how));
        }

        await File.WriteAllBytesAsync(files[0], bytes);
    }

    private static async Task<List<string>> RunAsync(AuditSearch search, AuditQuery query)
    {
        var found = new List<string>();
        await foreach (AuditRecord record in search.RunAsync(query, CancellationToken.None))
        {
            found.Add(Encoding.UTF8.GetString(record.Line.Span));
        }

        return found;
    }

    private AuditSearch Search() => new(_folder.Path, TimeProvider.System, Indexes);

    private async Task<List<string>> PagesAsync(AuditQuery query, int size)
    {
        var found = new List<string>();
        long? before = query.Before;
        while (true)
        {
            int page = 0;
            await foreach (AuditRecord record in Search().RunAsync(query with { Limit = size, Before = before }, CancellationToken.None))
            {
                found.Add(Encoding.UTF8.GetString(record.Line.Span));
                before = record.Sequence;
                page++;
            }

            if (page < size)
            {
                return found;
            }
        }
    }

    private AuditQuery Query(Random random)
    {
        T? Maybe<T>(T value)
            where T : struct => random.Next(4) == 0 ? value : null;
        DateTimeOffset Moment() => Start + TimeSpan.FromSeconds(random.Next(-100, 7000));
        string[] texts = ["NEEDLE", "anna", "iStanbul", "kelvin", "/7", "path/1", "zz-no-such", "\u212A", "ok", "\"gatehouse.prev\":\"" + random.Next(16).ToString("x", CultureInfo.InvariantCulture), "abcde", "path/49\",", _hash, "иРИН", "中田", "中", "J\u00D6", "ZQ", "T9", "\u00F6\""];
        return new AuditQuery
        {
            User = random.Next(3) == 0 ? _users[random.Next(_users.Length)] : random.Next(20) == 0 ? "nobody" : null,
            Gate = random.Next(4) == 0 ? Gates[random.Next(Gates.Length)] : null,
            Action = Maybe(Actions[random.Next(Actions.Length)]),
            Outcome = Maybe((AuditOutcome)random.Next(3)),
            Source = random.Next(4) == 0 ? Network(random) : null,
            Since = Maybe(Moment()),
            Until = Maybe(Moment()),
            Text = random.Next(3) == 0 ? texts[random.Next(texts.Length)] : null,
            Receipt = random.Next(12) == 0 && ReceiptCode.TryParse(_receipts[random.Next(_receipts.Count)], out ReceiptCode code) ? code : null,
            Before = Maybe((long)random.Next(1, 7000)),
            WithSeals = random.Next(3) == 0,
        };
    }

    private static IPNetwork Network(Random random)
    {
        if (random.Next(2) == 0)
        {
            int prefix = random.Next(33);
            uint bits = prefix == 0 ? 0 : (0x0A010000u | (uint)random.Next(1024)) & (uint.MaxValue << (32 - prefix));
            return new IPNetwork(new IPAddress([(byte)(bits >> 24), (byte)(bits >> 16), (byte)(bits >> 8), (byte)bits]), prefix);
        }

        return IPNetwork.Parse(random.Next(4) switch { 0 => "2001:db8::/32", 1 => "2001:db8::7/128", 2 => "::/0", _ => "::ffff:10.1.0.0/112" });
    }

    private async Task<FileAuditTrail> WriteAsync(Random random, int count, long segment)
    {
        FileAuditTrail trail = await _folder.OpenAsync(_folder.Options with { SegmentBytes = segment });
        for (int i = 0; i < count; i++)
        {
            bool isDenied = random.Next(5) == 0;
            string? receipt = isDenied ? trail.NewReceipt() : null;
            if (receipt is not null)
            {
                _receipts.Add(receipt);
            }

            AuditEvent record = new()
            {
                Action = isDenied ? AuditAction.AccessDenied : Actions[random.Next(Actions.Length)],
                Outcome = (AuditOutcome)random.Next(3),
                Time = Start + TimeSpan.FromSeconds(i + random.Next(-50, 50)),
                User = random.Next(8) == 0 ? null : _users[random.Next(_users.Length)],
                Gate = random.Next(8) == 0 ? null : Gates[random.Next(Gates.Length)],
                Path = (random.Next(300) == 0 ? "/Needle" : "/path/") + random.Next(50),
                Receipt = receipt,
                Source = Source(random),
            };
            trail.TryReserve(out AuditSlot slot).ShouldBeTrue();
            trail.Complete(slot, record);
            if (i % 500 == 499)
            {
                (await trail.FlushAsync(CancellationToken.None)).ShouldBeTrue();
            }
        }

        // Rotation comes behind a flush, and before the next record is written.
        TrailFolder.Record(trail, "/last");
        (await trail.FlushAsync(CancellationToken.None)).ShouldBeTrue();

        // The checkpoint that follows within a second must not come between two searches that are compared.
        for (int i = 0; i < 500 && _folder.Records()[^1].Seal is null; i++)
        {
            await Task.Delay(20);
        }

        _folder.Records()[^1].Seal.ShouldNotBeNull();
        return trail;
    }

    private static IPEndPoint? Source(Random random) => random.Next(4) switch
    {
        0 => null,
        1 => new IPEndPoint(IPAddress.Parse($"2001:db8::{random.Next(1, 20)}"), 5),
        2 => new IPEndPoint(IPAddress.Parse($"10.1.0.{random.Next(256)}").MapToIPv6(), 5),
        _ => new IPEndPoint(IPAddress.Parse($"10.1.{random.Next(4)}.{random.Next(256)}"), 5),
    };
}
