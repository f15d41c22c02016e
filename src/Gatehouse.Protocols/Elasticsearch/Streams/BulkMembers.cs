namespace Gatehouse.Protocols.Elasticsearch.Streams;

/// <summary>The members of an action line.</summary>
internal enum BulkMember : byte
{
    Unknown = 0,
    Index,
    Id,
    Type,
    Routing,
    OpType,
    Version,
    VersionType,
    RetryOnConflict,
    Pipeline,
    Source,
    IfSeqNo,
    IfPrimaryTerm,
    RequireAlias,
    RequireDataStream,
    DynamicTemplates,
    ListExecutedPipelines,
}

/// <summary>Their names (BulkRequestParser of Elasticsearch 7 to 9 and OpenSearch 2 to 3).</summary>
internal static class BulkMembers
{
    /// <summary>The member of that name.</summary>
    public static BulkMember Of(ReadOnlySpan<byte> name)
    {
        if (name.SequenceEqual("_index"u8))
        {
            return BulkMember.Index;
        }

        if (name.SequenceEqual("_id"u8))
        {
            return BulkMember.Id;
        }

        return name.Length switch
        {
            5 when name.SequenceEqual("_type"u8) => BulkMember.Type,
            7 when name.SequenceEqual("routing"u8) => BulkMember.Routing,
            7 when name.SequenceEqual("op_type"u8) => BulkMember.OpType,
            7 when name.SequenceEqual("version"u8) => BulkMember.Version,
            12 when name.SequenceEqual("version_type"u8) => BulkMember.VersionType,
            17 when name.SequenceEqual("retry_on_conflict"u8) => BulkMember.RetryOnConflict,
            8 when name.SequenceEqual("pipeline"u8) => BulkMember.Pipeline,
            7 when name.SequenceEqual("_source"u8) => BulkMember.Source,
            9 when name.SequenceEqual("if_seq_no"u8) => BulkMember.IfSeqNo,
            15 when name.SequenceEqual("if_primary_term"u8) => BulkMember.IfPrimaryTerm,
            13 when name.SequenceEqual("require_alias"u8) => BulkMember.RequireAlias,
            19 when name.SequenceEqual("require_data_stream"u8) => BulkMember.RequireDataStream,
            17 when name.SequenceEqual("dynamic_templates"u8) => BulkMember.DynamicTemplates,
            23 when name.SequenceEqual("list_executed_pipelines"u8) => BulkMember.ListExecutedPipelines,
            _ => BulkMember.Unknown,
        };
    }
}
