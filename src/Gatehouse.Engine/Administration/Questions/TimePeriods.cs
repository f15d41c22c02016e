using Gatehouse.Administration;
using Gatehouse.Policy;

namespace Gatehouse.Engine.Administration.Questions;

/// <summary>Cuts time where something that decisions look at changes by itself: bounds and hours of grants, ends of users and keys.</summary>
internal sealed class TimePeriods
{
    private readonly long[] _instants;
    private readonly int[] _minutes;

    public TimePeriods(params ReadOnlySpan<ClusterDocument> documents)
    {
        var instants = new SortedSet<long>();
        var minutes = new SortedSet<int>();
        foreach (ClusterDocument document in documents)
        {
            foreach (GrantConditions when in document.Roles.Values.SelectMany(static role => role.Grants)
                .Concat(document.ApiKeys.Values.SelectMany(static key => key.Grants ?? []))
                .Select(static grant => grant.When).OfType<GrantConditions>())
            {
                Add(instants, when.NotBefore);
                Add(instants, when.NotAfter);
                AddHours(minutes, when.Hours);
            }

            foreach (DateTimeOffset? end in document.Users.Values.Select(static user => user.Expires).Concat(document.ApiKeys.Values.Select(static key => key.Expires)))
            {
                Add(instants, end);
            }
        }

        _instants = [.. instants];
        _minutes = [.. minutes];
    }

    /// <summary>The period's number, 0 where there is only one.</summary>
    public int Of(long ticks)
    {
        int instant = Rank(_instants, ticks);
        int minute = _minutes.Length == 0 ? 0 : Rank(_minutes, (int)(ticks / TimeSpan.TicksPerMinute % 1440));
        return (instant * (_minutes.Length + 1)) + minute;
    }

    // How many are not above it.
    private static int Rank<T>(T[] sorted, T value)
    {
        int at = Array.BinarySearch(sorted, value);
        return at >= 0 ? at + 1 : ~at;
    }

    private static void Add(SortedSet<long> instants, DateTimeOffset? time)
    {
        if (time is { } at)
        {
            instants.Add(at.UtcTicks);
        }
    }

    // HH:mm-HH:mm, checked when the policy was compiled.
    private static void AddHours(SortedSet<int> minutes, string? hours)
    {
        if (hours is { Length: 11 })
        {
            minutes.Add((int)TimeSpan.ParseExact(hours.AsSpan(0, 5), "hh\\:mm", null).TotalMinutes);
            minutes.Add((int)TimeSpan.ParseExact(hours.AsSpan(6), "hh\\:mm", null).TotalMinutes);
        }
    }
}
