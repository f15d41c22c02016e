using Gatehouse.Testing.Ignite.Wire;

namespace Gatehouse.Testing.Ignite.Node;

/// <summary>An error that the node answers. The groups are upstream's; the numbers within them are the stand-in's own, but for group 15.</summary>
public sealed class NodeErrorException(int group, int number, string message, string type = "org.apache.ignite.lang.IgniteException") : Exception(message)
{
    public const int Table = 2;
    public const int Client = 3;
    public const int Sql = 4;
    public const int Transaction = 7;
    public const int Authentication = 15;
    public const int Compute = 16;

    public NodeErrorException(int code, string message)
        : this(code >> 16, code & 0xFFFF, message)
    {
    }

    internal static NodeErrorException Protocol(string message) => new(Client, 1, message);

    internal void WriteTo(PackWriter w) =>
        w.Uuid(Guid.NewGuid()).Int((group * 65536) + number).Text(type).Text(Message).Nil().Nil();
}
