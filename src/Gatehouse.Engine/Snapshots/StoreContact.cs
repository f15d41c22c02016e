using System.Buffers.Binary;
using Gatehouse.Problems;
using Gatehouse.Trust.Files;
using Gatehouse.Trust.Sealing;

namespace Gatehouse.Engine.Snapshots;

/// <summary>
/// When the store was last read, kept over restarts and sealed with the node's own key: a node that is started again and again
/// while its store is away does not begin its patience anew.
/// </summary>
internal sealed class StoreContact
{
    /// <summary>The file's name in the data folder.</summary>
    public const string FileName = "last-contact.sealed";

    private const string Place = "node/last-contact";

    // A file a minute is enough for a patience of hours.
    private static readonly TimeSpan WriteEvery = TimeSpan.FromMinutes(1);

    private readonly string _path;
    private readonly Sealer _sealer;
    private DateTimeOffset _written;

    /// <summary>Reads what was kept.</summary>
    /// <param name="dataDirectory">The data folder.</param>
    /// <param name="sealer">The node's own.</param>
    /// <param name="otherwise">Where nothing was kept, or it does not open: when the state in force was made.</param>
    /// <param name="now">Nothing was read later than now, whatever the file says.</param>
    public StoreContact(string dataDirectory, Sealer sealer, DateTimeOffset otherwise, DateTimeOffset now)
    {
        _path = Path.Combine(dataDirectory, FileName);
        _sealer = sealer;
        DateTimeOffset kept = Read() ?? otherwise;
        Last = kept < now ? kept : now;
        _written = DateTimeOffset.MinValue;
    }

    /// <summary>When it was last read.</summary>
    public DateTimeOffset Last { get; private set; }

    /// <summary>It was read now.</summary>
    public void Note(DateTimeOffset at)
    {
        Last = at;
        if (at - _written < WriteEvery && at >= _written)
        {
            return;
        }

        try
        {
            byte[] plain = new byte[sizeof(long)];
            BinaryPrimitives.WriteInt64BigEndian(plain, at.ToUnixTimeMilliseconds());
            SecretFile.Write(_path, _sealer.Seal(Place, 0, plain));
            _written = at;
        }
        catch (ProblemException)
        {
            // A full disk: the next look tries again, and whatever needs the disk more says so.
        }
    }

    private DateTimeOffset? Read()
    {
        try
        {
            byte[]? plain = SecretFile.ReadIfExists(_path) is { } content ? _sealer.TryOpen(Place, 0, content) : null;
            return plain is { Length: sizeof(long) } ? DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64BigEndian(plain)) : null;
        }
        catch (ProblemException)
        {
            return null;
        }
    }
}
