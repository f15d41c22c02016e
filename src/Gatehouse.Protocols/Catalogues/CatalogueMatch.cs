using System.Collections.Immutable;

namespace Gatehouse.Protocols.Catalogues;

/// <summary>Why no endpoint of a catalogue took a request.</summary>
public enum MatchError : byte
{
    /// <summary>An endpoint took it.</summary>
    None = 0,

    /// <summary>No template has this path: an unknown operation, denied.</summary>
    UnknownPath,

    /// <summary>The path is known, the method is not listed there (405 with <see cref="CatalogueMatch.Allow"/>).</summary>
    MethodNotAllowed,

    /// <summary><c>%2F</c> in a segment that the template does not mark <c>opaque</c>.</summary>
    EncodedSlash,

    /// <summary>A trailing slash where the endpoint has <c>trailing-slash=refuse</c>.</summary>
    TrailingSlash,

    /// <summary>A query parameter that the endpoint does not list.</summary>
    UnknownParameter,

    /// <summary>A query parameter given twice (ASCII case ignored) where the endpoint does not list it as repeatable.</summary>
    RepeatedParameter,
}

/// <summary>The frozen words for the audit record.</summary>
public static class MatchErrors
{
    private static readonly ImmutableArray<string> Words =
    [
        "none", "unknown_path", "method_not_allowed", "encoded_slash", "trailing_slash", "unknown_parameter",
        "repeated_parameter",
    ];

    /// <summary>The word, such as <c>unknown_path</c>; it never changes.</summary>
    public static string Word(MatchError error) => Words[(int)error];
}

/// <summary>The result of <see cref="Catalogue.Match"/>: an endpoint, or why there is none.</summary>
public readonly struct CatalogueMatch : IEquatable<CatalogueMatch>
{
    internal CatalogueMatch(CatalogueEndpoint? endpoint, MatchError error, string? allow)
    {
        Endpoint = endpoint;
        Error = error;
        Allow = allow;
    }

    /// <summary>
    /// The endpoint, when <see cref="Error"/> is <see cref="MatchError.None"/>; also set for errors that were found on an
    /// endpoint (encoded slash, trailing slash, parameters), so that the record can name it. Check the error, not this.
    /// </summary>
    public CatalogueEndpoint? Endpoint { get; }

    /// <summary>Why not, or none.</summary>
    public MatchError Error { get; }

    /// <summary>For <see cref="MatchError.MethodNotAllowed"/>: the value of the <c>Allow</c> header.</summary>
    public string? Allow { get; }

    /// <summary>Whether an endpoint took the request.</summary>
    public bool IsMatch => Error == MatchError.None && Endpoint is not null;

    /// <inheritdoc/>
    public bool Equals(CatalogueMatch other) => ReferenceEquals(Endpoint, other.Endpoint) && Error == other.Error;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is CatalogueMatch other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Endpoint, Error);

    /// <summary>Same endpoint and error.</summary>
    public static bool operator ==(CatalogueMatch left, CatalogueMatch right) => left.Equals(right);

    /// <summary>Another endpoint or error.</summary>
    public static bool operator !=(CatalogueMatch left, CatalogueMatch right) => !left.Equals(right);
}
