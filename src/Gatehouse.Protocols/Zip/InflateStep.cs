namespace Gatehouse.Protocols.Zip;

/// <summary>What came of a piece of a deflate stream.</summary>
internal enum InflateStep
{
    /// <summary>Everything was taken; more must come.</summary>
    NeedMore,

    /// <summary>The stream is over.</summary>
    Done,

    /// <summary>It is no deflate stream (RFC 1951).</summary>
    Corrupt,

    /// <summary>Whoever takes the output wants no more.</summary>
    Stopped,
}
