using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Gatehouse.Identity;
using Gatehouse.Policy;

namespace Gatehouse.Engine.Snapshots;

/// <summary>
/// Native users by name, made for looking up: the next table is a copy with what changed, and who is in both is the same object.
/// Immutable.
/// </summary>
internal sealed class UserTable
{
    // At most half full, so that a name is found in its place or close by.
    private const int MostFull = 2;
    private const int FewestSlots = 16;

    private readonly Slot[] _slots;
    private readonly int _count;

    private UserTable(Slot[] slots, int count)
    {
        _slots = slots;
        _count = count;
    }

    /// <summary>A table of users.</summary>
    public static UserTable Of(ImmutableSortedDictionary<string, UserDocument> users)
    {
        var slots = new Slot[SlotsFor(users.Count)];
        foreach ((string name, UserDocument document) in users)
        {
            Put(slots, new NativeUser(name, document));
        }

        return new UserTable(slots, users.Count);
    }

    /// <summary>This table with changes.</summary>
    /// <param name="changes">Names, each with its document or null where it is gone.</param>
    public UserTable With(IEnumerable<(string Name, UserDocument? Document)> changes)
    {
        (string Name, UserDocument? Document)[] all = [.. changes];
        if (all.Length == 0)
        {
            return this;
        }

        Slot[] slots = (_count + all.Length) * MostFull > _slots.Length ? Grown(SlotsFor(_count + all.Length)) : [.. _slots];
        int count = _count;
        foreach ((string name, UserDocument? document) in all)
        {
            count -= Remove(slots, name) ? 1 : 0;
            if (document is not null)
            {
                Put(slots, new NativeUser(name, document));
                count++;
            }
        }

        return new UserTable(slots, count);
    }

    /// <summary>The user, or null.</summary>
    public NativeUser? Find(string name)
    {
        Slot[] slots = _slots;
        int hash = name.GetHashCode(StringComparison.Ordinal);
        for (int at = hash & (slots.Length - 1); slots[at].User is { } user; at = (at + 1) & (slots.Length - 1))
        {
            if (slots[at].Hash == hash && string.Equals(user.Name, name, StringComparison.Ordinal))
            {
                return user;
            }
        }

        return null;
    }

    /// <summary>Whether there is a user.</summary>
    public bool ContainsKey(string name) => Find(name) is not null;

    /// <summary>The user's document, or null.</summary>
    public UserDocument? GetValueOrDefault(string name) => Find(name)?.Document;

    /// <summary>The user's document; false where there is no such user.</summary>
    public bool TryGetValue(string name, [NotNullWhen(true)] out UserDocument? document)
    {
        document = Find(name)?.Document;
        return document is not null;
    }

    private static int SlotsFor(int count)
    {
        int slots = FewestSlots;
        while (slots < count * (long)MostFull)
        {
            slots = checked(slots * 2);
        }

        return slots;
    }

    private Slot[] Grown(int size)
    {
        var slots = new Slot[size];
        foreach (Slot slot in _slots)
        {
            if (slot.User is { } user)
            {
                Put(slots, user);
            }
        }

        return slots;
    }

    private static void Put(Slot[] slots, NativeUser user)
    {
        int hash = user.Name.GetHashCode(StringComparison.Ordinal);
        int at = hash & (slots.Length - 1);
        while (slots[at].User is not null)
        {
            at = (at + 1) & (slots.Length - 1);
        }

        slots[at] = new Slot(hash, user);
    }

    // Those behind move up, so that no gap hides them.
    private static bool Remove(Slot[] slots, string name)
    {
        int mask = slots.Length - 1;
        int hole = name.GetHashCode(StringComparison.Ordinal) & mask;
        while (slots[hole].User is { } user && !string.Equals(user.Name, name, StringComparison.Ordinal))
        {
            hole = (hole + 1) & mask;
        }

        if (slots[hole].User is null)
        {
            return false;
        }

        for (int at = (hole + 1) & mask; slots[at].User is not null; at = (at + 1) & mask)
        {
            int home = slots[at].Hash & mask;
            if (((at - home) & mask) >= ((at - hole) & mask))
            {
                slots[hole] = slots[at];
                hole = at;
            }
        }

        slots[hole] = default;
        return true;
    }

    private readonly record struct Slot(int Hash, NativeUser? User);
}

/// <summary>A native user as requests need it, in one place of memory.</summary>
internal sealed class NativeUser : RoleList
{
    // Before this moment the user is here: the end of time, its expiry, or the beginning of time for a disabled one.
    private readonly long _until;

    public NativeUser(string name, UserDocument document)
        : base(document.Roles)
    {
        Name = name;
        Document = document;
        _until = document.Enabled ? document.Expires?.UtcTicks ?? long.MaxValue : long.MinValue;
    }

    /// <summary>The name.</summary>
    public string Name { get; }

    /// <summary>The document.</summary>
    public UserDocument Document { get; }

    /// <summary>Whether the user is enabled and not expired.</summary>
    public bool IsHere(DateTimeOffset now) => now.UtcTicks < _until;
}
