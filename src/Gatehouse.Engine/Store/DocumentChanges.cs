using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace Gatehouse.Engine.Store;

/// <summary>What one list of documents changed of another: compiler, store and cache all ask the same, and are told what was found once.</summary>
internal static class DocumentChanges
{
    private static readonly ConditionalWeakTable<object, Known> Last = new();

    /// <summary>Names whose documents are not the same object on both sides, in order; null where a document is gone.</summary>
    public static ImmutableArray<(string Name, T? Document)> Between<T>(ImmutableSortedDictionary<string, T> before, ImmutableSortedDictionary<string, T> next)
        where T : class
    {
        if (ReferenceEquals(before, next))
        {
            return [];
        }

        if (Last.TryGetValue(next, out Known? known) && known.Before.TryGetTarget(out object? compared) && ReferenceEquals(compared, before))
        {
            return (ImmutableArray<(string, T?)>)known.Changes;
        }

        ImmutableArray<(string, T?)> changes = Compare(before, next);
        Last.AddOrUpdate(next, new Known(new WeakReference<object>(before), changes));
        return changes;
    }

    // Both sides come in ordinal order: one walk finds what was added, changed and removed.
    private static ImmutableArray<(string Name, T? Document)> Compare<T>(ImmutableSortedDictionary<string, T> before, ImmutableSortedDictionary<string, T> next)
        where T : class
    {
        ImmutableArray<(string, T?)>.Builder changes = ImmutableArray.CreateBuilder<(string, T?)>();
        using ImmutableSortedDictionary<string, T>.Enumerator old = before.GetEnumerator();
        using ImmutableSortedDictionary<string, T>.Enumerator now = next.GetEnumerator();
        bool hasOld = old.MoveNext();
        bool hasNow = now.MoveNext();
        while (hasOld || hasNow)
        {
            int order = !hasOld ? 1 : !hasNow ? -1 : ReferenceEquals(old.Current.Key, now.Current.Key) ? 0 : string.CompareOrdinal(old.Current.Key, now.Current.Key);
            if (order < 0)
            {
                changes.Add((old.Current.Key, null));
            }
            else if (order > 0 || !ReferenceEquals(old.Current.Value, now.Current.Value))
            {
                changes.Add((now.Current.Key, now.Current.Value));
            }

            hasOld = order <= 0 ? old.MoveNext() : hasOld;
            hasNow = order >= 0 ? now.MoveNext() : hasNow;
        }

        return changes.ToImmutable();
    }

    private sealed record Known(WeakReference<object> Before, object Changes);
}
