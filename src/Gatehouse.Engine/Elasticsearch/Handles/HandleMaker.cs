using Gatehouse.Protocols.Catalogues;

namespace Gatehouse.Engine.Elasticsearch.Handles;

/// <summary>Makes the handles of one request.</summary>
/// <param name="Seal">Seals them.</param>
/// <param name="Book">Keeps the others.</param>
/// <param name="Time">The clock: their life begins when the response comes.</param>
internal sealed record HandleMaker(HandleSeal Seal, HandleBook Book, TimeProvider Time)
{
    /// <summary>The gate.</summary>
    public required string Gate { get; init; }

    /// <summary>Whose they will be.</summary>
    public required HandleOwner Owner { get; init; }

    /// <summary>What is decided of the request.</summary>
    public required IReadOnlyList<RequestOperation> Rights { get; init; }

    /// <summary>How long the client wants sealed ones to live, or null.</summary>
    public required string? Life { get; init; }

    /// <summary>The same of those for the book.</summary>
    public required string? KeptLife { get; init; }

    /// <summary>The handles that the request used.</summary>
    public required HandleUse Use { get; init; }

    /// <summary>A sealed one.</summary>
    public string SealNew(HandleKind kind, string id) => Seal.Seal(Make(kind, id));

    /// <summary>One for the book; ends when the store has it.</summary>
    public Task KeepAsync(HandleKind kind, string id) => Book.PutAsync(Make(kind, id));

    private Handle Make(HandleKind kind, string id) =>
        new(kind, Gate, Owner, Rights, HandleLife.End(kind, kind >= HandleKind.Task ? KeptLife : Life, Use.EndOf(kind), Time.GetUtcNow()), id);
}
