using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using Gatehouse.Protocols.Zip;
using Shouldly;
using Xunit;

namespace Gatehouse.Protocols.Tests.Zip;

public sealed class ZipTests
{
    private static readonly Dictionary<string, (byte[] Bytes, ZipError Expected)> Cases = HostileArchives.All();

    public static TheoryData<string> HostileCases => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(HostileCases))]
    public void Hostile_archives_are_refused_for_what_is_wrong(string name)
    {
        (byte[] bytes, ZipError expected) = Cases[name];
        foreach (int piece in new[] { int.MaxValue, 1, 13 })
        {
            Archive.Check(bytes, piece).ShouldBe(expected);
        }
    }

    [Theory]
    [MemberData(nameof(HostileArchives.Names), MemberType = typeof(HostileArchives))]
    public void Names_lead_nowhere_but_below_their_folder(string name, bool passes)
    {
        byte[] bytes = new Archive().Add(name, name.EndsWith('/') ? "" : "x").Make();
        Archive.Check(bytes).ShouldBe(passes ? ZipError.None : ZipError.Name);
    }

    [Theory]
    [InlineData("a", "a")]
    [InlineData("a", "A")]
    [InlineData("a/b", "A/B")]
    [InlineData("\u00e4", "\u00c4")]
    [InlineData("a/", "a/")]
    [InlineData("a", "a/")]
    [InlineData("a/", "a")]
    [InlineData("a", "a/b")]
    [InlineData("a/b", "a")]
    [InlineData("a/b", "A/b/c")]
    [InlineData("a/b/c/d", "A/B")]
    public void A_name_stands_for_one_file_or_folder(string first, string second)
    {
        byte[] bytes = new Archive().Add(first, first.EndsWith('/') ? "" : "x").Add(second, second.EndsWith('/') ? "" : "y").Make();
        Archive.Check(bytes).ShouldBe(ZipError.Duplicate);
    }

    [Fact]
    public void Folders_may_come_before_and_after_what_is_in_them()
    {
        Archive.Check(new Archive().Add("a/", "").Add("a/b", "x").Add("a/c/", "").Add("a/c/d", "y").Make()).ShouldBe(ZipError.None);
        Archive.Check(new Archive().Add("a/b", "x").Add("a/", "").Make()).ShouldBe(ZipError.None);
    }

    [Fact]
    public void Names_beyond_ASCII_are_marked_as_UTF8()
    {
        Archive.Check(new Archive().Add("\u00e4", "x", f => f.Flags = 0).Make()).ShouldBe(ZipError.Name);
        Archive.Check(new Archive().Add([0x61, 0xFF], [1]).Make()).ShouldBe(ZipError.Name);
        Archive.Check(new Archive().Add([0xC0, 0xAE, 0xC0, 0xAE, 0x2F], [1]).Make()).ShouldBe(ZipError.Name);
    }

    [Fact]
    public void Limits_hold()
    {
        byte[] three = new Archive().Add("a", new string('x', 1000)).Add("b", "y").Add("c", "z", f => f.Flags |= 8).Make();
        Archive.Check(three, limits: new ZipLimits { MaxEntries = 3, MaxUnpacked = 1002, MaxNames = 3 }).ShouldBe(ZipError.None);
        Archive.Check(three, limits: new ZipLimits { MaxEntries = 2 }).ShouldBe(ZipError.TooManyEntries);
        Archive.Check(three, limits: new ZipLimits { MaxNames = 2 }).ShouldBe(ZipError.TooManyEntries);
        Archive.Check(three, limits: new ZipLimits { MaxUnpacked = 1001 }).ShouldBe(ZipError.TooLarge);
        Archive.Check(three, limits: new ZipLimits { MaxUnpacked = 999 }).ShouldBe(ZipError.TooLarge);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    public void Bombs_stop_long_before_they_are_unpacked(int descriptor)
    {
        byte[] zeros = new byte[3 * 1024 * 1024];
        byte[] bomb = new Archive().Add("bomb"u8.ToArray(), zeros, f => f.Flags |= descriptor).Make();
        var limits = new ZipLimits { RatioFrom = 1024 * 1024 };
        Archive.Check(bomb, 1024, limits).ShouldBe(ZipError.Ratio);
        var check = new ZipCheck(limits);
        check.Push(bomb).ShouldBe(ZipError.Ratio);
        check.Unpacked.ShouldBeLessThan(2 * 1024 * 1024);
        Archive.Check(bomb, limits: limits with { MaxRatio = 2000 }).ShouldBe(ZipError.None);

        // A header that lies about it does not help.
        byte[] liar = new Archive().Add("bomb"u8.ToArray(), zeros, f => f.Unpacked = 5).Make();
        check = new ZipCheck(limits);
        check.Push(liar).ShouldBe(ZipError.Mismatch);
        check.Unpacked.ShouldBeLessThan(1024 * 1024);
    }

    [Fact]
    public void What_the_framework_writes_passes_in_any_pieces()
    {
        var random = new Random(3);
        for (int round = 0; round < 60; round++)
        {
            byte[] bytes = Random(random, round % 2 == 0);
            Archive.Check(bytes).ShouldBe(ZipError.None, $"round {round}");
            Archive.Check(bytes, random.Next(1, 300)).ShouldBe(ZipError.None, $"round {round}");
            for (int cut = 0; cut < 20; cut++)
            {
                Archive.Check(bytes.AsSpan(0, random.Next(bytes.Length))).ShouldNotBe(ZipError.None);
            }
        }
    }

    [Fact]
    public void Deflate_is_read_as_the_framework_reads_it_and_to_the_same_byte()
    {
        var random = new Random(5);
        for (int round = 0; round < 200; round++)
        {
            byte[] content = Content(random, random.Next(1, 90_000));
            using var packed = new MemoryStream();
            using (var deflate = new DeflateStream(packed, (CompressionLevel)(round % 4), leaveOpen: true))
            {
                foreach (byte[] part in content.Chunk(random.Next(1000, 60_000)))
                {
                    deflate.Write(part);
                    if (random.Next(3) == 0)
                    {
                        deflate.Flush(); // an empty stored block
                    }
                }
            }

            byte[] tail = [0xFF, 0x00, 0x50, 0x4B, 7, 8, 0xFF, 0xFF, 0xFF, 0xFF];
            byte[] all = [.. packed.ToArray(), .. tail];
            using var unpacked = new MemoryStream();
            var reader = new DeflateReader();
            reader.Reset();
            int at = 0;
            InflateStep step = InflateStep.NeedMore;
            while (step == InflateStep.NeedMore)
            {
                int piece = Math.Min(random.Next(1, round % 3 == 0 ? 3 : 5000), all.Length - at);
                step = reader.Push(all.AsSpan(at, piece), out int taken, bytes =>
                {
                    unpacked.Write(bytes);
                    return true;
                });
                at += taken;
            }

            step.ShouldBe(InflateStep.Done);
            at.ShouldBe(all.Length - tail.Length);
            unpacked.ToArray().AsSpan().SequenceEqual(content).ShouldBeTrue();
        }
    }

    [Fact]
    public void Mutations_never_throw_nor_let_a_name_out()
    {
        var random = new Random(9);
        byte[][] seeds = [Random(random, true, 300), Random(random, false, 300), new Archive().Add("a/b.txt").Add("c/", "").Add("d", "x", f => f.Flags |= 8).Make()];
        int passed = 0;
        for (int round = 0; round < 20_000; round++)
        {
            byte[] seed = seeds[round % seeds.Length];
            byte[] bytes = [.. seed];
            for (int change = random.Next(1, 4); change > 0; change--)
            {
                bytes[random.Next(bytes.Length)] = random.Next(3) == 0 ? (byte)"./\\:\0PK"[random.Next(7)] : (byte)random.Next(256);
            }

            ZipError whole = Archive.Check(bytes);
            if (Archive.Check(bytes, 1 + (round % 97)) == ZipError.None != (whole == ZipError.None))
            {
                Assert.Fail(Convert.ToHexString(bytes));
            }

            if (whole == ZipError.None)
            {
                passed++;
                using var archive = new ZipArchive(new MemoryStream(bytes));
                foreach (ZipArchiveEntry entry in archive.Entries)
                {
                    string[] segments = entry.FullName.TrimEnd('/').Split('/');
                    if (segments.Any(static n => n is "" or "." or "..") || entry.FullName.Contains('\\'))
                    {
                        Assert.Fail(entry.FullName);
                    }
                }

                Unpack(archive);
            }
        }

        passed.ShouldBeInRange(1, 19_999); // times and dates may change
    }

    [Theory]
    [InlineData("zip", "-q -r - .", true)]
    [InlineData("zip", "-q -X -r out.zip .", false)]
    [InlineData("jar", "cf out.zip a", false)]
    [InlineData("jar", "cf0 out.zip a", false)]
    public void What_other_programs_write_passes(string program, string arguments, bool isPiped)
    {
        string folder = Directory.CreateTempSubdirectory("zip").FullName;
        try
        {
            Directory.CreateDirectory(Path.Combine(folder, "a", "b"));
            File.WriteAllBytes(Path.Combine(folder, "a", "one.txt"), Content(new Random(1), 50_000));
            File.WriteAllText(Path.Combine(folder, "a", "b", "two.txt"), "two");
            if (!isPiped)
            {
                File.WriteAllText(Path.Combine(folder, "a", "empty"), ""); // Info-ZIP stores it without a length then, which Java refuses too
            }

            using Process process = Start(program, arguments, folder);
            using var output = new MemoryStream();
            process.StandardOutput.BaseStream.CopyTo(output);
            process.WaitForExit(20_000).ShouldBeTrue();
            byte[] bytes = isPiped ? output.ToArray() : File.ReadAllBytes(Path.Combine(folder, "out.zip"));
            Archive.Check(bytes, 777).ShouldBe(ZipError.None);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Process Start(string program, string arguments, string folder) => Process.Start(new ProcessStartInfo(program, arguments)
    {
        WorkingDirectory = folder,
        UseShellExecute = false,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!; // a program that is not there is an exception

    private static byte[] Random(Random random, bool canSeek, int longest = 4000)
    {
        using var bytes = new MemoryStream();
        using (var archive = new ZipArchive(canSeek ? bytes : new Forward(bytes), ZipArchiveMode.Create, leaveOpen: true))
        {
            int entries = random.Next(1, 6);
            for (int i = 0; i < entries; i++)
            {
                using Stream entry = archive.CreateEntry($"f{i}/e\u00e9{i}.bin", canSeek ? (CompressionLevel)random.Next(4) : CompressionLevel.Optimal).Open();
                entry.Write(Content(random, random.Next(1, longest)));
            }
        }

        return bytes.ToArray();
    }

    private static byte[] Content(Random random, int length)
    {
        byte[] content = new byte[length];
        int at = 0;
        while (at < length)
        {
            int run = Math.Min(random.Next(1, 2000), length - at);
            Span<byte> piece = content.AsSpan(at, run);
            switch (random.Next(3))
            {
                case 0:
                    random.NextBytes(piece);
                    break;
                case 1:
                    piece.Fill((byte)random.Next(256));
                    break;
                default:
                    for (int i = 0; i < run; i++)
                    {
                        piece[i] = (byte)"the quick brown fox "[random.Next(20)];
                    }

                    break;
            }

            at += run;
        }

        return content;
    }

    private static void Unpack(ZipArchive archive)
    {
        foreach (ZipArchiveEntry entry in archive.Entries)
        {
            using Stream stream = entry.Open();
            stream.CopyTo(Stream.Null);
        }
    }

    /// <summary>A stream that cannot go back: archives have descriptors then.</summary>
    private sealed class Forward(Stream inner) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);
    }
}
