namespace Gatehouse.Protocols.Zip;

/// <summary>Why an archive is not passed on. The words of <see cref="ZipErrors"/> are frozen.</summary>
public enum ZipError
{
    /// <summary>Nothing is wrong.</summary>
    None,

    /// <summary>It does not begin with an entry, or a record is not where it must be.</summary>
    Structure,

    /// <summary>It ends before its end.</summary>
    CutShort,

    /// <summary>It has no entry.</summary>
    Empty,

    /// <summary>An entry is encrypted.</summary>
    Encrypted,

    /// <summary>A flag that has no meaning here.</summary>
    Flags,

    /// <summary>A method other than stored and deflate.</summary>
    Method,

    /// <summary>Zip64 sizes; nothing here is so large.</summary>
    Zip64,

    /// <summary>An extra field that is malformed, or gives the entry another name or a link.</summary>
    ExtraField,

    /// <summary>A stored entry whose length is written only behind it: readers find its end at different places.</summary>
    StoredWithoutLength,

    /// <summary>A packed entry is not what deflate makes (RFC 1951).</summary>
    Corrupt,

    /// <summary>An entry's length or check sum is not what its header says.</summary>
    Mismatch,

    /// <summary>The name of an entry.</summary>
    Name,

    /// <summary>Two entries with one name, letter case aside, or a file that is a folder too.</summary>
    Duplicate,

    /// <summary>A symbolic link or another special file.</summary>
    Link,

    /// <summary>A folder with content.</summary>
    Folder,

    /// <summary>More entries than allowed, or names longer in all.</summary>
    TooManyEntries,

    /// <summary>More unpacked bytes than allowed.</summary>
    TooLarge,

    /// <summary>It unpacks to far more than it is.</summary>
    Ratio,

    /// <summary>The central directory says something else than the entries did.</summary>
    Directory,

    /// <summary>A comment of the archive: another end may be hidden in it.</summary>
    Comment,

    /// <summary>Something follows the end.</summary>
    Trailing,
}

/// <summary>Frozen words.</summary>
public static class ZipErrors
{
    /// <summary>The word of an error.</summary>
    public static string Word(ZipError error) => error switch
    {
        ZipError.None => "none",
        ZipError.Structure => "zip_structure",
        ZipError.CutShort => "zip_cut_short",
        ZipError.Empty => "zip_empty",
        ZipError.Encrypted => "zip_encrypted",
        ZipError.Flags => "zip_flags",
        ZipError.Method => "zip_method",
        ZipError.Zip64 => "zip_zip64",
        ZipError.ExtraField => "zip_extra_field",
        ZipError.StoredWithoutLength => "zip_stored_without_length",
        ZipError.Corrupt => "zip_corrupt",
        ZipError.Mismatch => "zip_mismatch",
        ZipError.Name => "zip_name",
        ZipError.Duplicate => "zip_duplicate",
        ZipError.Link => "zip_link",
        ZipError.Folder => "zip_folder",
        ZipError.TooManyEntries => "zip_too_many_entries",
        ZipError.TooLarge => "zip_too_large",
        ZipError.Ratio => "zip_ratio",
        ZipError.Directory => "zip_directory",
        ZipError.Comment => "zip_comment",
        _ => "zip_trailing",
    };
}

/// <summary>Limits of an archive.</summary>
public sealed record ZipLimits
{
    /// <summary>Most entries, folders among them.</summary>
    public int MaxEntries { get; init; } = 10_000;

    /// <summary>Most bytes of all names together.</summary>
    public int MaxNames { get; init; } = 4 * 1024 * 1024;

    /// <summary>Most unpacked bytes of all entries together.</summary>
    public long MaxUnpacked { get; init; } = 2L * 1024 * 1024 * 1024;

    /// <summary>How often larger the unpacked bytes may be than the packed, once there are <see cref="RatioFrom"/> of them.</summary>
    public int MaxRatio { get; init; } = 200;

    /// <summary>Unpacked bytes below which the ratio does not matter.</summary>
    public long RatioFrom { get; init; } = 16 * 1024 * 1024;
}
