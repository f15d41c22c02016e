using System.Collections.Immutable;

namespace Gatehouse.App.Commands.Cluster;

/// <summary>What rotations do, in words.</summary>
internal static class RotationText
{
    /// <summary>A step for people.</summary>
    /// <param name="Name">Its word.</param>
    /// <param name="Does">What it does.</param>
    /// <param name="WaitsFor">What has to be before the next one.</param>
    /// <param name="ByHand">What Gatehouse cannot do; null: nothing.</param>
    public sealed record Step(string Name, string Does, string WaitsFor, string? ByHand = null);

    private const string EveryNode = "every node's word; one that is away is waited for, or taken out with gatehouse node revoke";

    /// <summary>All steps of a kind.</summary>
    public static ImmutableArray<Step> Plan(string kind) => kind switch
    {
        "ca" =>
        [
            new("prepare", "makes a new root with its intermediates, or takes the imported one; its keys go to the issuers alone", "the issuers, who try to open the keys"),
            new("distribute", "every node accepts certificates of both CAs and writes both into its ca.crt", EveryNode,
                "give the new ca.crt to clients that have the old one pinned, before the next step: gates show certificates of the new CA from there on"),
            new("activate", "every node gets new certificates of the new CA for mesh, gates and admin API; both CAs are still accepted", EveryNode,
                "renew users' certificates and those of native programs with gatehouse cert renew, and restart programs that read them once"),
            new("retire", "the old CA is accepted no more; refused while others hold valid certificates of it. No way back from here", EveryNode),
        ],
        "secret" =>
        [
            new("prepare", "makes a new secret and puts it into the sealed cluster state", "nobody"),
            new("distribute", "every node accepts both secrets", EveryNode),
            new("activate", "callers prove the new secret; the old one is still accepted", EveryNode),
            new("retire", "the old secret is accepted no more. No way back from here", EveryNode),
        ],
        _ =>
        [
            new("prepare", "makes a new key, wrapped to each node's own key", "nobody"),
            new("distribute", "every node opens it and can read what is sealed under it", EveryNode),
            new("activate", "the whole cluster state is sealed anew under it, and all that follows", EveryNode,
                "backups made from here on need the new key: keep node keys as before"),
            new("retire", "nothing is sealed under the old key any more; it is kept so that older generations open. No way back from here", EveryNode),
        ],
    };

    /// <summary>One line for a step under way.</summary>
    public static string Doing(string kind, string step) =>
        Plan(kind).FirstOrDefault(one => one.Name == step)?.Does ?? "what was in use before is used again, the new one is dropped when every node has said so";
}
