using System.CommandLine;
using System.Globalization;
using System.Runtime.CompilerServices;
using Gatehouse.Administration;
using Gatehouse.Administration.Cluster;
using Gatehouse.App.Client;
using Gatehouse.Engine.Store;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;

namespace Gatehouse.App.Commands.Cluster;

/// <summary><c>gatehouse leave</c>: takes this node out of its cluster, ends its daemon and moves its data folder away.</summary>
internal static class LeaveCommand
{
    private static readonly TimeSpan EndTime = TimeSpan.FromSeconds(30);

    public static Command Create(CommandTree tree)
    {
        Option<bool> yes = new("--yes") { Description = "do not ask for the node's name" };
        return tree.Make(
            "leave",
            "take this node out of its cluster; its daemon ends, its data folder is moved away\nexample: gatehouse leave",
            async (context, cancellation) =>
            {
                if (context.IsRemote)
                {
                    throw CommandFailure.CannotRun(AdministrationProblems.CommandLine, "a node leaves on its own host", "elsewhere: gatehouse node revoke NAME");
                }

                StatusResponse status = (await context.Client.GetAsync("/v1/status", CommandContext.Json.StatusResponse, cancellation)).Value;
                if (!context.Value(yes))
                {
                    Confirmation.Ask(context.Screen, status.Node, $"node {status.Node} leaves its cluster: its daemon ends and its gates close");
                }

                Answer<NodeRemovedResponse> answer = await context.Client.SendAsync(
                    HttpMethod.Post, "/v1/node/leave", MembershipJson.Lenient.NodeRemovedResponse, cancellation);
                string? moved = await MoveAwayAsync(status.DataFolder);
                context.Print(answer, gone =>
                {
                    context.Screen.Line($"node {gone.Node} has left");
                    context.Screen.Line(moved is null ? $"the daemon did not end in time; when it has, move {status.DataFolder} away" : $"its data folder is now {moved}; it holds keys, delete it when nothing of it is needed");
                    context.Screen.Line("take `node` and `store` out of gatehouse.yaml before another start or join here");
                    context.Screen.Line(gone.Next ?? "");
                });
                return moved is null ? ExitCodes.Findings : ExitCodes.Fine;
            },
            yes);
    }

    // The lock of the folder is free when the daemon has ended. Apart, so that no other command loads the engine.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<string?> MoveAwayAsync(string dataFolder)
    {
        long end = Environment.TickCount64 + (long)EndTime.TotalMilliseconds;
        while (Environment.TickCount64 < end)
        {
            try
            {
                using (DataFolderLock.Take(dataFolder))
                {
                    string target = $"{dataFolder.TrimEnd('/')}.left-{TimeProvider.System.GetUtcNow().ToString("yyyyMMdd'T'HHmmss", CultureInfo.InvariantCulture)}";
                    Directory.Move(dataFolder, target);
                    return target;
                }
            }
            catch (ProblemException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100));
            }
        }

        return null;
    }
}
