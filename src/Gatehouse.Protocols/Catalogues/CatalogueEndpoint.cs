using Gatehouse.Operations;
using Gatehouse.Protocols.Http;
using Gatehouse.Protocols.Json;

namespace Gatehouse.Protocols.Catalogues;

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

/// <summary>One endpoint of a catalogue: immutable, shared by all connections.</summary>
public sealed class CatalogueEndpoint
{
    /// <summary>Most resources of one request.</summary>
    public const int MaxResources = 4096;

    private readonly EndpointDefinition _definition;

    internal CatalogueEndpoint(EndpointDefinition definition)
    {
        _definition = definition;
        Methods = definition.MethodNames.Names(definition.Methods);
        Actions = [.. definition.Operations.Select(static o => o.ActionName).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>The path template as written, such as <c>/api/{name}/items/{id:opaque}</c>.</summary>
    public string Template => _definition.Path.Text;

    /// <summary>The methods it answers.</summary>
    public IReadOnlyList<string> Methods { get; }

    /// <summary>The names of its actions; <c>{method}</c> where the action is the method in lower case.</summary>
    public IReadOnlyList<string> Actions { get; }

    /// <summary>The line as written, continuations joined with <c> + </c>; parsing it again gives the same endpoint.</summary>
    public string Text => _definition.Text;

    /// <summary>The line in the catalogue, from 1.</summary>
    public int Line => _definition.Line;

    /// <summary>How it takes a body.</summary>
    public BodyMode BodyMode => _definition.BodyMode;

    /// <summary>Largest body in bytes, or null for the gate's own limit.</summary>
    public long? MaxBody => _definition.MaxBody;

    /// <summary>Media types it accepts, in lower case; empty: any. Ask with <see cref="AcceptsContentType"/>.</summary>
    public IReadOnlyList<string> ContentTypes => _definition.ContentTypes;

    /// <summary>Whether every authenticated principal may, whatever its roles.</summary>
    public bool IsAnyPrincipal => _definition.IsAnyPrincipal;

    /// <summary>Whether its bodies never enter the trail, masked or not.</summary>
    public bool IsBodySecret => _definition.IsBodySecret;

    /// <summary>Whether a protocol upgrade may begin here, if the gate allows that protocol.</summary>
    public bool AllowsUpgrade => _definition.AllowsUpgrade;

    internal EndpointDefinition Definition => _definition;

    /// <summary>
    /// Whether a request with a body and this <c>Content-Type</c> (null: none was sent) may go on. The only parameter let
    /// through is <c>charset=utf-8</c> where the endpoint lists types.
    /// </summary>
    public bool AcceptsContentType(string? contentType) =>
        ContentTypes.Count == 0 || (contentType is not null && MediaTypes.IsOneOf(contentType, _definition.ContentTypes));

    /// <summary>
    /// Step 5: the operations that a request means. The target must have been matched by <see cref="Catalogue.Match"/>; the
    /// body is the whole body for <see cref="Http.BodyMode.Json"/> and empty otherwise (a streamed body is not looked at).
    /// On an error <paramref name="into"/> is empty and the request is refused.
    /// </summary>
    public ClassifyError Classify(
        string method, CanonicalTarget target, ReadOnlySpan<byte> body, string gate, ClassifyScratch scratch, OperationSet into)
    {
        into.Clear();
        scratch.JsonError = JsonError.None;
        ClassifyError error = ReadBody(body, scratch);
        if (error == ClassifyError.None)
        {
            error = new Classifier(_definition, target, body, gate, scratch, into)
                .Run(_definition.MethodNames.IndexOf(method));
        }

        if (error != ClassifyError.None)
        {
            into.Clear();
        }

        return error;
    }

    private ClassifyError ReadBody(ReadOnlySpan<byte> body, ClassifyScratch scratch)
    {
        scratch.Json.Reset();
        if (body.Length == 0)
        {
            // Without a body nothing is captured: what must be there is missing then.
            return ClassifyError.None;
        }

        if (_definition.BodyMode != BodyMode.Json)
        {
            return ClassifyError.UnexpectedBody;
        }

        JsonError error = scratch.Json.Read(body, _definition.Shape);
        scratch.JsonError = error;
        return error switch
        {
            JsonError.None => ClassifyError.None,
            JsonError.Rejected => scratch.Json.Refusal switch
            {
                ShapeError.UnknownField => ClassifyError.UnknownField,
                ShapeError.UnexpectedType => ClassifyError.UnexpectedType,
                _ => ClassifyError.TooManyResources,
            },
            _ => ClassifyError.MalformedJson,
        };
    }
}
