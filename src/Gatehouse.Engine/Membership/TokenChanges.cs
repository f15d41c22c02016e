using System.Collections.Immutable;
using System.Globalization;
using Gatehouse.Administration;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Membership;
using Gatehouse.Problems.Cluster;

namespace Gatehouse.Engine.Membership;

/// <summary>Enrolment tokens as pure functions of the document.</summary>
internal static class TokenChanges
{
    /// <summary>Most tokens at a time; those that have expired make room.</summary>
    public const int Most = 100;

    /// <summary>Most joins begun with one token. Each leaves certificates on record, and a token lets in one node.</summary>
    public const int MostBegins = 8;

    /// <summary>As whom the holder of a token acts, and for whom certificates are recorded until it is a node.</summary>
    public static string ActorOf(string id) => "token/" + id;

    /// <summary>Adds a token. Names of nodes that differ in case alone are one name in certificates.</summary>
    public static ChangeDecision Add(ClusterDocument document, TokenDocument token, DateTimeOffset now)
    {
        MembershipDocument membership = document.Membership;
        string? taken = membership.Nodes.Keys.FirstOrDefault(name => string.Equals(name, token.Node, StringComparison.OrdinalIgnoreCase));
        if (taken is not null && (!token.Replace || taken != token.Node))
        {
            return ChangeDecision.Refuse(EnrolmentProblems.NodeExists.Because(
                $"the cluster has a node `{taken}` already", hint: "choose another name, or make the token with that very name and --replace"));
        }

        foreach (TokenDocument over in membership.Tokens.Values.Where(one => one.Expires <= now))
        {
            document = Without(document, over, token.CreatedBy, now);
        }

        return document.Membership.Tokens.Count >= Most
            ? ChangeDecision.Refuse(EnrolmentProblems.TokenRequestInvalid.Because(
                string.Create(CultureInfo.InvariantCulture, $"there are {Most} tokens already"), hint: "gatehouse token revoke ID makes room"))
            : ChangeDecision.To(With(document, document.Membership.Tokens.Add(token.Id, token)));
    }

    /// <summary>Takes a token back, and what was handed out to who began with it.</summary>
    public static ChangeDecision Remove(ClusterDocument document, string id, string by, DateTimeOffset now) => document.Membership.Tokens.TryGetValue(id, out TokenDocument? token)
        ? ChangeDecision.To(Without(document, token, by, now))
        : ChangeDecision.Refuse(Problems.AdministrationProblems.NotFound.Because(
            "there is no such token", hint: "gatehouse token list shows them; a used one is gone"));

    /// <summary>Tokens that ended while a host was joining go, and with them what it was handed out.</summary>
    public static ChangeDecision Expire(ClusterDocument document, string by, DateTimeOffset now)
    {
        ClusterDocument next = document.Membership.Tokens.Values.Where(token => token.Expires <= now && token.ReservedBy is not null)
            .Aggregate(document, (without, token) => Without(without, token, by, now));
        return ReferenceEquals(next, document) ? default : ChangeDecision.To(next);
    }

    /// <summary>Keeps a token for one joiner and records what it gets; who has it already keeps it.</summary>
    public static ChangeDecision Reserve(ClusterDocument document, string id, string holder, ImmutableArray<CertificateDocument> handedOut, DateTimeOffset now)
    {
        if (!document.Membership.Tokens.TryGetValue(id, out TokenDocument? token) || token.Expires <= now || token.Begins >= MostBegins
            || (token.ReservedBy is not null && token.ReservedBy != holder))
        {
            return ChangeDecision.Refuse(Refusal());
        }

        return handedOut.Any(one => document.Revocations.ContainsKey(one.KeyHash))
            ? ChangeDecision.Refuse(CertificateProblems.KeyRevoked.Because("a key of this host was revoked", hint: "run the same command again: it makes new keys"))
            : ChangeDecision.To(NodeChanges.Recorded(
                With(document, document.Membership.Tokens.SetItem(id, token with { ReservedBy = holder, Begins = token.Begins + 1 })), handedOut, now));
    }

    /// <summary>The joiner gives up: the token can be used again, by other keys.</summary>
    public static ChangeDecision Release(ClusterDocument document, string id, string holder, DateTimeOffset now) =>
        document.Membership.Tokens.TryGetValue(id, out TokenDocument? token) && token.ReservedBy == holder
            ? ChangeDecision.To(With(Revoked(document, token, ActorOf(id), now), document.Membership.Tokens.SetItem(id, token with { ReservedBy = null })))
            : default;

    /// <summary>What every holder of no good token is told.</summary>
    public static Problems.Problem Refusal() => EnrolmentProblems.EnrolmentRefused.Because(
        "the cluster does not take this token: it was used, revoked, has expired, is in use by another host, was begun with too often, or is another cluster's",
        hint: "gatehouse token list on a member shows those that are open; make a new one with gatehouse token create --node NAME");

    private static ClusterDocument Without(ClusterDocument document, TokenDocument token, string by, DateTimeOffset now) =>
        With(Revoked(document, token, by, now), document.Membership.Tokens.Remove(token.Id));

    // Certificates of a join that came to nothing are good for months, in the hands of who is no node.
    private static ClusterDocument Revoked(ClusterDocument document, TokenDocument token, string by, DateTimeOffset now)
    {
        string actor = ActorOf(token.Id);
        return document with
        {
            Revocations = document.Revocations.SetItems(document.Certificates.Values
                .Where(one => one.IssuedBy == actor && one.NotAfter > now && !document.Revocations.ContainsKey(one.KeyHash)
                    && document.Membership.Nodes.Values.All(node => node.MeshKey != one.KeyHash))
                .Select(one => KeyValuePair.Create(one.KeyHash, new RevocationDocument
                {
                    KeyHash = one.KeyHash,
                    Serial = one.Serial,
                    Subject = token.Node,
                    Reason = "cessationOfOperation",
                    Time = now,
                    By = by,
                    NotAfter = one.NotAfter,
                }))),
        };
    }

    private static ClusterDocument With(ClusterDocument document, ImmutableSortedDictionary<string, TokenDocument> tokens) =>
        document with { Membership = document.Membership with { Tokens = tokens } };
}
