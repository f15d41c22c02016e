using System.Collections.Frozen;

namespace Gatehouse.Protocols.Ignite.Sql;

/// <summary>The words of Calcite's grammar (SQL language reference, keywords).</summary>
internal static class SqlWords
{
    // Reserved words that no rule here asks for. SYSTEM is missing on purpose: Ignite's schema has that name.
    private const string Others =
        "ABS ALLOCATE ALLOW AND ANY ARE ARRAY_MAX_CARDINALITY ASENSITIVE ASOF ASYMMETRIC AT ATOMIC AUTHORIZATION AVG BEGIN BEGIN_FRAME " +
        "BEGIN_PARTITION BETWEEN BIGINT BINARY BIT BLOB BOOLEAN BOTH CALLED CARDINALITY CASCADED CAST CEIL CEILING CHAR CHARACTER " +
        "CHARACTER_LENGTH CHAR_LENGTH CHECK CLASSIFIER CLOB CLOSE COALESCE COLLATE COLLECT COLUMN CONDITION CONNECT CONSTRAINT CONTAINS " +
        "CORR CORRESPONDING COUNT COVAR_POP COVAR_SAMP CUBE CUME_DIST CURRENT_CATALOG CURRENT_DATE CURRENT_DEFAULT_TRANSFORM_GROUP " +
        "CURRENT_PATH CURRENT_ROLE CURRENT_ROW CURRENT_SCHEMA CURRENT_TIME CURRENT_TIMESTAMP CURRENT_TRANSFORM_GROUP_FOR_TYPE " +
        "CURRENT_USER CURSOR CYCLE DATE DATETIME DAY DEALLOCATE DEC DECIMAL DECLARE DEFAULT DEFINE DENSE_RANK DEREF DETERMINISTIC " +
        "DISALLOW DISCONNECT DOUBLE DYNAMIC EACH ELEMENT ELSE END_FRAME END_PARTITION EQUALS ESCAPE EVERY EXEC EXECUTE EXP EXTEND " +
        "EXTERNAL FALSE FIRST_VALUE FLOAT FLOOR FOREIGN FRAME_ROW FREE FRIDAY FUNCTION FUSION GET GLOBAL GRANT GROUPING GROUPS HOLD " +
        "HOUR IDENTITY IMPORT IN INDICATOR INITIAL INOUT INSENSITIVE INT INTEGER INTERSECTION INTERVAL JSON_ARRAY JSON_ARRAYAGG " +
        "JSON_EXISTS JSON_OBJECT JSON_OBJECTAGG JSON_QUERY JSON_SCOPE JSON_VALUE LAG LANGUAGE LARGE LAST_VALUE LEAD LEADING LIKE_REGEX " +
        "LN LOCALTIME LOCALTIMESTAMP LOWER MATCH MATCHES MATCH_CONDITION MATCH_NUMBER MAX MEASURE MEASURES MEMBER METHOD MIN MINUTE MOD " +
        "MODIFIES MODULE MONDAY MONTH NATIONAL NCHAR NCLOB NEW NONE NORMALIZE NTH_VALUE NTILE NULLIF NUMERIC OCCURRENCES_REGEX " +
        "OCTET_LENGTH OF OLD OMIT ONE OPEN OR ORDINAL OUT OVER OVERLAPS PARAMETER PARTITION PATTERN PER PERCENT PERCENTILE_CONT " +
        "PERCENTILE_DISC PERCENT_RANK PERIOD PERMUTE PORTION POSITION_REGEX POWER PRECEDES PRECISION PREPARE PREV PRIMARY PROCEDURE " +
        "RANGE RANK READS REAL REF REFERENCING REGR_AVGX REGR_AVGY REGR_COUNT REGR_INTERCEPT REGR_R2 REGR_SLOPE REGR_SXX REGR_SXY " +
        "REGR_SYY RELEASE RESET RESULT RETURN RETURNS REVOKE ROLLBACK ROLLUP ROW ROWS ROW_NUMBER RUNNING SAFE_CAST SAFE_OFFSET " +
        "SAFE_ORDINAL SATURDAY SAVEPOINT SCOPE SCROLL SEARCH SECOND SEEK SENSITIVE SESSION_USER SHOW SIMILAR SKIP SMALLINT SOME " +
        "SPECIFIC SPECIFICTYPE SQL SQLEXCEPTION SQLSTATE SQLWARNING SQRT STATIC STDDEV_POP STDDEV_SAMP SUBMULTISET SUBSET " +
        "SUBSTRING_REGEX SUCCEEDS SUM SUNDAY SYMMETRIC SYSTEM_TIME SYSTEM_USER THURSDAY TIMESTAMP TIMEZONE_HOUR TIMEZONE_MINUTE TINYINT " +
        "TRAILING TRANSLATE_REGEX TRANSLATION TREAT TRIGGER TRIM_ARRAY TRUE TRUNCATE TRY_CAST TUESDAY UNKNOWN UPPER USER UUID VALUE_OF " +
        "VARBINARY VARCHAR VARIANT VARYING VAR_POP VAR_SAMP VERSIONING WEDNESDAY WHENEVER WIDTH_BUCKET WITHOUT YEAR";

    private const SqlWord LastStructural = SqlWord.Call;
    private const SqlWord LastReserved = SqlWord.UEscape;
    private const SqlWord LastKnown = SqlWord.Anti;

    private static readonly FrozenDictionary<string, SqlWord> Known = Build();

    private static readonly FrozenDictionary<string, SqlWord>.AlternateLookup<ReadOnlySpan<char>> Lookup = Known.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The word; <see cref="SqlWord.None"/> where it is just a name.</summary>
    public static SqlWord Find(ReadOnlySpan<char> text) => text.Length <= 32 && Lookup.TryGetValue(text, out SqlWord word) ? word : SqlWord.None;

    /// <summary>Whether the word ends an expression.</summary>
    public static bool IsStructural(SqlWord word) => word is > SqlWord.None and <= LastStructural;

    /// <summary>Whether the word is no name without quotes.</summary>
    public static bool IsReserved(SqlWord word) => word is > SqlWord.None and <= LastReserved;

    /// <summary>Whether the word begins a clause behind a table that the reader does not know.</summary>
    public static bool IsClause(SqlWord word) => word is >= SqlWord.Pivot and <= LastKnown;

    private static FrozenDictionary<string, SqlWord> Build()
    {
        Dictionary<string, SqlWord> words = new(StringComparer.OrdinalIgnoreCase);
        foreach (string other in Others.Split(' '))
        {
            words[other] = SqlWord.Reserved;
        }

        for (SqlWord word = SqlWord.Select; word <= LastKnown; word++)
        {
            string? name = word switch
            {
                SqlWord.Reserved => null,
                SqlWord.MatchRecognize => "MATCH_RECOGNIZE",
                SqlWord.SystemRange => "SYSTEM_RANGE",
                _ => Enum.GetName(word)?.ToUpperInvariant(),
            };
            if (name is not null)
            {
                words[name] = word;
            }
        }

        return words.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
    }
}
