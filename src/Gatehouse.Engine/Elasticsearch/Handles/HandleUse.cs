using Gatehouse.Engine.Gates;
using Gatehouse.Operations;

namespace Gatehouse.Engine.Elasticsearch.Handles;

/// <summary>What came of looking for the handles of a request.</summary>
internal sealed class HandleUse
{
    /// <summary>There is none, or none that is needed.</summary>
    public static readonly HandleUse None = new();

    /// <summary>Why the request is refused, or null.</summary>
    public Refusal? Refusal { get; init; }

    /// <summary>The handles, opened.</summary>
    public IReadOnlyList<Handle> Handles { get; init; } = [];

    /// <summary>The upstream's ids for the places of the target; the body has them already.</summary>
    public IReadOnlyList<(HandlePlace Place, string Id)> Edits { get; init; } = [];

    /// <summary>Another action that is decided, because the request is somebody's who may end what belongs to others; or null.</summary>
    public string? Privilege { get; init; }

    /// <summary>Whether what the handles carry is decided instead of what the table says of the request.</summary>
    public bool IsInstead { get; init; }

    /// <summary>How long the client wants them to live from now on, or null.</summary>
    public string? Life { get; init; }

    /// <summary>Their end up to now, the latest of one kind; default without one.</summary>
    public DateTimeOffset EndOf(HandleKind kind) =>
        Handles.Where(h => h.Kind == kind).Select(static h => h.Expires).DefaultIfEmpty().Max();

    /// <summary>Adds what is to be decided because of the handles.</summary>
    public void AddTo(OperationSet operations)
    {
        foreach (Handle handle in Handles)
        {
            HandleRights.AddTo(operations, handle.Rights);
        }

        if (Privilege is not null)
        {
            operations.Begin(SystemAction.Intern("elasticsearch", Privilege));
        }
    }

    /// <summary>Puts the upstream's ids into the target.</summary>
    public void Rewrite(TargetRewriter target)
    {
        foreach ((HandlePlace place, string id) in Edits)
        {
            if (place.Segment >= 0)
            {
                target.Replace(place.Segment, id);
            }
            else
            {
                target.SetParameter(place.Parameter, id);
            }
        }
    }
}
