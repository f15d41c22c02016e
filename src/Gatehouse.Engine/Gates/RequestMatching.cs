using Gatehouse.Audit;
using Gatehouse.Problems;
using Gatehouse.Protocols.Catalogues;
using Gatehouse.Protocols.Http;
using Gatehouse.Protocols.Json;

namespace Gatehouse.Engine.Gates;

/// <summary>Step 5 by a catalogue: the target in its one form, the endpoint that takes it, the operations that it means.</summary>
internal static class RequestMatching
{
    /// <summary>Reads the target; the form that everything is decided on.</summary>
    public static Refusal? Parse(HttpExchange exchange)
    {
        RequestMemo memo = exchange.Memo;
        if (!ReferenceEquals(memo.RawTarget, exchange.RawTarget) || memo.Method != exchange.Method)
        {
            memo.RawTarget = null;
            TargetError error = exchange.Target.Parse(exchange.RawTarget);
            if (error != TargetError.None)
            {
                return Refusal.Tampered(TargetErrors.Word(error));
            }

            memo.RawTarget = exchange.RawTarget;
            memo.Method = exchange.Method;
            memo.Path = PathOf(exchange.Target);
        }

        exchange.Path = memo.Path;
        return null;
    }

    /// <summary>Finds the endpoint that takes it.</summary>
    public static Refusal? Match(HttpExchange exchange)
    {
        if (Parse(exchange) is { } refusal)
        {
            return refusal;
        }

        CatalogueMatch match = exchange.Gate.Catalogue.Match(exchange.Method, exchange.Target);
        exchange.Endpoint = match.Endpoint;
        if (match.IsMatch)
        {
            exchange.IsUpgradeAllowed = exchange.Headers.Upgrade is not null && match.Endpoint!.AllowsUpgrade; // matched
            return exchange.Headers.Upgrade is not null && !exchange.IsUpgradeAllowed ? RequestSteps.NoUpgrade : null;
        }

        string word = MatchErrors.Word(match.Error);
        switch (match.Error)
        {
            case MatchError.UnknownPath:
                return Refusal.Denied(GateProblems.UnknownOperation, word);
            case MatchError.MethodNotAllowed:
                exchange.SetHeader("Allow", match.Allow ?? "");
                return Refusal.Denied(GateProblems.MethodNotAllowed, word, 405);
            default:
                return Refusal.Tampered(word);
        }
    }

    /// <summary>Whether the gate has an operation for a method on this target, as far as anybody may know before a login.</summary>
    public static bool Knows(HttpExchange exchange, string method) =>
        Parse(exchange) is null
        && (exchange.Gate.Steps is { IsByCatalogue: false } || exchange.Gate.Catalogue.Match(method, exchange.Target).IsMatch);

    /// <summary>The operations that it means.</summary>
    public static Refusal? Classify(HttpExchange exchange)
    {
        exchange.Operations.Clear();
        ClassifyError error = exchange.Endpoint!.Classify( // Match found it
            exchange.Method, exchange.Target, exchange.Body.Buffered.Span, exchange.GateName, exchange.Scratch, exchange.Operations);
        if (error == ClassifyError.None)
        {
            return null;
        }

        exchange.Operations.Clear();
        string word = error == ClassifyError.MalformedJson ? JsonErrors.Word(exchange.Scratch.JsonError) : ClassifyErrors.Word(error);
        return new Refusal(400, GateProblems.BodyRefused, word, AuditAction.TamperedRequest);
    }

    /// <summary>The path without its query: secrets in queries never enter a record.</summary>
    private static string PathOf(CanonicalTarget target)
    {
        string text = target.ToString();
        int query = text.IndexOf('?');
        return query < 0 ? text : text[..query];
    }
}
