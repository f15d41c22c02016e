using Gatehouse.Protocols.Zip;
using Xunit;

namespace Gatehouse.Protocols.Tests.Zip;

/// <summary>Names and archives that do not pass, and why; a few that do among them.</summary>
public static class HostileArchives
{
    public static TheoryData<string, bool> Names => new()
    {
        { "a", true },
        { "a/", true },
        { "META-INF/MANIFEST.MF", true },
        { "com/example/Job$1.class", true },
        { "a..b", true },
        { "...a", true },
        { ".hidden", true },
        { "\u00e4/\u65e5\u672c.txt", true },
        { "a b.txt", true },
        { "", false },
        { "/", false },
        { "/a", false },
        { "//a", false },
        { "a//b", false },
        { "a//", false },
        { ".", false },
        { "..", false },
        { "../a", false },
        { "a/..", false },
        { "a/../b", false },
        { "a/./b", false },
        { "./a", false },
        { "a/.. /b", false },
        { "a/... /b", false },
        { "a/...", false },
        { "..\\a", false },
        { "a\\b", false },
        { "\\\\host\\share", false },
        { "C:", false },
        { "C:/a", false },
        { "c:a", false },
        { "a:stream", false },
        { "a\0b", false },
        { "a\0", false },
        { "a\nb", false },
        { "a\u001b[0m", false },
        { "a\u007f", false },
        { "a\u0085b", false },
        { "a\u202egpj.jar", false },
        { "a\u200b", false },
        { "a\u2028b", false },
        { "a.", false },
        { "a /b", false },
        { "a/ b", false },
        { "a*", false },
        { "a?b", false },
        { "a<b", false },
        { "a|b", false },
        { "a\"b", false },
        { "~", true },
        { "%2e%2e/a", true },
    };

    internal static Dictionary<string, (byte[] Bytes, ZipError Expected)> All()
    {
        byte[] good = new Archive().Add("a").Add("b", "", f => f.Method = 0).Make();
        byte[] zip64 = [1, 0, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8];
        Dictionary<string, (byte[] Bytes, ZipError Expected)> all = new()
        {
            ["good"] = (good, ZipError.None),
            ["nothing"] = ([], ZipError.CutShort),
            ["empty archive"] = (new Archive().Make(), ZipError.Empty),
            ["no zip"] = ([.. "#!/bin/sh\n"u8], ZipError.Structure),
            ["something before"] = ([.. "MZ"u8, .. good], ZipError.Structure),
            ["span marker before"] = ([0x50, 0x4B, 7, 8, .. good], ZipError.Structure),
            ["cut by one"] = (good[..^1], ZipError.CutShort),
            ["cut within a header"] = (good[..20], ZipError.CutShort),
            ["something behind"] = ([.. good, 0], ZipError.Trailing),
            ["two archives"] = ([.. good, .. good], ZipError.Trailing),
            ["a comment"] = (new Archive { Comment = [.. "hi"u8] }.Add("a").Make(), ZipError.Comment),
            ["an end in a comment"] = (new Archive { Comment = new Archive().Make() }.Add("a").Make(), ZipError.Comment),
            ["gap between entries"] = (new Archive().Add("a").Raw([0]).Add("b").Make(), ZipError.Structure),
            ["gap before the directory"] = (new Archive().Add("a").Raw([0, 0, 0, 0]).Make(), ZipError.Structure),
            ["entry after the directory"] = (new Archive().Add("a").Central(static c => c.Add([0x50, 0x4B, 3, 4])).Make(), ZipError.Structure),
            ["count too high"] = (new Archive { CountIsOff = 1 }.Add("a").Make(), ZipError.Directory),
            ["count too low"] = (new Archive { CountIsOff = -1 }.Add("a").Make(), ZipError.Directory),
            ["directory's size"] = (new Archive { SizeIsOff = 1 }.Add("a").Make(), ZipError.Directory),
            ["directory's offset"] = (new Archive { OffsetIsOff = -1 }.Add("a").Make(), ZipError.Directory),
            ["several disks"] = (new Archive { Disk = 1 }.Add("a").Make(), ZipError.Directory),
            ["no directory"] = (new Archive().Add("a").Central(static c => c.Clear()).Make(), ZipError.Directory),
            ["one entry left out"] = (new Archive().Add("a").Add("b").Central(static c => c.RemoveAt(0)).Make(), ZipError.Directory),
            ["last entry left out"] = (new Archive().Add("a").Add("b").Central(static c => c.RemoveAt(1)).Make(), ZipError.Directory),
            ["entry twice in the directory"] = (new Archive().Add("a").Central(static c => c.Add(c[0])).Make(), ZipError.Directory),
            ["directory in another order"] = (new Archive().Add("a").Add("b").Central(static c => c.Reverse()).Make(), ZipError.Directory),
            ["signature of the directory"] = (new Archive().Add("a").Central(static c => c.Add([0x50, 0x4B, 5, 5, 0, 0])).Make(), ZipError.Structure),
            ["zip64 end"] = (new Archive().Add("a").Central(static c => c.Add([0x50, 0x4B, 6, 6])).Make(), ZipError.Zip64),
            ["zip64 locator"] = (new Archive().Add("a").Central(static c => c.Add([0x50, 0x4B, 6, 7])).Make(), ZipError.Zip64),
            ["archive extra data"] = (new Archive().Add("a").Raw([0x50, 0x4B, 6, 8]).Make(), ZipError.Structure),
        };
        AddEntries(all);
        AddNumbers(all);
        foreach ((string name, byte[] extra, ZipError error) in ((string, byte[], ZipError)[])[
            ("zip64 extra field", zip64, ZipError.Zip64),
            ("another name", [0x75, 0x70, 1, 0, 0], ZipError.ExtraField),
            ("link of PKWARE", [0x0D, 0, 0, 0], ZipError.ExtraField),
            ("link of ASi", [0x6E, 0x75, 0, 0], ZipError.ExtraField),
            ("AES", [1, 0x99, 0, 0], ZipError.Encrypted),
            ("strong encryption", [0x17, 0, 0, 0], ZipError.Encrypted),
            ("extra field cut short", [0x55, 0x54, 5, 0, 1], ZipError.ExtraField),
            ("extra field of three bytes", [0x55, 0x54, 5], ZipError.ExtraField),
            ("times", [0x55, 0x54, 1, 0, 0], ZipError.None),
            ("mark of a jar", [0xFE, 0xCA, 0, 0], ZipError.None)])
        {
            all[name] = (new Archive().Add("a", "x", f => f.Extra = extra).Make(), error);
            all[name + ", in the directory only"] = (new Archive().Add("a", "x", null, f => f.Extra = extra).Make(), error);
        }

        return all;
    }

