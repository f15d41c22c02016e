using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Unicode;

namespace Gatehouse.Protocols.Zip;

/// <summary>
/// Names of files that are written below one folder by somebody else, on whatever system: no way out of the folder, no name that a
/// file system takes for another, none twice. One object an archive or upload.
/// </summary>
public sealed class EntryNames
{
    private const int MaxName = 1024;
    private const int MaxSegment = 255;
    private const int MaxDepth = 32;

    // Names as keys would keep all of them and all their folders in memory; 16 bytes of a hash say the same.
    private readonly HashSet<UInt128> _files = [];
    private readonly HashSet<UInt128> _folders = [];
    private readonly HashSet<UInt128> _written = [];

    /// <summary>Whether one segment is a name everywhere: not empty, no <c>.</c> and <c>..</c>, no separator of any system, no control or invisible character.</summary>
    public static bool IsPlain(ReadOnlySpan<char> segment)
    {
        if (segment.IsEmpty || segment.Length > MaxSegment || segment[^1] is '.' or ' ' || segment[0] == ' ')
        {
            return false; // Windows drops dots and spaces at the end; `.` and `..` end in one
        }

        foreach (char c in segment)
        {
            // A colon is a drive or a stream of NTFS.
            if (c is '/' or '\\' or ':' or '*' or '?' or '"' or '<' or '>' or '|'
                || char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
                    or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Takes the name of one file or folder.</summary>
    /// <param name="name">As it is written; a folder ends in <c>/</c>.</param>
    /// <param name="isUtf8">Whether it may have more than ASCII: without that mark readers take another alphabet.</param>
    /// <param name="isFolder">Whether it is a folder.</param>
    public ZipError Add(ReadOnlySpan<byte> name, bool isUtf8, out bool isFolder)
    {
        isFolder = false;
        if (name.Length is 0 or > MaxName || !Utf8.IsValid(name) || (!isUtf8 && !Ascii.IsValid(name)))
        {
            return ZipError.Name;
        }

        isFolder = name[^1] == (byte)'/';
        string text = Encoding.UTF8.GetString(isFolder ? name[..^1] : name);
        int depth = 0;
        foreach (Range segment in text.AsSpan().Split('/'))
        {
            if (++depth > MaxDepth || !IsPlain(text.AsSpan(segment)))
            {
                return ZipError.Name;
            }
        }

        // Two forms of one letter are one name to some file systems, as two cases are.
        string folded = text.Normalize(NormalizationForm.FormC).ToUpperInvariant();
        return Enter(folded, isFolder) ? ZipError.None : ZipError.Duplicate;
    }

    private bool Enter(string name, bool isFolder)
    {
        UInt128 own = KeyOf(name);
        if (!_written.Add(own) || _files.Contains(own) || (!isFolder && _folders.Contains(own)))
        {
            return false;
        }

        (isFolder ? _folders : _files).Add(own);
        for (int slash = name.LastIndexOf('/'); slash > 0; slash = name.LastIndexOf('/', slash - 1))
        {
            UInt128 folder = KeyOf(name.AsSpan(0, slash));
            if (_files.Contains(folder))
            {
                return false;
            }

            if (!_folders.Add(folder))
            {
                break; // what is above it is known too
            }
        }

        return true;
    }

    private static UInt128 KeyOf(ReadOnlySpan<char> name)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(MemoryMarshal.AsBytes(name), hash);
        return MemoryMarshal.Read<UInt128>(hash);
    }
}
