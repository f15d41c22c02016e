namespace Gatehouse.Engine.Ignite;

/// <summary>Which side ended a connection, and how. Names go to the trail in lower case.</summary>
internal enum IgniteEnd
{
    /// <summary>The client closed it, or broke off.</summary>
    Client,

    /// <summary>The node closed it.</summary>
    Node,

    /// <summary>The node said what a node does not say to a client.</summary>
    NodeMalformed,

    /// <summary>The client sent what is no request.</summary>
    Tampered,

    /// <summary>The client said nothing for too long.</summary>
    Idle,

    /// <summary>It was cut, or its login fell.</summary>
    Cut,

    /// <summary>The trail takes no records.</summary>
    NoAuditSlot,

    /// <summary>The gate failed.</summary>
    Fault,
}
