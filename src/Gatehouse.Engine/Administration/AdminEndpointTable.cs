using System.Collections.Immutable;
using System.Text;
using Gatehouse.Problems;
using Gatehouse.Protocols.Http;

namespace Gatehouse.Engine.Administration;

/// <summary>Every endpoint of the API. Made once; a table with an endpoint that is not complete is none.</summary>
internal sealed class AdminEndpointTable
{
    private AdminEndpointTable(ImmutableArray<AdminEndpoint> endpoints) => Endpoints = endpoints;

    /// <summary>All of them.</summary>
    public ImmutableArray<AdminEndpoint> Endpoints { get; }

    /// <summary>Checks and keeps the endpoints.</summary>
    /// <exception cref="ProblemException">GH9020: an endpoint without an action, or two for one request.</exception>
    public static AdminEndpointTable Create(IEnumerable<AdminEndpoint> endpoints)
    {
        HashSet<string> seen = new(StringComparer.Ordinal);
        ImmutableArray<AdminEndpoint> all = [.. endpoints];
        foreach (AdminEndpoint endpoint in all)
        {
            string line = $"{endpoint.Method} {endpoint.Template}";
            string shape = $"{endpoint.Method} {string.Join('/', endpoint.Segments.Select(static s => s.StartsWith('{') ? "{}" : s))}";
            string? wrong = string.IsNullOrWhiteSpace(endpoint.Action) ? "has no action"
                : endpoint.Segments is not ["v1", _, ..] ? "is not below `/v1`"
                : endpoint.Method is not ("GET" or "POST" or "PUT" or "PATCH" or "DELETE") ? "has an unknown method"
                : endpoint.Method == "GET" && (endpoint.Changes || endpoint.Body is not null) ? "changes something or takes a body by GET"
                : !seen.Add(shape) ? "is there twice"
                : null;
            if (wrong is not null)
            {
                throw AdministrationProblems.EndpointTable.Exception($"every method must be in the table: `{line}` {wrong}");
            }
        }

        return new AdminEndpointTable(all);
    }

    /// <summary>Finds the endpoint of a request; null with the allowed methods (empty: no such path) when there is none.</summary>
    public AdminEndpoint? Match(string method, CanonicalTarget target, out string name, out string allow)
    {
        name = "";
        allow = "";
        if (target.HasTrailingSlash)
        {
            return null;
        }

        AdminEndpoint? found = null;
        foreach (AdminEndpoint endpoint in Endpoints)
        {
            if (!Fits(endpoint, target, out string captured))
            {
                continue;
            }

            if (endpoint.Method == method)
            {
                // A literal segment wins over a name: `/v1/audit/tail` is not the record `tail`.
                if (found is null || captured.Length == 0)
                {
                    found = endpoint;
                    name = captured;
                }
            }
            else
            {
                allow = allow.Length == 0 ? endpoint.Method : $"{allow}, {endpoint.Method}";
            }
        }

        return found;
    }

    private static bool Fits(AdminEndpoint endpoint, CanonicalTarget target, out string captured)
    {
        captured = "";
        if (endpoint.Segments.Length != target.SegmentCount)
        {
            return false;
        }

        for (int i = 0; i < endpoint.Segments.Length; i++)
        {
            string segment = endpoint.Segments[i];
            if (target.HasEncodedSlash(i))
            {
                return false;
            }

            if (segment.StartsWith('{'))
            {
                captured = Encoding.UTF8.GetString(target.Segment(i));
            }
            else if (!Ascii.Equals(target.Segment(i), segment))
            {
                return false;
            }
        }

        return true;
    }
}
