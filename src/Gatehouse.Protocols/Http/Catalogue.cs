using Gatehouse.Operations;
using Gatehouse.Problems;

namespace Gatehouse.Protocols.Http;

/// <summary>stub</summary>
public sealed class Catalogue
{
    public string System => throw new NotSupportedException();
    public IReadOnlyList<CatalogueEndpoint> Endpoints => throw new NotSupportedException();
    public static Catalogue? Parse(string system, string text, string source, ICollection<Problem> problems) => throw new NotSupportedException();
    public static Catalogue Http() => throw new NotSupportedException();
    public CatalogueMatch Match(string method, CanonicalTarget target) => throw new NotSupportedException();
}

/// <summary>How an endpoint takes a request body.</summary>
public enum BodyMode : byte
{
    /// <summary>None: a request with one is refused.</summary>
    None = 0,

    /// <summary>One JSON value, read whole before the decision.</summary>
    Json,

    /// <summary>Any bytes, passed on while they come, counted against the limit.</summary>
    Stream,
}

/// <summary>stub</summary>
public sealed class CatalogueEndpoint
{
    public const int MaxResources = 4096;
    public string Template => throw new NotSupportedException();
    public IReadOnlyList<string> Methods => throw new NotSupportedException();
    public IReadOnlyList<string> Actions => throw new NotSupportedException();
    public BodyMode BodyMode => throw new NotSupportedException();
    /// <summary>null: the gate's own limit</summary>
    public long? MaxBody => throw new NotSupportedException();
    public IReadOnlyList<string> ContentTypes => throw new NotSupportedException();
    public bool IsAnyPrincipal => throw new NotSupportedException();
    public bool AllowsUpgrade => throw new NotSupportedException();
    public bool AcceptsContentType(string? contentType) => throw new NotSupportedException();
    public ClassifyError Classify(string method, CanonicalTarget target, ReadOnlySpan<byte> body, string gate, ClassifyScratch scratch, OperationSet into) => throw new NotSupportedException();
}

/// <summary>stub</summary>
public sealed class ClassifyScratch
{
    public JsonError JsonError => throw new NotSupportedException();
}

/// <summary>stub</summary>
public sealed class StrictJson
{
    public const int MaxDepth = 64;
    public const int MaxNumberLength = 128;
    public const int MaxNameLength = 1024;
    public JsonError Validate(ReadOnlySpan<byte> utf8) => throw new NotSupportedException();
}
