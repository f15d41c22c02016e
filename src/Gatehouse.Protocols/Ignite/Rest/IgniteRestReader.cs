using System.Diagnostics.CodeAnalysis;
using System.Text;
using Gatehouse.Operations;
using Gatehouse.Protocols.Catalogues;
using Gatehouse.Protocols.Http;
using Gatehouse.Protocols.Ignite.Calls;
using Gatehouse.Protocols.Json;

namespace Gatehouse.Protocols.Ignite.Rest;

/// <summary>
/// Step 5 of gates for Ignite's REST API: which operations a request is, on what. In place of <see cref="CatalogueEndpoint.Classify"/>,
/// after <see cref="Catalogue.Match"/> of <see cref="IgniteRestCatalogue.Routes"/>. Where an action has resources elsewhere, a request
/// that names none is about all of them, and not about none.
/// </summary>
public static class IgniteRestReader
{
    /// <summary>Reads a request.</summary>
    /// <param name="endpoint">The endpoint that took it.</param>
    /// <param name="method">The method.</param>
    /// <param name="target">The target that was matched.</param>
    /// <param name="body">The whole body where <see cref="IgniteRestCatalogue.IsWholeBody"/> says so, else empty.</param>
    /// <param name="into">Takes the operations; empty on a fault.</param>
    /// <param name="request">What else was read.</param>
    /// <param name="fault">Why it is refused.</param>
    public static bool TryRead(
        CatalogueEndpoint endpoint, string method, CanonicalTarget target, ReadOnlySpan<byte> body, OperationSet into,
        [NotNullWhen(true)] out IgniteRestRequest? request, [NotNullWhen(false)] out IgniteRestFault? fault)
    {
        request = new IgniteRestRequest();
        into.Clear();
        fault = CheckTarget(target) ?? CheckJson(endpoint, method, target, body, into);
        if (fault is null)
        {
            into.Clear();
            fault = Read(endpoint, target, body, into, ref request);
        }

        if (fault is null && into.Count > 0)
        {
            return true;
        }

        fault ??= new IgniteRestFault("no_operation", "no operation is known for it");
        into.Clear();
        request = null;
        return false;
    }

    private static IgniteRestFault? Read(
        CatalogueEndpoint endpoint, CanonicalTarget target, ReadOnlySpan<byte> body, OperationSet into, ref IgniteRestRequest request)
    {
        string action = endpoint.Actions[0];
        switch (action)
        {
            case IgniteRestActions.Initialize:
                return IgniteConfigurationBody.ReadInitialization(body, into, out request);
            case IgniteRestActions.WriteConfiguration:
                return IgniteConfigurationBody.ReadChange(Word(target, 3), body, into, out request);
            case IgniteRestActions.ReadConfiguration:
                into.Begin(IgniteRestActions.Of(action));
                return IgniteConfigurationBody.ReadPath(Word(target, 3), target.SegmentCount > 4 ? Word(target, 4) : null, into);
            case IgniteRestActions.Administer:
                into.Begin(IgniteRestActions.Of(action));
                return IgniteRestNames.CheckClusterName(body);
            case IgniteRestActions.Deploy or IgniteRestActions.Undeploy or IgniteRestActions.ReadCode:
                into.Begin(IgniteRestActions.Of(action));
                return ReadUnit(endpoint, target, into, ref request);
            case IgniteRestActions.ReadJobs or IgniteRestActions.ManageJobs:
                into.Begin(IgniteRestActions.Of(action));
                return ReadJob(target, into);
            case IgniteRestActions.ReadCluster or IgniteRestActions.Recover:
                into.Begin(IgniteRestActions.Of(action));
                return ReadZone(endpoint, target, into);
            case IgniteRestActions.WriteMetrics:
                into.Begin(IgniteRestActions.Of(action));
                return IgniteRestNames.ReadSource(body, into);
            default:
                into.Begin(IgniteRestActions.Of(action));
                return endpoint.Template.EndsWith('}') && !IgniteRestNames.IsId(target.Segment(target.SegmentCount - 1))
                    ? new IgniteRestFault("object_id", "an id has letters, digits and `-` only")
                    : null;
        }
    }