    /// <summary>Flags, methods and numbers, in both headers and in one of them.</summary>
    private static void AddNumbers(Dictionary<string, (byte[] Bytes, ZipError Expected)> all)
    {
        foreach ((string name, Action<Archive.Fields> change, ZipError local, ZipError central) in ((string, Action<Archive.Fields>, ZipError, ZipError)[])[
            ("encrypted", static f => f.Flags |= 1, ZipError.Encrypted, ZipError.Directory),
            ("strongly encrypted", static f => f.Flags |= 0x40, ZipError.Flags, ZipError.Directory),
            ("masked", static f => f.Flags |= 0x2000, ZipError.Flags, ZipError.Directory),
            ("patched", static f => f.Flags |= 0x20, ZipError.Flags, ZipError.Directory),
            ("bzip2", static f => f.Method = 12, ZipError.Method, ZipError.Directory),
            ("deflate64", static f => f.Method = 9, ZipError.Method, ZipError.Directory),
            ("lzma", static f => f.Method = 14, ZipError.Method, ZipError.Directory),
            ("stored length", static f => { f.Method = 0; f.Unpacked++; }, ZipError.Mismatch, ZipError.Directory),
            ("check sum", static f => f.Crc ^= 1, ZipError.Mismatch, ZipError.Directory),
            ("unpacked more", static f => f.Unpacked++, ZipError.Mismatch, ZipError.Directory),
            ("unpacked less", static f => f.Unpacked--, ZipError.Mismatch, ZipError.Directory),
            ("zip64 length", static f => f.Unpacked = uint.MaxValue, ZipError.Zip64, ZipError.Directory),
            ("zip64 packed length", static f => f.Packed = uint.MaxValue, ZipError.Zip64, ZipError.Directory),
            ("another name", static f => f.Name = [.. "b"u8], ZipError.None, ZipError.Directory),
            ("a way out", static f => f.Name = [.. "../b"u8], ZipError.Name, ZipError.Directory),
            ("another offset", static f => f.Offset = 7, ZipError.Directory, ZipError.Directory),
            ("another disk", static f => f.Disk = 1, ZipError.Directory, ZipError.Directory),
            ("another alphabet", static f => f.Flags = 0, ZipError.None, ZipError.Directory),
            ("descriptor announced", static f => f.Flags |= 8, ZipError.None, ZipError.Directory)])
        {
            all[name + ", in both headers"] = (new Archive().Add("a", "content", change).Make(), local);
            all[name + ", in one"] = (new Archive().Add("a", "content", null, change).Make(), central);
        }
    }

