namespace Gatehouse.Testing.Ipfs.Kubo;

/// <summary>The tree of Kubo's commands, as far as it can be called over HTTP.</summary>
internal static class Commands
{
    private static readonly HashSet<string> Runnable = new(Lines().SelectMany(Expand), StringComparer.Ordinal);

    /// <summary>
    /// The command of a path below /api/v0 and the argument in it: the last segment is the first argument where it is no
    /// subcommand. Null where there is no such command, or it cannot be called from afar.
    /// </summary>
    public static (string Command, string? Argument)? Find(string path)
    {
        if (Runnable.Contains(path))
        {
            return (path, null);
        }

        int slash = path.LastIndexOf('/');
        return slash > 0 && slash < path.Length - 1 && Runnable.Contains(path[..slash]) ? (path[..slash], path[(slash + 1)..]) : null;
    }

    private static string[] Lines() =>
    [
        "add cat get ls refs resolve id version shutdown ping mount dns",
        "bitswap/ stat wantlist ledger reprovide",
        "block/ get put rm stat",
        "bootstrap bootstrap/ add list rm add/default rm/all",
        "cid/ base32 bases codecs format hashes",
        "commands",
        "config config/ show replace profile/apply",
        "dag/ export get import put resolve stat",
        "dht/ query",
        "diag/ cmds cmds/clear cmds/set-time profile sys",
        "files/ chcid chmod cp flush ls mkdir mv read rm stat touch write",
        "filestore/ dups ls verify",
        "key/ gen import list rename rm sign verify",
        "log/ level ls tail",
        "multibase/ decode encode list transcode",
        "name/ get inspect publish put resolve pubsub/cancel pubsub/state pubsub/subs",
        "object/ data diff get links new patch/add-link patch/rm-link put stat",
        "p2p/ close forward listen ls stream/close stream/ls",
        "pin/ add ls rm update verify remote/add remote/ls remote/rm remote/service/add remote/service/ls remote/service/rm",
        "provide/ clear stat",
        "pubsub/ ls peers pub reset sub",
        "refs/ local",
        "repo/ gc ls stat verify version",
        "routing/ findpeer findprovs get put provide reprovide",
        "stats/ bitswap bw dht provide reprovide repo",
        "swarm/ addrs addrs/listen addrs/local connect disconnect filters filters/add filters/rm peering/add peering/ls peering/rm peers resources",
    ];

    private static IEnumerable<string> Expand(string line)
    {
        string prefix = "";
        foreach (string word in line.Split(' '))
        {
            if (word.EndsWith('/'))
            {
                prefix = word;
            }
            else
            {
                yield return prefix + word;
            }
        }
    }
}