    private static IgniteRestFault? ReadUnit(CatalogueEndpoint endpoint, CanonicalTarget target, OperationSet into, ref IgniteRestRequest request)
    {
        if (!endpoint.Template.Contains("{id}", StringComparison.Ordinal))
        {
            into.AddPrefix([]);
            return null;
        }

        bool hasVersion = endpoint.Template.EndsWith("{version}", StringComparison.Ordinal);
        int last = target.SegmentCount - 1;
        string id = Word(target, hasVersion ? last - 1 : last);
        string? version = hasVersion ? Word(target, last) : null;
        if (!IgniteRestNames.IsUnitWord(id) || (version is not null && !IgniteRestNames.IsUnitWord(version)))
        {
            return new IgniteRestFault("unit_name", "the id and version of a unit have letters, digits, `.`, `_` and `-`, and begin with a letter, a digit or `_`");
        }

        // A node reads 1, 1.0 and 1.0.0 as one version: rights are asked for in the one form, as they are of jobs.
        string? canonical = version is null ? null : IgniteUnitVersions.Canonical(version);
        if (version is not null && canonical is null)
        {
            return new IgniteRestFault("unit_version", "a unit's version is one to three numbers with dots, and `-` with a qualifier where there is one");
        }

        byte[] name = Encoding.ASCII.GetBytes($"{id}:{canonical}");
        if (hasVersion)
        {
            into.AddResource(name);
        }
        else
        {
            into.AddPrefix(name);
        }

        request = endpoint.Actions[0] == IgniteRestActions.ReadCode ? request : new IgniteRestRequest { UnitId = id, UnitVersion = version };
        return target.TryGetParameter("deployMode"u8, out ReadOnlySpan<byte> mode) && !mode.SequenceEqual("MAJORITY"u8) && !mode.SequenceEqual("ALL"u8)
            ? new IgniteRestFault("deploy_mode", "`deployMode` is `MAJORITY` or `ALL`")
            : null;
    }

    private static IgniteRestFault? ReadJob(CanonicalTarget target, OperationSet into)
    {
        // /management/v1/compute/jobs[/{job}[/priority]]
        if (target.SegmentCount == 4)
        {
            into.AddPrefix([]);
            return null;
        }

        if (!Guid.TryParseExact(Word(target, 4), "D", out Guid job))
        {
            return new IgniteRestFault("job_id", "a job's id is a UUID in five groups");
        }

        into.AddResource(Encoding.ASCII.GetBytes(job.ToString("D")));
        return null;
    }

    private static IgniteRestFault? ReadZone(CatalogueEndpoint endpoint, CanonicalTarget target, OperationSet into)
    {
        if (!endpoint.Template.Contains("{zone}", StringComparison.Ordinal))
        {
            into.AddPrefix([]);
            return null;
        }

        // Whether Ignite folds the name as SQL does is not known: with letters of both cases it must be right in both readings.
        string zone = Word(target, 3);
        if (!IgniteRestNames.IsZone(zone))
        {
            return new IgniteRestFault("zone_name", "a zone's name has letters, digits and `_`, and does not begin with a digit");
        }

        into.AddResource(Encoding.ASCII.GetBytes(zone.ToUpperInvariant()));
        if (zone.Any(char.IsAsciiLetterLower))
        {
            into.AddResource(Encoding.ASCII.GetBytes($"\"{zone}\""));
        }

        return null;
    }

    // What would be decoded once more behind the gate, or cut off there, is no name.
    private static IgniteRestFault? CheckTarget(CanonicalTarget target)
    {
        for (int i = 0; i < target.SegmentCount; i++)
        {
            if (target.Segment(i).IndexOfAny((byte)'%', (byte)';') >= 0)
            {
                return new IgniteRestFault("path_character", "`%` and `;` have no place in a path, encoded or not");
            }
        }

        for (int i = 0; i < target.ParameterCount; i++)
        {
            if (!target.ParameterHasValue(i) || target.ParameterValue(i).IndexOfAny((byte)'%', (byte)';') >= 0)
            {
                return new IgniteRestFault("parameter_value", "a parameter has a value without `%` and `;`, encoded or not");
            }
        }

        return null;
    }

    private static IgniteRestFault? CheckJson(CatalogueEndpoint endpoint, string method, CanonicalTarget target, ReadOnlySpan<byte> body, OperationSet into)
    {
        if (endpoint.BodyMode != BodyMode.Json || body.IsEmpty)
        {
            return null;
        }

        var scratch = new ClassifyScratch();
        ClassifyError error = endpoint.Classify(method, target, body, "", scratch, into);
        return error == ClassifyError.None ? null
            : new IgniteRestFault(
                error == ClassifyError.MalformedJson ? JsonErrors.Word(scratch.JsonError) : ClassifyErrors.Word(error), "the body is not the JSON that this endpoint takes");
    }

    private static string Word(CanonicalTarget target, int segment) => Encoding.UTF8.GetString(target.Segment(segment));
}
