using System.Globalization;

namespace Gatehouse.EndToEnd.Tests.Running;

/// <summary>Debian's libfaketime: a clock for programs that a test starts, ahead of the host's or behind it, moved also while they run.</summary>
internal sealed class ShiftedClock
{
    private readonly string _file;

    /// <summary>A clock that is right until it is moved.</summary>
    /// <param name="folder">Where its file lies.</param>
    public ShiftedClock(TemporaryFolder folder)
    {
        _file = folder["clock"];
        Move(TimeSpan.Zero);
    }

    /// <summary>For the environment of the programs. What measures how long something takes is left as it is.</summary>
    public IEnumerable<KeyValuePair<string, string>> Environment =>
    [
        new("LD_PRELOAD", Library),
        new("FAKETIME_TIMESTAMP_FILE", _file),
        new("FAKETIME_CACHE_DURATION", "1"),
        new("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        new("FAKETIME_DISABLE_SHM", "1"),
        new("NO_FAKE_STAT", "1"),
    ];

    private static string Library => Directory.GetDirectories("/usr/lib").Select(static folder => folder + "/faketime/libfaketimeMT.so.1").FirstOrDefault(File.Exists)
        ?? throw new InvalidOperationException("libfaketime is not installed: apt install libfaketime");

    /// <summary>Sets it ahead by so much, or behind; programs see it within a second.</summary>
    public void Move(TimeSpan by)
    {
        string next = _file + ".next";
        File.WriteAllText(next, ((long)by.TotalSeconds).ToString("+0;-0;+0", CultureInfo.InvariantCulture) + "\n");
        File.Move(next, _file, overwrite: true);
    }
}
