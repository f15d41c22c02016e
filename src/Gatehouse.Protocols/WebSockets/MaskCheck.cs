namespace Gatehouse.Protocols.WebSockets;

/// <summary>
/// Follows the frames of a client and looks at one bit: every frame of a client is masked (RFC 6455 section 5.1). Bytes may
/// come in pieces of any size. Nothing is allocated.
/// </summary>
public struct MaskCheck
{
    private ulong _left;
    private ulong _length;
    private int _at;
    private int _lengthBytes;

    /// <summary>Takes the next bytes; false once a frame is not masked.</summary>
    public bool Take(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_left > 0)
            {
                int count = (int)Math.Min(_left, (ulong)bytes.Length);
                bytes = bytes[count..];
                _left -= (ulong)count;
                continue;
            }

            if (!TakeHead(bytes[0]))
            {
                return false;
            }

            bytes = bytes[1..];
        }

        return true;
    }

    // Section 5.2: a byte of flags, one of mask and length, 0, 2 or 8 of length, four of the mask itself, the payload.
    private bool TakeHead(byte next)
    {
        if (_at == 0)
        {
            _at = 1;
            return true;
        }

        if (_at == 1)
        {
            if (next < 0x80)
            {
                return false;
            }

            int length = next & 0x7f;
            _lengthBytes = length switch { 126 => 2, 127 => 8, _ => 0 };
            _length = _lengthBytes == 0 ? (ulong)length : 0;
            _at = 2;
        }
        else
        {
            _length = (_length << 8) | next;
            _lengthBytes--;
        }

        if (_lengthBytes == 0)
        {
            _left = Math.Min(_length, ulong.MaxValue - 4) + 4;
            _at = 0;
        }

        return true;
    }
}
