using System.Collections.Immutable;

namespace Gatehouse.Protocols.Catalogues;

/// <summary>Why a request on a known endpoint could not be turned into operations. It is refused then.</summary>
public enum ClassifyError : byte
{
    /// <summary>It could.</summary>
    None = 0,

    /// <summary>The body is not one strict JSON value; <see cref="ClassifyScratch.JsonError"/> says why.</summary>
    MalformedJson,

    /// <summary>A body where the endpoint takes none.</summary>
    UnexpectedBody,

    /// <summary>The body has a member that the endpoint does not list.</summary>
    UnknownField,

    /// <summary>An object, array or string was expected where something else stands.</summary>
    UnexpectedType,

    /// <summary>A member or parameter that names a resource is missing or empty.</summary>
    MissingResource,

    /// <summary>A resource name with control characters.</summary>
    BadResource,

    /// <summary>Not canonical base64 (RFC 4648 section 4 with padding, no whitespace, zero trailing bits).</summary>
    BadBase64,

    /// <summary>A key range that is neither one key nor all keys with a prefix.</summary>
    UnsupportedRange,

    /// <summary>More than <see cref="CatalogueEndpoint.MaxResources"/> resources.</summary>
    TooManyResources,

    /// <summary>No operation applies: the body holds none of those that the endpoint knows.</summary>
    NoOperation,
}

/// <summary>The frozen words for the audit record.</summary>
public static class ClassifyErrors
{
    private static readonly ImmutableArray<string> Words =
    [
        "none", "malformed_json", "unexpected_body", "unknown_field", "unexpected_type", "missing_resource", "bad_resource",
        "bad_base64", "unsupported_range", "too_many_resources", "no_operation",
    ];

    /// <summary>The word, such as <c>unsupported_range</c>; it never changes.</summary>
    public static string Word(ClassifyError error) => Words[(int)error];
}
