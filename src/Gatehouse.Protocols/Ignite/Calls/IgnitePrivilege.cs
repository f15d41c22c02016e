namespace Gatehouse.Protocols.Ignite.Calls;

/// <summary>What an operation needs; of several it needs all.</summary>
[Flags]
public enum IgnitePrivilege
{
    /// <summary>Nothing but to be somebody: heartbeat, JDBC session.</summary>
    None = 0,

    /// <summary>To see tables.</summary>
    MetaRead = 1,

    /// <summary>To read rows, or to learn of them by comparing.</summary>
    TableRead = 2,

    /// <summary>To write rows.</summary>
    TableWrite = 4,

    /// <summary>What each of its statements needs.</summary>
    Sql = 8,

    /// <summary>To use transactions.</summary>
    Tx = 16,

    /// <summary>To run a class on nodes.</summary>
    ComputeExecute = 32,

    /// <summary>To see a job, of others too.</summary>
    ComputeRead = 64,

    /// <summary>To change a job, of others too.</summary>
    ComputeManage = 128,

    /// <summary>To see nodes.</summary>
    ClusterRead = 256,

    /// <summary>Nothing more: its resource comes from an operation on this connection that was allowed.</summary>
    Resource = 512,

    /// <summary>Never allowed.</summary>
    Denied = 1024,
}
