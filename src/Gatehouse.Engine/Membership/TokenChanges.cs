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

    /// <summary>Adds a token.</summary>
    public static ChangeDecision Add(ClusterDocument document, TokenDocument token, DateTimeOffset now)
    {
        MembershipDocument membership = document.Membership;
        if (!token.Replace && membership.Nodes.ContainsKey(token.Node))
        {
            return ChangeDecision.Refuse(EnrolmentProblems.NodeExists.Because(
                $"the cluster has a node `{token.Node}` already", hint: "choose another name, or make the token with --replace"));
        }

        ImmutableSortedDictionary<string, TokenDocument> open = Open(membership.Tokens, now);
        return open.Count >= Most
            ? ChangeDecision.Refuse(EnrolmentProblems.TokenRequestInvalid.Because(
                string.Create(CultureInfo.InvariantCulture, $"there are {Most} tokens already"), hint: "gatehouse token revoke ID makes room"))
            : ChangeDecision.To(With(document, open.Add(token.Id, token)));
    }

    /// <summary>Takes a token back.</summary>
    public static ChangeDecision Remove(ClusterDocument document, string id) => document.Membership.Tokens.ContainsKey(id)
        ? ChangeDecision.To(With(document, document.Membership.Tokens.Remove(id)))
        : ChangeDecision.Refuse(Problems.AdministrationProblems.NotFound.Because(
            "there is no such token", hint: "gatehouse token list shows them; a used one is gone"));

    /// <summary>Keeps a token for one joiner; who has it already keeps it.</summary>
    public static ChangeDecision Reserve(ClusterDocument document, string id, string holder, DateTimeOffset now) =>
        document.Membership.Tokens.TryGetValue(id, out TokenDocument? token) && token.Expires > now && (token.ReservedBy is null || token.ReservedBy == holder)
            ? token.ReservedBy == holder
                ? default
                : ChangeDecision.To(With(document, document.Membership.Tokens.SetItem(id, token with { ReservedBy = holder })))
            : ChangeDecision.Refuse(Refusal());

    /// <summary>The joiner gives up: the token can be used again.</summary>
    public static ChangeDecision Release(ClusterDocument document, string id, string holder) =>
        document.Membership.Tokens.TryGetValue(id, out TokenDocument? token) && token.ReservedBy == holder
            ? ChangeDecision.To(With(document, document.Membership.Tokens.SetItem(id, token with { ReservedBy = null })))
            : default;

    /// <summary>What every holder of no good token is told.</summary>
    public static Problems.Problem Refusal() => EnrolmentProblems.EnrolmentRefused.Because(
        "the cluster does not take this token: it was used, revoked, has expired, is in use by another host, or is another cluster's",
        hint: "gatehouse token list on a member shows those that are open; make a new one with gatehouse token create --node NAME");

    private static ClusterDocument With(ClusterDocument document, ImmutableSortedDictionary<string, TokenDocument> tokens) =>
        document with { Membership = document.Membership with { Tokens = tokens } };

    private static ImmutableSortedDictionary<string, TokenDocument> Open(ImmutableSortedDictionary<string, TokenDocument> tokens, DateTimeOffset now) =>
        tokens.RemoveRange(tokens.Values.Where(token => token.Expires <= now).Select(static token => token.Id));
}
