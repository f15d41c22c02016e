namespace Gatehouse.EndToEnd.Tests.Mqtt.Conformance;

/// <summary>Every case, with a number that its topics and client ids carry.</summary>
internal static class ConformanceSuite
{
    /// <summary>All cases.</summary>
    public static IReadOnlyList<ConformanceCase> Cases { get; } =
        [.. DeliveryCases.All, .. SubscriptionCases.All, .. SessionCases.All, .. VersionFiveCases.All, .. MalformedCases.All];

    /// <summary>Each case at each of its levels.</summary>
    public static IEnumerable<(ConformanceCase Case, int Level, string Prefix)> Plays(IReadOnlyList<ConformanceCase> cases, string letter) =>
        cases.SelectMany((c, i) => c.Levels.Select(level => (c, level, $"{letter}{level}{i:000}")));
}
