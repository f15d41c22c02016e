namespace Gatehouse.Protocols.Ignite.Sql;

/// <summary>
/// What a SQL statement for Apache Ignite 3 may touch. Ignite parses with Apache Calcite in the manner of Oracle: names fold to
/// upper case unless they stand in double quotes, `//` begins a comment too. Pure: text to names. A statement is read by the rules
/// of Calcite's grammar where tables may stand, and loosely where none can; whatever begins a table elsewhere is refused. So a table
/// may be named that is not touched, but none is missed.
/// </summary>
internal static class Room;
