using Gatehouse.Engine.Realms.Directory;
using Gatehouse.Testing.Time;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Realms;

public sealed class DirectoryPaceTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public void The_slowest_check_of_an_hour_sets_the_time_and_no_number_of_others_changes_it()
    {
        DirectoryPace pace = new(_time);
        pace.Target().ShouldBe(DirectoryPace.Least);

        pace.Note(TimeSpan.FromMilliseconds(200));
        for (int i = 0; i < 10_000; i++)
        {
            pace.Note(TimeSpan.FromMilliseconds(1));
        }

        pace.Target().ShouldBe(TimeSpan.FromMilliseconds(250));
        _time.Advance(TimeSpan.FromMinutes(50));
        pace.Note(TimeSpan.FromMilliseconds(80));
        pace.Target().ShouldBe(TimeSpan.FromMilliseconds(250));
        _time.Advance(TimeSpan.FromMinutes(15));
        pace.Target().ShouldBe(TimeSpan.FromMilliseconds(100));
        _time.Advance(TimeSpan.FromDays(3));
        pace.Target().ShouldBe(DirectoryPace.Least);
    }

    [Fact]
    public void Nobody_waits_for_ever()
    {
        DirectoryPace pace = new(_time);
        pace.Note(TimeSpan.FromMinutes(2));
        pace.Target().ShouldBe(DirectoryPace.Most);
    }

    [Fact]
    public async Task A_refusal_waits_out_the_rest_and_an_older_one_nothing()
    {
        DirectoryPace pace = new(_time);
        long began = _time.GetTimestamp();
        _time.Advance(TimeSpan.FromMilliseconds(20));

        Task waiting = pace.WaitAsync(began, CancellationToken.None).AsTask();
        _time.Advance(TimeSpan.FromMilliseconds(29));
        waiting.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await waiting;
        await pace.WaitAsync(began, CancellationToken.None); // the clock stands still: it does not wait
    }
}
