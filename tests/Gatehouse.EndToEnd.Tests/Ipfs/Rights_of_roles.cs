using System.Text;
using Gatehouse.EndToEnd.Tests.Running;
using Gatehouse.Protocols.Catalogues;
using Gatehouse.Protocols.Http;
using Gatehouse.Protocols.Ipfs;
using Gatehouse.Testing.Ipfs;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Ipfs;

/// <summary>
/// What each role may, tried through the gates on every route and option: docs/architecture/ipfs-roles.txt;
/// GATEHOUSE_UPDATE_GOLDEN=1 writes it anew.
/// </summary>
[Collection(nameof(GuardedIpfs))]
public sealed class Rights_of_roles(GuardedIpfs ipfs)
{
    private const string Explanation = """
        What each role of IPFS may, as the gates answered it. A CID in braces is, before each request: free, the caller's own, shared by the
        caller and another, another's, pinned outside of the gate. `own`: a list without what is another's. `passed` is an error of the
        upstream's, all other numbers are refusals of the gate. `-`: the role can have no pin of its own.
        """;

    private static readonly string[] Roles = ["anonymous", .. GuardedIpfs.Roles];

    [Fact]
    public async Task They_are_the_golden_file()
    {
        ipfs.Forget();
        ipfs.Peer.Cluster.Blobs.Keep(IpfsClients.Cid, "content"u8.ToArray());
        ipfs.Peer.Cluster.Blobs.Names[RoleRows.Name] = IpfsClients.Cid;
        using var table = new RoleTable(ipfs);
        var text = new StringBuilder(Explanation).Append('\n');
        string gate = "";
        foreach (RoleRow row in RoleRows.All)
        {
            if (gate != row.Gate)
            {
                gate = row.Gate;
                text.Append($"\n{"=== " + gate,-80}").AppendJoin(' ', Roles.Select(r => $"{r.Replace("ipfs_", ""),-10}")).TrimEnd().Append('\n');
            }

            text.Append($"{row.Label,-79} ");
            foreach (string role in Roles)
            {
                text.Append($"{await table.AskAsync(row, role),-10} ");
            }

            text.TrimEnd().Append('\n');
        }

        string path = Path.Combine(Repository.Root, "docs", "architecture", "ipfs-roles.txt");
        string actual = text.ToString();
        if (Environment.GetEnvironmentVariable("GATEHOUSE_UPDATE_GOLDEN") == "1")
        {
            await File.WriteAllTextAsync(path, actual);
        }

        actual.ShouldBe(File.Exists(path) ? await File.ReadAllTextAsync(path) : "", "what roles may differs from docs/architecture/ipfs-roles.txt");
    }

    [Fact]
    public void No_action_is_missing()
    {
        var gates = new Dictionary<string, string> { ["cluster"] = "ipfs-cluster", ["pinning"] = "ipfs-pinning", ["proxy"] = "ipfs-proxy", ["kubo"] = "kubo", ["gateway"] = "kubo", ["figures"] = "metrics" };
        HashSet<string> asked = [.. RoleRows.All.SelectMany(row => ActionsOf(gates[row.Gate], row.Label))];
        string[] all = [.. IpfsCatalogues.All.SelectMany(c => c.Value.Endpoints.SelectMany(e => e.Actions).Select(a => $"{c.Key} {a}"))];
        all.Where(a => !a.StartsWith("ipfs-proxy kubo.", StringComparison.Ordinal)).Except(asked).ShouldBeEmpty();
    }

    private static IEnumerable<string> ActionsOf(string system, string line)
    {
        string[] words = line.Split(' ', 3);
        var target = new CanonicalTarget();
        target.Parse(RoleRow.Placeholder().Replace(words[1], IpfsClients.Cid)).ShouldBe(TargetError.None, line);
        CatalogueMatch match = IpfsCatalogues.All[system].Match(words[0], target);
        return match.IsMatch ? match.Endpoint!.Actions.Select(a => $"{system} {a}") : [];
    }
}

/// <summary>Text that ends without spaces.</summary>
internal static class StringBuilderEnds
{
    public static StringBuilder TrimEnd(this StringBuilder text)
    {
        while (text.Length > 0 && text[^1] == ' ')
        {
            text.Length--;
        }

        return text;
    }
}
