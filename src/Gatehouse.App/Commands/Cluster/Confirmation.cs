using Gatehouse.App.Client;
using Gatehouse.App.Terminal;
using Gatehouse.Problems.Cluster;

namespace Gatehouse.App.Commands.Cluster;

/// <summary>What cannot be undone asks for the name of what it is done to.</summary>
internal static class Confirmation
{
    /// <summary>Asks on the error stream; ends the command where another name is typed.</summary>
    public static void Ask(Screen screen, string name, string what)
    {
        screen.Problem(what);
        screen.Error.Write("type the node's name to go on: ");
        if (Console.In.ReadLine()?.Trim() != name)
        {
            throw CommandFailure.Refused(EnrolmentProblems.LeaveUnconfirmed, $"that is not {name}; nothing was changed", "--yes does not ask");
        }
    }
}
