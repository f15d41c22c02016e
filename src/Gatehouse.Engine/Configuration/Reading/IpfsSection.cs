namespace Gatehouse.Engine.Configuration.Reading;

/// <summary>The <c>ipfs</c> mapping of a gate.</summary>
internal static class IpfsSection
{
    private const long Largest = 1L << 50;

    public static Section<IpfsConfiguration> Keys { get; } = new(
        "`ipfs` of a gate",
        new Key<IpfsConfiguration>("cluster", static (r, n, c) => c with { Cluster = r.Text(n) }),
        new Key<IpfsConfiguration>("max_pins", static (r, n, c) => c with { MaxPins = r.Count(n, 0, 100_000_000) }),
        new Key<IpfsConfiguration>("max_add", static (r, n, c) => c with { MaxAdd = r.Size(n, 0, Largest) }),
        new Key<IpfsConfiguration>("open_health", static (r, n, c) => c with { OpenHealth = r.Boolean(n) }),
        new Key<IpfsConfiguration>("adds_per_user", static (r, n, c) => c with { AddsPerUser = r.Count(n, 1, 10_000) }));
}
