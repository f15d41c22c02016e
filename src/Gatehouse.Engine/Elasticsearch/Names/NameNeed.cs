namespace Gatehouse.Engine.Elasticsearch.Names;

/// <summary>The names for one narrowing, or that they are needed.</summary>
/// <param name="Names">What the cluster has; null while nobody has asked.</param>
internal sealed record NameNeed(KnownNames? Names)
{
    /// <summary>Whether it could not be said without the names.</summary>
    public bool IsNeeded { get; set; }
}
