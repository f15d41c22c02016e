using System.Buffers;
using Gatehouse.Problems;
using Gatehouse.Problems.Doctor;

namespace Gatehouse.Doctor.Hardening.Emqx;

/// <summary>
/// Which nodes this one knows. Erlang's TLS asks who calls for a certificate and does not compare its name, until <c>net_kernel:allow/1</c> was called:
/// then the host of the caller's name must be one that its certificate carries, and be an allowed node's or the address that the call comes from.
/// </summary>
internal static class EmqxMembers
{
    private const int Longest = 255;
    private static readonly SearchValues<char> Names = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
    private static readonly SearchValues<char> Hosts = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:");

    /// <summary>Writes the line, or says how to get it.</summary>
    /// <param name="arguments">The machine's arguments.</param>
    /// <param name="draft">The plan.</param>
    /// <param name="wishes">What the administrator says.</param>
    /// <param name="self">This node's name.</param>
    /// <exception cref="ProblemException">GH8162: a name that cannot stand there.</exception>
    public static void Of(EmqxArguments arguments, PlanDraft draft, HardenWishes wishes, string self)
    {
        string[] nodes = [.. wishes.Nodes.Select(Checked)];
        if (nodes.Length == 0)
        {
            draft.StepAfter("Think of who calls: any certificate of the CA may call this node under any name, while callers are not compared. Run this again with --nodes NODE@HOST,NODE@HOST, all nodes of the cluster, and vm.args tells Erlang to compare them.");
            return;
        }

        if (wishes.Mesh)
        {
            draft.Warn("--nodes does nothing with --mesh: there the mesh compares who calls");
            return;
        }

        if (!arguments.TakesMore)
        {
            draft.Warn($"callers are not compared: there is no {arguments.Path}, or it ends in words that are no arguments");
            return;
        }

        // Whom this node calls must stand there by its whole name. A host alone is for `emqx ctl`, whose name is another one each time.
        string own = Checked(self);
        arguments.Allow([.. nodes.Append(own).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal), own[(own.IndexOf('@', StringComparison.Ordinal) + 1)..]]);
        draft.Warn("this node calls none but those of --nodes: before another one joins, run this with its name on all others and restart them. gen_rpc compares no names, whatever stands here");
    }

    private static string Checked(string node)
    {
        string[] parts = node.Split('@');
        bool isGood = parts is [{ Length: > 0 } name, { Length: > 0 } host] && node.Length <= Longest && name[0] != '-' && host[0] is not ('-' or '.')
            && !name.AsSpan().ContainsAnyExcept(Names) && !host.AsSpan().ContainsAnyExcept(Hosts);
        return isGood ? node : throw HardenProblems.Wish.Exception(
            $"`{string.Concat(node.Take(60).Where(static c => !char.IsControl(c)))}` is no name of a node that can stand in vm.args", "--nodes emqx1@10.0.0.1,emqx2@10.0.0.2");
    }
}
