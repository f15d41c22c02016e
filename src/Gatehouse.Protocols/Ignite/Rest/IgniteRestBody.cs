namespace Gatehouse.Protocols.Ignite.Rest;

/// <summary>How an endpoint's body is read.</summary>
public enum IgniteRestBody : byte
{
    /// <summary>There is none.</summary>
    None = 0,

    /// <summary>JSON, which goes on as it is.</summary>
    Json,

    /// <summary>A change of the configuration in HOCON, as text.</summary>
    Configuration,

    /// <summary>What a cluster begins with: JSON, in which a text is HOCON.</summary>
    Initialization,

    /// <summary>A name as text.</summary>
    Name,

    /// <summary>Files of a deployment unit, passed on while they come.</summary>
    Unit,
}
