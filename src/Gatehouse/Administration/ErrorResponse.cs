namespace Gatehouse.Administration;

/// <summary>Every answer of the API that is not a success.</summary>
public sealed record ErrorResponse
{
    /// <summary>What is wrong.</summary>
    public required ErrorBody Error { get; set; }
}

/// <summary>An error: permanent id, text, hint.</summary>
public sealed record ErrorBody
{
    /// <summary>The permanent id, <c>GH</c> and four digits.</summary>
    public required string Id { get; set; }

    /// <summary>One sentence.</summary>
    public required string Text { get; set; }

    /// <summary>What to do about it.</summary>
    public string? Hint { get; set; }

    /// <summary>The code of a denial, for <c>gatehouse explain</c>.</summary>
    public string? Receipt { get; set; }

    /// <summary>File, line and column, where a file is wrong.</summary>
    public string? Location { get; set; }

    /// <summary>Further problems of the same request.</summary>
    public IReadOnlyList<ErrorBody>? More { get; set; }
}

/// <summary>The answer to a change.</summary>
public sealed record ChangeResponse
{
    /// <summary>The generation of the cluster state in force afterwards.</summary>
    public long Generation { get; set; }
}
