using System.Text;
using Gatehouse.Protocols.Json;

namespace Gatehouse.Protocols.Catalogues;

/// <summary>Turns the pointers of an endpoint into the shape of its body, and checks what only the whole endpoint shows.</summary>
internal static class EndpointCompiler
{
    /// <summary>Completes the draft's definition; gives what is wrong, or null.</summary>
    public static string? Compile(EndpointDraft draft)
    {
        EndpointDefinition definition = draft.Definition;
        if (CheckQuery(definition, draft.Operations) is { } query)
        {
            return query;
        }

        bool usesBody = definition.Fields.Length > 0 || definition.AnyField ||
            draft.Operations.Exists(static o => o.When is not null || o.Resources.Any(static r => r.Pointer is not null));
        if (definition.BodyMode != BodyMode.Json)
        {
            definition.Operations = [.. draft.Operations];
            return usesBody ? "JSON pointers need `body=json(SIZE)`" : null;
        }

        BodyShape shape = new(isClosed: !definition.AnyField);
        foreach (JsonPointer field in definition.Fields)
        {
            if (shape.Node(field) is not { } node)
            {
                return Conflict(field);
            }

            node.IsOpen |= field.IsOpen;
            node.IsListed |= !field.IsOpen;
        }

        EndpointOperation[] operations = new EndpointOperation[draft.Operations.Count];
        List<(JsonPointer Pointer, ShapeNode Node)> named = [];
        for (int i = 0; i < operations.Length; i++)
        {
            if (CompileOperation(draft.Operations[i], shape, named) is not { } operation)
            {
                return Conflict(draft.Operations[i]);
            }

            operations[i] = operation;
        }

        foreach ((JsonPointer pointer, ShapeNode node) in named)
        {
            if (node.LeafSlot >= 0 && (node.HasChildren || node.IsOpen))
            {
                return $"`{pointer.Text}` names a resource, so it is a string and nothing can lie below it";
            }

            // Only a condition: whatever stands there counts, and a scalar is not refused for not being listed.
            node.IsListed |= !node.HasChildren && !node.IsOpen;
        }

        definition.Operations = operations;
        definition.Shape = shape;
        return null;
    }

    private static EndpointOperation? CompileOperation(
        EndpointOperation operation, BodyShape shape, List<(JsonPointer Pointer, ShapeNode Node)> named)
    {
        int whenSlot = -1;
        if (operation.When is { } when)
        {
            if (shape.Node(when) is not { } node)
            {
                return null;
            }

            whenSlot = shape.Presence(node);
            named.Add((when, node));
        }

        ResourceRule[] rules = new ResourceRule[operation.Resources.Length];
        for (int i = 0; i < rules.Length; i++)
        {
            if (CompileRule(operation.Resources[i], operation.When, shape, named) is not { } rule)
            {
                return null;
            }

            rules[i] = rule;
        }

        return operation with { Resources = rules, WhenSlot = whenSlot };
    }

    private static ResourceRule? CompileRule(
        ResourceRule rule, JsonPointer? when, BodyShape shape, List<(JsonPointer Pointer, ShapeNode Node)> named)
    {
        if (rule.Pointer is not { } pointer)
        {
            return rule;
        }

        if (shape.Node(pointer) is not { } node)
        {
            return null;
        }

        named.Add((pointer, node));
        ResourceRule compiled = rule with { Slot = shape.Leaf(node) };
        if (rule.RangeEnd is { } rangeEnd)
        {
            if (shape.Node(rangeEnd) is not { } endNode)
            {
                return null;
            }

            named.Add((rangeEnd, endNode));
            compiled = compiled with { EndSlot = shape.Leaf(endNode) };
        }

        // The anchor is what there must be one name for: each value of the condition, or each element of the last array.
        JsonPointer? anchor = null;
        int last = pointer.LastWildcard;
        if (when is not null && when.IsHeadOf(pointer) && when.Steps.Count >= last)
        {
            anchor = when;
        }
        else if (last > 0)
        {
            anchor = pointer.Head(last);
        }

        return anchor is null || shape.Node(anchor) is not { } anchorNode
            ? compiled
            : compiled with { AnchorSlot = shape.Presence(anchorNode) };
    }

    private static string? CheckQuery(EndpointDefinition definition, List<EndpointOperation> operations)
    {
        foreach (NamePart part in operations.SelectMany(static o => o.Resources).SelectMany(static r => r.Parts))
        {
            if (part.Kind == NamePartKind.Query && !definition.AnyQuery)
            {
                definition.Query = [.. definition.Query, part.Text];
            }
        }

        foreach (ResourceRule rule in operations.SelectMany(static o => o.Resources))
        {
            bool repeated = rule.WholeParameter is null && rule.Parts.Any(p =>
                p.Kind == NamePartKind.Query && (definition.AnyRepeat || definition.Repeat.Any(r => r.AsSpan().SequenceEqual(p.Text))));
            if (repeated)
            {
                return "a repeatable parameter can only be a resource by itself, `{query." +
                    Encoding.UTF8.GetString(rule.Parts[^1].Text) + "}`";
            }
        }

        definition.Query = [.. definition.Query, .. definition.Repeat];
        return null;
    }

    private static string Conflict(JsonPointer pointer) =>
        $"`{pointer.Text}` expects an object where another pointer expects an array, or the other way round";

    private static string Conflict(EndpointOperation operation) =>
        $"a pointer of `{operation.ActionName}` expects an object where another pointer expects an array, or the other way round";
}
