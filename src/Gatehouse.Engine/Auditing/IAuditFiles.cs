namespace Gatehouse.Engine.Auditing;

/// <summary>The folder under a trail; a seam, so that tests can fail it. Used by one thread at a time; all calls block.</summary>
internal interface IAuditFiles : IDisposable
{
    /// <summary>Makes the folder where missing, checks its mode, takes the lock.</summary>
    /// <exception cref="Problems.ProblemException">It cannot be used.</exception>
    void Prepare();

    /// <summary>Names of the segments, in order.</summary>
    IReadOnlyList<string> Segments();

    /// <summary>Opens a segment for reading.</summary>
    Stream OpenRead(string name);

    /// <summary>Makes an empty segment (0600) and makes its name durable. An unfinished one of that name is replaced.</summary>
    IAuditFile Create(string name);

    /// <summary>Cuts a segment and syncs it.</summary>
    void Truncate(string name, long length);

    /// <summary>Deletes a segment.</summary>
    void Delete(string name);

    /// <summary>A segment's length by its name, -1 where it is gone.</summary>
    long LengthOf(string name);
}

/// <summary>An open segment. Writing the same bytes at the same place again is harmless.</summary>
internal interface IAuditFile : IDisposable
{
    /// <summary>Length of the file behind the handle, also when its name is gone.</summary>
    long Length { get; }

    /// <summary>Writes all of it.</summary>
    void Write(long offset, ReadOnlySpan<byte> bytes);

    /// <summary>Reads up to so many bytes.</summary>
    int Read(long offset, Span<byte> bytes);

    /// <summary>Returns when what was written is on disk.</summary>
    void Sync();
}
