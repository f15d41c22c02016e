using Gatehouse.Engine.Gates;
using Gatehouse.Operations;
using Gatehouse.Policy;
using Gatehouse.Policy.Indices;
using Gatehouse.Protocols.Catalogues;
using Gatehouse.Protocols.Elasticsearch;
using Gatehouse.Protocols.Http;

namespace Gatehouse.Engine.Elasticsearch;

/// <summary>
/// Narrows the lists of a request to what the caller may see, as Elasticsearch's own security does: a wildcard shrinks, a name that
/// is not allowed is refused (reference: security, authorization of wildcard and alias expressions).
/// </summary>
internal static class SlotNarrowing
{
    /// <summary>What no index matches, as Elasticsearch itself writes it.</summary>
    private const string Nothing = "*,-*";

    /// <summary>Puts narrower lists into the target.</summary>
    public static void Narrow(
        IReadOnlyList<IndexSlot> slots, CanonicalTarget target, TargetRewriter rewriter)
    {
        Dictionary<(int Segment, int InsertAt), string> texts = [];
        foreach (IndexSlot slot in slots)
        {
            // What several actions need is narrowed by each of them.
            string text = texts.GetValueOrDefault((slot.Segment, slot.InsertAt), slot.Text);
            if ((slot.Segment >= 0 || slot.InsertAt >= 0) && NarrowOne(text) is { } narrowed)
            {
                texts[(slot.Segment, slot.InsertAt)] = narrowed;
            }
        }

        foreach (((int segment, int insertAt), string text) in texts)
        {
            if (segment >= 0)
            {
                rewriter.Replace(segment, text);
            }
            else
            {
                rewriter.Insert(insertAt, text);
                rewriter.Drop("index");
            }
        }
    }

    /// <summary>What is to be decided of the lists of a request as it is forwarded.</summary>
    public static IEnumerable<RequestOperation> Operations(IReadOnlyList<IndexSlot> slots)
    {
        foreach (IndexSlot slot in slots)
        {
            if (slot.Text == Nothing)
            {
                // Nothing is asked of any index; that the action itself is granted must hold all the same.
                yield return new RequestOperation(slot.Action, []);
            }
            else if (IndexLists.TryRead(slot.Action, slot.Text, out IReadOnlyList<RequestOperation> asked))
            {
                foreach (RequestOperation operation in asked)
                {
                    yield return operation;
                }
            }
        }
    }

    private static string? NarrowOne(string text) => text == Nothing ? text : null;
}
