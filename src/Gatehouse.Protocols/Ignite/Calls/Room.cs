namespace Gatehouse.Protocols.Ignite.Calls;

/// <summary>
/// Requests of the thin client protocol: the table of operations, and all operands of each under the features that both sides
/// have. Where the layout of an operation's last operands is not written down anywhere they are walked over, value by value:
/// nothing in them decides, but nothing may hide behind them either.
/// </summary>
internal static class Room;
