using System.Text;
using Gatehouse.Operations;
using Gatehouse.Protocols.Http;
using Gatehouse.Protocols.Json;

namespace Gatehouse.Protocols.Catalogues;

/// <summary>Classifies whole requests by a catalogue, as a gate does it step by step. For tools: it allocates.</summary>
public static class RequestClasses
{
    /// <summary>Classifies a request.</summary>
    /// <param name="catalogue">The table.</param>
    /// <param name="gate">The gate's name, which resources may begin with.</param>
    /// <param name="method">The method, case-sensitive.</param>
    /// <param name="rawTarget">The request target as it came over the wire.</param>
    /// <param name="contentType">The value of <c>Content-Type</c>, or null.</param>
    /// <param name="body">The body, empty where there is none.</param>
    public static RequestClass Classify(
        this Catalogue catalogue, string gate, string method, string rawTarget, string? contentType, ReadOnlySpan<byte> body)
    {
        var target = new CanonicalTarget();
        TargetError targetError = target.Parse(rawTarget);
        if (targetError != TargetError.None)
        {
            return RequestClass.Refused(TargetErrors.Word(targetError));
        }

        CatalogueMatch match = catalogue.Match(method, target);
        if (match.Endpoint is not { } endpoint || !match.IsMatch)
        {
            return RequestClass.Refused(MatchErrors.Word(match.Error));
        }

        if (!body.IsEmpty && !endpoint.AcceptsContentType(contentType))
        {
            return RequestClass.Refused("content_type");
        }

        var scratch = new ClassifyScratch();
        var operations = new OperationSet();
        ClassifyError error = endpoint.Classify(method, target, endpoint.BodyMode == BodyMode.Stream ? default : body, gate, scratch, operations);
        if (error != ClassifyError.None)
        {
            return RequestClass.Refused(error == ClassifyError.MalformedJson ? JsonErrors.Word(scratch.JsonError) : ClassifyErrors.Word(error));
        }

        return new RequestClass(endpoint.IsAnyPrincipal ? RequestOutcome.Authenticated : RequestOutcome.Operations, Show(operations), null);
    }

    /// <summary>Operations for people: a name that ends with <c>*</c> is all that begin so.</summary>
    internal static IReadOnlyList<RequestOperation> Show(OperationSet operations)
    {
        List<RequestOperation> found = [];
        for (int i = 0; i < operations.Count; i++)
        {
            found.Add(Of(operations[i]));
        }

        return found;
    }

    private static RequestOperation Of(OperationView operation)
    {
        List<string> resources = [];
        for (int i = 0; i < operation.ResourceCount; i++)
        {
            string name = Encoding.UTF8.GetString(operation.Resource(i));
            resources.Add(operation.Scope(i) == ResourceScope.Prefix ? name + "*" : name);
        }

        return new RequestOperation(operation.Action.Name, resources);
    }
}
