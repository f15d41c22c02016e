using System.Text;
using Gatehouse.Protocols.Catalogues;

namespace Gatehouse.Protocols.Elasticsearch.Streams;

/// <summary>What was decided on an action and an index.</summary>
/// <param name="IsName">Whether an index can have that name.</param>
/// <param name="Missing">The action that is not allowed, or null.</param>
internal readonly record struct BulkVerdict(bool IsName, string? Missing);

/// <summary>Asks the judge, and remembers a few answers: most bulks write to very few indices.</summary>
internal sealed class BulkVerdicts(IBulkJudge judge, bool refreshes)
{
    private const int Places = 64;
    private const int MaxKept = 512;

    private readonly Entry?[] _entries = new Entry?[Places];
    private Entry? _last;

    /// <summary>The verdict on an index, UTF-8, decoded.</summary>
    public BulkVerdict Of(string privilege, ReadOnlySpan<byte> index)
    {
        if (_last is { } last && last.Is(privilege, index))
        {
            return last.Verdict;
        }

        ref Entry? place = ref _entries[Place(privilege, index)];
        if (place is null || !place.Is(privilege, index))
        {
            BulkVerdict verdict = Ask(privilege, index);
            if (index.Length > MaxKept)
            {
                return verdict;
            }

            place = new Entry(privilege, index.ToArray(), verdict);
        }

        _last = place;
        return place.Verdict;
    }

    private BulkVerdict Ask(string privilege, ReadOnlySpan<byte> index)
    {
        string name = Encoding.UTF8.GetString(index);
        BulkVerdict verdict = Ask(privilege, name);
        return refreshes && verdict is { IsName: true, Missing: null } ? Ask("index:maintenance", name) : verdict;
    }

    private BulkVerdict Ask(string privilege, string name)
    {
        if (BulkNames.Operation(privilege, name) is not { } operation)
        {
            return new BulkVerdict(IsName: false, null);
        }

        bool isAllowed = judge.Allows(operation.Action, Encoding.UTF8.GetBytes(operation.Resources[0]));
        return new BulkVerdict(IsName: true, isAllowed ? null : operation.Action);
    }

    // Places that collide cost a question more, nothing else.
    private static int Place(string privilege, ReadOnlySpan<byte> index)
    {
        int place = (privilege.Length * 31) + index.Length;
        foreach (byte part in index[^Math.Min(index.Length, 8)..])
        {
            place = (place * 31) + part;
        }

        return (int)((uint)place % Places);
    }

    private sealed class Entry(string privilege, byte[] index, BulkVerdict verdict)
    {
        public BulkVerdict Verdict { get; } = verdict;

        public bool Is(string other, ReadOnlySpan<byte> name) => ReferenceEquals(privilege, other) && name.SequenceEqual(index);
    }
}
