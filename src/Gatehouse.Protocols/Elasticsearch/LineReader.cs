namespace Gatehouse.Protocols.Elasticsearch;

/// <summary>Lines of NDJSON: split at line feeds only, a carriage return before one dropped, the last one must end with one too.</summary>
internal struct LineReader(ReadOnlyMemory<byte> text)
{
    private ReadOnlyMemory<byte> _rest = text;

    /// <summary>Whether bytes without a line feed were left at the end.</summary>
    public bool IsCut { get; private set; }

    /// <summary>Gives the next line without its end.</summary>
    public bool TryRead(out ReadOnlyMemory<byte> line)
    {
        line = default;
        int end = _rest.Span.IndexOf((byte)'\n');
        if (end < 0)
        {
            IsCut |= !_rest.IsEmpty;
            return false;
        }

        line = _rest[..end];
        _rest = _rest[(end + 1)..];
        if (line.Span.EndsWith("\r"u8))
        {
            line = line[..^1];
        }

        return true;
    }
}
