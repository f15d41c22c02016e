namespace Gatehouse.Audit;

/// <summary>Cuts a stream into lines with a bounded buffer; keeps the place and tells a line without an end from one with.</summary>
public sealed class AuditLineReader : IDisposable
{
    private readonly Stream _stream;
    private readonly byte[] _buffer = new byte[AuditRecordReader.MaxLine + 1 + (32 * 1024)];
    private int _start;
    private int _end;
    private int _scanned;

    /// <summary>Reads from where the stream stands; <paramref name="offset"/> is that place. Disposes of the stream.</summary>
    public AuditLineReader(Stream stream, long offset = 0)
    {
        _stream = stream;
        Offset = offset;
    }

    /// <summary>Bytes from the file's start to behind the last whole line read.</summary>
    public long Offset { get; private set; }

    /// <summary>Number of whole lines read.</summary>
    public int Line { get; private set; }

    /// <summary>Bytes behind the last line end, known when <see cref="TryRead"/> has said false.</summary>
    public int Torn => _end - _start;

    /// <summary>Whether it stopped at a line that is longer than any record.</summary>
    public bool IsTooLong { get; private set; }

    /// <summary>
    /// The next whole line without its end, valid until the next call. False at the end, at a line without an end, and for
    /// good at a line that is too long. May be called again when the file has grown.
    /// </summary>
    public bool TryRead(out ReadOnlySpan<byte> line)
    {
        line = default;
        while (!IsTooLong)
        {
            int found = _buffer.AsSpan(_scanned, _end - _scanned).IndexOf((byte)'\n');
            if (found >= 0)
            {
                line = _buffer.AsSpan(_start, _scanned + found - _start);
                _scanned = _scanned + found + 1;
                _start = _scanned;
                Offset += line.Length + 1;
                Line++;
                return true;
            }

            _scanned = _end;
            if (_end == _buffer.Length)
            {
                _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
                _end -= _start;
                _scanned = _end;
                _start = 0;
            }

            if (_end - _start > AuditRecordReader.MaxLine)
            {
                IsTooLong = true;
                break;
            }

            int read = _stream.Read(_buffer, _end, _buffer.Length - _end);
            if (read == 0)
            {
                break;
            }

            _end += read;
        }

        return false;
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();
}
