using System.Collections.Immutable;
using Gatehouse.Network;

namespace Gatehouse.Engine.Names;

/// <summary>What is known of one source's names. Times are those of the clock's timestamps, as durations.</summary>
internal sealed class SourceEntry
{
    private readonly Lock _lock = new();
    private SourceNames _names;
    private TimeSpan _learned;
    private TimeSpan _due;
    private TimeSpan _until;
    private bool _isAsked;

    /// <summary>When somebody last wanted to know.</summary>
    public TimeSpan LastUsed { get; set; }

    /// <summary>The names at a time, and whether they should be asked for now; who is told so must ask or <see cref="Drop"/>.</summary>
    public SourceNames Read(TimeSpan now, out bool shouldAsk)
    {
        lock (_lock)
        {
            LastUsed = now;
            shouldAsk = !_isAsked && now >= _due;
            _isAsked |= shouldAsk;
            return now < _until ? _names : default;
        }
    }

    /// <summary>The question could not be put.</summary>
    public void Drop()
    {
        lock (_lock)
        {
            _isAsked = false;
        }
    }

    /// <summary>An answer; the default is a failure, which leaves what was known for a while.</summary>
    public void Learn(SourceNames names, TimeSpan now, NameLimits limits)
    {
        lock (_lock)
        {
            _isAsked = false;
            if (names.IsKnown)
            {
                _names = names;
                _learned = now;
                _due = now + (names.Confirmed.IsEmpty ? limits.KeepOthers : limits.KeepNamed);
                _until = _due + limits.Overlap;
                return;
            }

            _due = now + limits.RetryAfter;
            TimeSpan oldest = _learned + limits.OldestSource;
            TimeSpan until = _due + limits.Overlap;

            // What had expired before does not come back by a failure.
            _until = now >= _until ? TimeSpan.Zero : until < oldest ? until : oldest;
        }
    }
}

/// <summary>One plain name of a rule: its addresses now, and those it had. Only changed under the book's lock.</summary>
internal sealed class HostEntry(string name)
{
    /// <summary>The name.</summary>
    public string Name { get; } = name;

    /// <summary>Addresses of the newest answer.</summary>
    public ImmutableArray<System.Net.IPAddress> Current { get; set; } = [];

    /// <summary>Addresses it had, and until when they are remembered.</summary>
    public Dictionary<System.Net.IPAddress, TimeSpan> Former { get; } = [];

    /// <summary>Whether there ever was an answer.</summary>
    public bool IsResolved { get; set; }

    /// <summary>When the newest answer came.</summary>
    public TimeSpan Learned { get; set; }

    /// <summary>The same as a time of day.</summary>
    public DateTimeOffset? LearnedAt { get; set; }

    /// <summary>When to ask again.</summary>
    public TimeSpan Due { get; set; }

    /// <summary>Whether the last question got no answer.</summary>
    public bool IsFailing { get; set; }

    /// <summary>Whether it is asked for now.</summary>
    public bool IsAsked { get; set; }
}

/// <summary>A plain name as <c>gatehouse ip list</c> shows it.</summary>
/// <param name="Addresses">Addresses now.</param>
/// <param name="IsResolved">Whether there ever was an answer.</param>
/// <param name="IsFailing">Whether the last question got no answer.</param>
/// <param name="LearnedAt">When the newest answer came.</param>
internal sealed record HostState(ImmutableArray<System.Net.IPAddress> Addresses, bool IsResolved, bool IsFailing, DateTimeOffset? LearnedAt);
