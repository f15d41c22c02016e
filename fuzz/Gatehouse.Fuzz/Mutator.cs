using System.Text;

namespace Gatehouse.Fuzz;

/// <summary>Changes inputs in small ways, repeatably: the same seed gives the same run.</summary>
internal sealed class Mutator(ulong seed, IReadOnlyList<string> dictionary, int longest = 4096)
{
    private readonly byte[][] _words = [.. dictionary.Select(Encoding.UTF8.GetBytes)];
    private ulong _state = (seed * 2) + 1;

    /// <summary>A changed copy; <paramref name="other"/> gives pieces.</summary>
    public byte[] Mutate(byte[] input, byte[] other)
    {
        List<byte> bytes = [.. input];
        for (int changes = 1 + Next(4); changes > 0; changes--)
        {
            Change(bytes, other);
        }

        if (bytes.Count > longest)
        {
            bytes.RemoveRange(longest, bytes.Count - longest);
        }

        return [.. bytes];
    }

    /// <summary>A number from 0, below <paramref name="limit"/> (xorshift; repeatable runs need no better).</summary>
    public int Next(int limit)
    {
        _state ^= _state << 13;
        _state ^= _state >> 7;
        _state ^= _state << 17;
        return limit <= 1 ? 0 : (int)(_state % (ulong)limit);
    }

    private void Change(List<byte> bytes, byte[] other)
    {
        int at = Next(bytes.Count + 1);
        int rest = bytes.Count - at;
        switch (Next(8))
        {
            case 0 when rest > 0:
                bytes[at] ^= (byte)(1 << Next(8));
                break;
            case 1 when rest > 0:
                bytes[at] = (byte)Next(256);
                break;
            case 2 when rest > 0:
                bytes.RemoveRange(at, 1 + Next(Math.Min(rest, 16)));
                break;
            case 3 when rest > 0:
                bytes.InsertRange(Next(bytes.Count + 1), [.. bytes.Skip(at).Take(1 + Next(Math.Min(rest, 64)))]);
                break;
            case 4 when other.Length > 0:
                int from = Next(other.Length);
                bytes.InsertRange(at, other.AsSpan(from, 1 + Next(Math.Min(other.Length - from, 64))).ToArray());
                break;
            case 5:
                bytes.Insert(at, (byte)Next(256));
                break;
            default:
                if (_words.Length > 0)
                {
                    bytes.InsertRange(at, _words[Next(_words.Length)]);
                }

                break;
        }
    }
}
