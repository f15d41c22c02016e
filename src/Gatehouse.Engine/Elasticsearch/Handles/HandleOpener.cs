namespace Gatehouse.Engine.Elasticsearch.Handles;

/// <summary>Opens the handles of one request, all or none.</summary>
internal sealed class HandleOpener(HandleSeal seal, HandleKind kind, string gate, HandleOwner who, DateTimeOffset now)
{
    private readonly List<Handle> _opened = [];

    /// <summary>Those that were opened.</summary>
    public IReadOnlyList<Handle> Opened => _opened;

    /// <summary>What was wrong with the first that was not.</summary>
    public HandleFault Fault { get; private set; }

    /// <summary>The upstream's id of one; null where it may not be used.</summary>
    public string? Open(string text)
    {
        HandleFault fault = seal.Open(text, kind, gate, who, now, out Handle? handle);
        if (fault != HandleFault.None)
        {
            Fault = Fault == HandleFault.None ? fault : Fault;
            return null;
        }

        _opened.Add(handle!); // no fault: it is there
        return handle!.UpstreamId;
    }
}
