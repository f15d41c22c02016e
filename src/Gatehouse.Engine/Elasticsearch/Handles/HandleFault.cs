namespace Gatehouse.Engine.Elasticsearch.Handles;

/// <summary>Why a handle may not be used. The trail says which; the client hears the same of all of them.</summary>
internal enum HandleFault : byte
{
    /// <summary>It may.</summary>
    None = 0,

    /// <summary>Nothing that the gate has given out.</summary>
    Unknown,

    /// <summary>It looks like one and does not open: changed, of another kind, or sealed under another key.</summary>
    Altered,

    /// <summary>Somebody else's, or made through another gate.</summary>
    Foreign,

    /// <summary>Its time is over.</summary>
    Expired,
}

/// <summary>The checks that sealed handles and those of the book have in common.</summary>
internal static class HandleFaults
{
    /// <summary>What is wrong with a handle that was found.</summary>
    public static HandleFault Of(Handle? handle, HandleKind kind, string gate, HandleOwner who, DateTimeOffset now) =>
        handle is null || handle.Kind != kind || handle.Rights.Count == 0 ? HandleFault.Unknown
        : handle.Gate != gate || handle.Owner != who ? HandleFault.Foreign
        : handle.Expires <= now ? HandleFault.Expired
        : HandleFault.None;
}
