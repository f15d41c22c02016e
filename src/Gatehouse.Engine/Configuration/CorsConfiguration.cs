using System.Collections.Immutable;

namespace Gatehouse.Engine.Configuration;

/// <summary>Which pages of other origins may do what at a gate (the Fetch standard, section 3.3).</summary>
internal sealed record CorsConfiguration
{
    private static readonly CorsConfiguration Plain = new();

    /// <summary>Origins as browsers send them; no wildcard, and <c>null</c> is none.</summary>
    public ImmutableArray<string> Origins { get; init; } = [];

    /// <summary>Methods that their pages may use, with and without a preflight.</summary>
    public ImmutableArray<string> Methods { get; init; } = ["GET", "HEAD", "POST"];

    /// <summary>Request headers that their pages may set beyond those that need no preflight.</summary>
    public ImmutableArray<string> Headers { get; init; } = ["authorization", "content-type", "accept", "if-match", "if-none-match"];

    /// <summary>Response headers that their pages may read beyond those that are always readable.</summary>
    public ImmutableArray<string> Expose { get; init; } = [];

    /// <summary>Whether answers to requests with the browser's own credentials may be read.</summary>
    public bool Credentials { get; init; }

    /// <summary>How long a browser may keep the answer to a preflight.</summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Whether everything but the origins is as it is without a word.</summary>
    public bool HasOnlyOrigins =>
        !Credentials && Expose.IsEmpty && MaxAge == Plain.MaxAge && Methods.SequenceEqual(Plain.Methods) && Headers.SequenceEqual(Plain.Headers);
}
