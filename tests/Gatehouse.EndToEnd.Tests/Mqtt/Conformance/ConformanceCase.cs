namespace Gatehouse.EndToEnd.Tests.Mqtt.Conformance;

/// <summary>Steps of clients, and what has to come of them, at each of some levels of the protocol (3, 4 and 5).</summary>
internal sealed record ConformanceCase(string Name, int[] Levels, Func<Stage, Task> Play)
{
    private static readonly int[] All = [3, 4, 5];

    /// <summary>A case of every version.</summary>
    public static ConformanceCase Every(string name, Func<Stage, Task> play) => new(name, All, play);

    /// <summary>A case of 5.0 alone.</summary>
    public static ConformanceCase Five(string name, Func<Stage, Task> play) => new(name, [5], play);

    /// <summary>A case of 3.1 and 3.1.1.</summary>
    public static ConformanceCase Three(string name, Func<Stage, Task> play) => new(name, [3, 4], play);
}