    /// <summary>Contents, descriptors and kinds of entries.</summary>
    private static void AddEntries(Dictionary<string, (byte[] Bytes, ZipError Expected)> all)
    {
        all["good descriptor"] = (new Archive().Add("a", "x", f => f.Flags |= 8).Make(), ZipError.None);
        all["descriptor without signature"] = (new Archive().Add("a", "x", f => { f.Flags |= 8; f.HasDescriptorSignature = false; }).Add("b").Make(), ZipError.Mismatch);
        all["descriptor's check sum"] = (new Archive().Add("a", "x", f => { f.Flags |= 8; f.Crc++; }).Make(), ZipError.Mismatch);
        all["descriptor's packed length"] = (new Archive().Add("a", "x", f => { f.Flags |= 8; f.Packed = 2; }).Make(), ZipError.Mismatch);
        all["descriptor's length"] = (new Archive().Add("a", "x", f => { f.Flags |= 8; f.Unpacked = 2; }).Make(), ZipError.Mismatch);
        all["stored with descriptor"] = (new Archive().Add("a", "x", f => { f.Flags |= 8; f.Method = 0; }).Make(), ZipError.StoredWithoutLength);
        all["symbolic link"] = (new Archive().Add("a", "/etc/passwd", null, f => f.Attributes = 0xA1FF0000).Make(), ZipError.Link);
        all["device"] = (new Archive().Add("a", "x", null, f => f.Attributes = 0x61FF0000).Make(), ZipError.Link);
        all["pipe"] = (new Archive().Add("a", "", null, f => f.Attributes = 0x11FF0000).Make(), ZipError.Link);
        all["socket"] = (new Archive().Add("a", "", null, f => f.Attributes = 0xC1FF0000).Make(), ZipError.Link);
        all["plain file of Unix"] = (new Archive().Add("a", "x", null, f => f.Attributes = 0x81A40000).Make(), ZipError.None);
        all["file with a folder's mode"] = (new Archive().Add("a", "x", null, f => f.Attributes = 0x41ED0000).Make(), ZipError.Directory);
        all["file with a folder's bit"] = (new Archive().Add("a", "x", null, f => f.Attributes = 0x10).Make(), ZipError.Directory);
        all["folder with a file's mode"] = (new Archive().Add("a/", "", null, f => f.Attributes = 0x81A40000).Make(), ZipError.Directory);
        all["folder with content"] = (new Archive().Add("a/", "x").Make(), ZipError.Folder);
        all["stored folder with content"] = (new Archive().Add("a/", "x", f => f.Method = 0).Make(), ZipError.Folder);
        all["deflate with more behind"] = (new Archive().Add("a", "x", f => f.Data = [.. Archive.Deflate(f.Content), 1, 2, 3]).Make(), ZipError.Mismatch);
        all["deflate cut short"] = (new Archive().Add("a", "some content", f => f.Data = Archive.Deflate(f.Content)[..^2]).Make(), ZipError.Corrupt);
        all["no deflate"] = (new Archive().Add("a", "x", f => f.Data = [0xFF, 0xFF]).Make(), ZipError.Corrupt);
        all["stored block's complement"] = (new Archive().Add("a", "x", f => f.Data = [1, 1, 0, 0, 0, 0x78]).Make(), ZipError.Corrupt);
        all["distance before the beginning"] = (new Archive().Add("a", "x", f => f.Data = [0x03, 0x02, 0x00]).Make(), ZipError.Corrupt);
        all["packed to nothing"] = (new Archive().Add("a", "x", f => f.Data = []).Make(), ZipError.Corrupt);
    }
}
