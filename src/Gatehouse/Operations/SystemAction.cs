using System.Collections.Concurrent;

namespace Gatehouse.Operations;

/// <summary>
/// An action of one system's vocabulary (<c>etcd</c>, <c>kv.put</c>), interned process-wide so that a decision compares
/// small dense numbers. Catalogues intern their actions when they are loaded, never per request.
/// </summary>
public sealed class SystemAction
{
    private static readonly ConcurrentDictionary<(string System, string Name), SystemAction> Interned = new();
    private static int _count;

    private volatile bool _isDeclared;

    private SystemAction(string system, string name)
    {
        System = system;
        Name = name;
        Id = Interlocked.Increment(ref _count) - 1;
    }

    /// <summary>The system, such as <c>etcd</c>.</summary>
    public string System { get; }

    /// <summary>The action in that system's words, such as <c>kv.put</c> or <c>index:read</c>.</summary>
    public string Name { get; }

    /// <summary>Dense process-wide number, from 0. Not stable across processes: never persisted.</summary>
    public int Id { get; }

    /// <summary>How many actions have been interned.</summary>
    public static int Count => Volatile.Read(ref _count);

    /// <summary>Whether this program or a catalogue that it has loaded has it, and not only somebody's question or an old record.</summary>
    public bool IsDeclared => _isDeclared;

    /// <summary>The one instance for this system and action, for those who have it.</summary>
    public static SystemAction Intern(string system, string name)
    {
        SystemAction action = Mention(system, name);
        action._isDeclared = true;
        return action;
    }

    /// <summary>The one instance for this system and action, for those who only speak of it.</summary>
    public static SystemAction Mention(string system, string name)
    {
        lock (Interned)
        {
            if (!Interned.TryGetValue((system, name), out SystemAction? found))
            {
                found = new SystemAction(system, name);
                Interned[(system, name)] = found;
            }

            return found;
        }
    }

    /// <summary>The instance for this system and action, or null where nothing has interned it yet.</summary>
    public static SystemAction? Find(string system, string name) => Interned.GetValueOrDefault((system, name));

    /// <inheritdoc/>
    public override string ToString() => $"{System}/{Name}";
}
