using Gatehouse.Operations;
using Gatehouse.Protocols.Http;
using Gatehouse.Protocols.Json;

namespace Gatehouse.Protocols.Catalogues;

/// <summary>One endpoint as its line says it, compiled.</summary>
internal sealed record EndpointDefinition
{
    public required PathTemplate Path { get; init; }

    public required HttpMethods MethodNames { get; init; }

    public required uint Methods { get; init; }

    /// <summary>The line and its continuations as written, with single spaces.</summary>
    public required string Text { get; init; }

    public required int Line { get; init; }

    public EndpointOperation[] Operations { get; set; } = [];

    public BodyMode BodyMode { get; set; }

    public long? MaxBody { get; set; }

    public string[] ContentTypes { get; set; } = [];

    public bool IsBase64 { get; set; }

    public JsonPointer[] Fields { get; set; } = [];

    public bool AnyField { get; set; }

    public byte[][] Query { get; set; } = [];

    public bool AnyQuery { get; set; }

    public byte[][] Repeat { get; set; } = [];

    public bool AnyRepeat { get; set; }

    public bool IsAnyPrincipal { get; set; }

    public bool AllowsUpgrade { get; set; }

    public bool IsBodySecret { get; set; }

    public TrailingSlash TrailingSlash { get; set; }

    public BodyShape? Shape { get; set; }
}

/// <summary>An action with where its resources come from.</summary>
internal sealed record EndpointOperation
{
    /// <summary>The action, or null where it is the method.</summary>
    public SystemAction? Action { get; init; }

    /// <summary>The action by method number, where it is the method.</summary>
    public SystemAction[] ByMethod { get; init; } = [];

    /// <summary>Where its resources come from; empty: it acts on the system as a whole.</summary>
    public ResourceRule[] Resources { get; init; } = [];

    /// <summary>It applies only where the body has this.</summary>
    public JsonPointer? When { get; init; }

    /// <summary>Slot that counts <see cref="When"/>.</summary>
    public int WhenSlot { get; init; } = -1;

    /// <summary>Whether some resource must be there.</summary>
    public bool HasRequired { get; init; }

    public string ActionName => Action?.Name ?? "{method}";
}

/// <summary>What is made of a trailing slash.</summary>
internal enum TrailingSlash : byte
{
    /// <summary>The request is refused.</summary>
    Refuse = 0,

    /// <summary>It is not forwarded.</summary>
    Strip,

    /// <summary>It is forwarded; resource names never have it.</summary>
    Keep,
}
