namespace Gatehouse.Protocols.Ignite.Calls;

/// <summary>Codes of operations on the wire.</summary>
public static class IgniteOpcodes
{
    /// <summary>HEARTBEAT.</summary>
    public const int Heartbeat = 1;

    /// <summary>TABLES_GET.</summary>
    public const int TablesGet = 3;

    /// <summary>TABLE_GET.</summary>
    public const int TableGet = 4;

    /// <summary>SCHEMAS_GET.</summary>
    public const int SchemasGet = 5;

    /// <summary>TUPLE_UPSERT.</summary>
    public const int TupleUpsert = 10;

    /// <summary>TUPLE_GET.</summary>
    public const int TupleGet = 12;

    /// <summary>TUPLE_UPSERT_ALL.</summary>
    public const int TupleUpsertAll = 13;

    /// <summary>TUPLE_GET_ALL.</summary>
    public const int TupleGetAll = 15;

    /// <summary>TUPLE_GET_AND_UPSERT.</summary>
    public const int TupleGetAndUpsert = 16;

    /// <summary>TUPLE_INSERT.</summary>
    public const int TupleInsert = 18;

    /// <summary>TUPLE_INSERT_ALL.</summary>
    public const int TupleInsertAll = 20;

    /// <summary>TUPLE_REPLACE.</summary>
    public const int TupleReplace = 22;

    /// <summary>TUPLE_REPLACE_EXACT.</summary>
    public const int TupleReplaceExact = 24;

    /// <summary>TUPLE_GET_AND_REPLACE.</summary>
    public const int TupleGetAndReplace = 26;

    /// <summary>TUPLE_DELETE.</summary>
    public const int TupleDelete = 28;

    /// <summary>TUPLE_DELETE_ALL.</summary>
    public const int TupleDeleteAll = 29;

    /// <summary>TUPLE_DELETE_EXACT.</summary>
    public const int TupleDeleteExact = 30;

    /// <summary>TUPLE_DELETE_ALL_EXACT.</summary>
    public const int TupleDeleteAllExact = 31;

    /// <summary>TUPLE_GET_AND_DELETE.</summary>
    public const int TupleGetAndDelete = 32;

    /// <summary>TUPLE_CONTAINS_KEY.</summary>
    public const int TupleContainsKey = 33;

    /// <summary>JDBC_EXEC.</summary>
    public const int JdbcExec = 34;

    /// <summary>JDBC_NEXT.</summary>
    public const int JdbcNext = 35;

    /// <summary>JDBC_EXEC_BATCH.</summary>
    public const int JdbcExecBatch = 36;

    /// <summary>JDBC_CURSOR_CLOSE.</summary>
    public const int JdbcCursorClose = 37;

    /// <summary>JDBC_TABLE_META.</summary>
    public const int JdbcTableMeta = 38;

    /// <summary>JDBC_COLUMN_META.</summary>
    public const int JdbcColumnMeta = 39;

    /// <summary>JDBC_SCHEMAS_META.</summary>
    public const int JdbcSchemasMeta = 40;

    /// <summary>JDBC_PK_META.</summary>
    public const int JdbcPkMeta = 41;

    /// <summary>TX_BEGIN.</summary>
    public const int TxBegin = 43;

    /// <summary>TX_COMMIT.</summary>
    public const int TxCommit = 44;

    /// <summary>TX_ROLLBACK.</summary>
    public const int TxRollback = 45;

    /// <summary>JDBC_SQL_EXEC_PS_BATCH.</summary>
    public const int JdbcSqlExecPsBatch = 46;

    /// <summary>COMPUTE_EXECUTE.</summary>
    public const int ComputeExecute = 47;

    /// <summary>CLUSTER_GET_NODES.</summary>
    public const int ClusterGetNodes = 48;

    /// <summary>COMPUTE_EXECUTE_COLOCATED.</summary>
    public const int ComputeExecuteColocated = 49;

    /// <summary>SQL_EXEC.</summary>
    public const int SqlExec = 50;

    /// <summary>SQL_CURSOR_NEXT_PAGE.</summary>
    public const int SqlCursorNextPage = 51;

    /// <summary>SQL_CURSOR_CLOSE.</summary>
    public const int SqlCursorClose = 52;

    /// <summary>PARTITION_ASSIGNMENT_GET.</summary>
    public const int PartitionAssignmentGet = 53;

    /// <summary>JDBC_CONNECT.</summary>
    public const int JdbcConnect = 54;

    /// <summary>JDBC_TX_FINISH.</summary>
    public const int JdbcTxFinish = 55;

    /// <summary>SQL_EXEC_SCRIPT.</summary>
    public const int SqlExecScript = 56;

    /// <summary>SQL_QUERY_META.</summary>
    public const int SqlQueryMeta = 57;

    /// <summary>JDBC_MORE_RESULTS.</summary>
    public const int JdbcMoreResults = 58;

    /// <summary>COMPUTE_GET_STATE.</summary>
    public const int ComputeGetState = 59;

    /// <summary>COMPUTE_CANCEL.</summary>
    public const int ComputeCancel = 60;

    /// <summary>COMPUTE_CHANGE_PRIORITY.</summary>
    public const int ComputeChangePriority = 61;

    /// <summary>STREAMER_BATCH_SEND.</summary>
    public const int StreamerBatchSend = 62;

    /// <summary>SQL_EXEC_BATCH.</summary>
    public const int SqlExecBatch = 63;

    /// <summary>COMPUTE_EXECUTE_MAPREDUCE.</summary>
    public const int ComputeExecuteMapreduce = 64;

    /// <summary>PRIMARY_REPLICAS_GET.</summary>
    public const int PrimaryReplicasGet = 65;

    /// <summary>STREAMER_WITH_RECEIVER_BATCH_SEND.</summary>
    public const int StreamerWithReceiverBatchSend = 66;

    /// <summary>TUPLE_CONTAINS_ALL_KEYS.</summary>
    public const int TupleContainsAllKeys = 67;

    /// <summary>JDBC_CANCEL.</summary>
    public const int JdbcCancel = 68;

    /// <summary>COMPUTE_EXECUTE_PARTITIONED.</summary>
    public const int ComputeExecutePartitioned = 69;

    /// <summary>OPERATION_CANCEL.</summary>
    public const int OperationCancel = 70;

    /// <summary>TABLES_GET_QUALIFIED.</summary>
    public const int TablesGetQualified = 71;

    /// <summary>TABLE_GET_QUALIFIED.</summary>
    public const int TableGetQualified = 72;

    /// <summary>SERVER_OP_RESPONSE.</summary>
    public const int ServerOpResponse = 73;

    /// <summary>SQL_CURSOR_NEXT_RESULT_SET.</summary>
    public const int SqlCursorNextResultSet = 74;

    /// <summary>TX_DISCARD.</summary>
    public const int TxDiscard = 75;
}
