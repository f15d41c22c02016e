using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Gatehouse.Operations;
using Gatehouse.Protocols.Hocon;

namespace Gatehouse.Protocols.Ignite.Rest;

/// <summary>
/// What a change of Ignite's configuration touches: <c>config.write</c> on each part below <c>ignite</c>, and <c>security.admin</c> where
/// <c>ignite.security</c> may be among it, in whatever spelling. A part is <c>SCOPE:ignite.PART</c> and all that lies below it, SCOPE being
/// <c>node</c> or <c>cluster</c>. Whether Ignite minds upper and lower case in keys is not known: here it makes no difference.
/// </summary>
internal static class IgniteConfigurationBody
{
    private const string Root = "ignite";
    private const string Security = "security";

    // Section 3 of Ignite's configuration: the parts of both scopes.
    private static readonly FrozenDictionary<string, string> Parts = new[]
    {
        "clientConnector", "compute", "deployment", "eventlog", "failureHandler", "gc", "metrics", "network", "nodeAttributes", "raft", "replication",
        "rest", "schemaSync", Security, "sql", "storage", "suggestions", "system", "transaction",
    }.ToFrozenDictionary(static p => p, StringComparer.OrdinalIgnoreCase);

    /// <summary>The body of a PATCH.</summary>
    /// <param name="scope"><c>node</c> or <c>cluster</c>.</param>
    /// <param name="body">HOCON.</param>
    /// <param name="into">Takes the operations.</param>
    /// <param name="request">What is recorded.</param>
    public static IgniteRestFault? ReadChange(string scope, ReadOnlySpan<byte> body, OperationSet into, out IgniteRestRequest request)
    {
        request = new IgniteRestRequest();
        if (!HoconDocument.TryParse(body, out HoconDocument? document, out HoconError? error))
        {
            return Fault(error);
        }

        IgniteRestFault? fault = AddChange(scope, document, into, out bool touchesSecurity);
        request = new IgniteRestRequest { TouchesSecurity = touchesSecurity, RedactedBody = document.ToRedactedJson() };
        return fault;
    }

    /// <summary>The body of <c>cluster/init</c>, a JSON object with no members but the known ones, each once.</summary>
    public static IgniteRestFault? ReadInitialization(ReadOnlySpan<byte> body, OperationSet into, out IgniteRestRequest request)
    {
        request = new IgniteRestRequest();
        if (body.IsEmpty)
        {
            return new IgniteRestFault("empty_body", "a body is missing");
        }

        into.Begin(IgniteRestActions.Of(IgniteRestActions.Initialize));
        using JsonDocument json = JsonDocument.Parse(body.ToArray());
        if (json.RootElement.ValueKind != JsonValueKind.Object)
        {
            return new IgniteRestFault("unexpected_type", "the body is an object");
        }

        if (!json.RootElement.TryGetProperty("clusterConfiguration", out JsonElement configuration) || configuration.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (configuration.ValueKind != JsonValueKind.String)
        {
            return new IgniteRestFault("unexpected_type", "`clusterConfiguration` is a text");
        }

        string text = configuration.GetString()!; // it is a text
        return text.Length == 0 ? null : ReadChange("cluster", Encoding.UTF8.GetBytes(text), into, out request);
    }

    /// <summary>What is read of the configuration.</summary>
    /// <param name="scope"><c>node</c> or <c>cluster</c>.</param>
    /// <param name="path">The key with all that lies below it, or null for everything.</param>
    /// <param name="into">Takes the resources, in the operation begun.</param>
    public static IgniteRestFault? ReadPath(string scope, string? path, OperationSet into)
    {
        if (path is null)
        {
            into.AddPrefix(Encoding.UTF8.GetBytes(scope + ":"));
            return null;
        }

        if (!HoconPath.TryParse(path, out ImmutableArray<string> segments, out HoconError? error))
        {
            return Fault(error);
        }

        if (Canonical(segments, segments.Length, out string name) is { } fault)
        {
            return fault;
        }

        AddBelow(scope, name, into);
        return null;
    }

    private static IgniteRestFault? AddChange(string scope, HoconDocument document, OperationSet into, out bool touchesSecurity)
    {
        touchesSecurity = false;
        bool isWhole = false;
        var parts = new SortedSet<string>(StringComparer.Ordinal);
        foreach (HoconEntry entry in document.Entries)
        {
            // Nothing, or `ignite` itself with a value: whoever replaces it replaces what says who may.
            if (entry.Segments.IsEmpty)
            {
                isWhole = true;
                continue;
            }

            if (Canonical(entry.Segments, 2, out string name) is { } fault)
            {
                return fault;
            }

            isWhole |= entry.Segments.Length == 1;
            touchesSecurity |= name == Root + "." + Security;
            parts.Add(name);
        }

        touchesSecurity |= isWhole;
        into.Begin(IgniteRestActions.Of(IgniteRestActions.WriteConfiguration));
        foreach (string name in isWhole ? [] : parts)
        {
            AddBelow(scope, name, into);
        }

        if (isWhole)
        {
            into.AddPrefix(Encoding.UTF8.GetBytes(scope + ":"));
        }

        if (touchesSecurity)
        {
            into.Begin(IgniteRestActions.Of(IgniteRestActions.Secure));
        }

        return null;
    }

    /// <summary>The first segments as Ignite's own names are written.</summary>
    private static IgniteRestFault? Canonical(ImmutableArray<string> segments, int count, out string name)
    {
        name = "";
        if (!segments[0].Equals(Root, StringComparison.OrdinalIgnoreCase) || !HoconPath.IsBare(segments[0]))
        {
            return new IgniteRestFault("config_root", "keys begin with `ignite`");
        }

        if (segments.Length > 1 && !HoconPath.IsBare(segments[1]))
        {
            return new IgniteRestFault("config_key", "a part of the configuration has letters, digits, `_` and `-` only");
        }

        IEnumerable<string> rest = segments.Length > 1 ? segments.Skip(2).Take(count - 2).Prepend(Parts.GetValueOrDefault(segments[1], segments[1])) : [];
        name = HoconPath.Write(rest.Prepend(Root));
        return null;
    }

    // The key itself and what lies below it: a deny of either must be found.
    private static void AddBelow(string scope, string name, OperationSet into)
    {
        into.AddResource(Encoding.UTF8.GetBytes($"{scope}:{name}"));
        into.AddPrefix(Encoding.UTF8.GetBytes($"{scope}:{name}."));
    }

    private static IgniteRestFault Fault(HoconError error) => new(error.Reason, $"line {error.Line}, column {error.Column}: {error.Detail}");
}
