using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Gatehouse.Administration;
using Gatehouse.Administration.Cluster;
using Gatehouse.Problems;
using Gatehouse.Protocols.Http;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Engine.Administration;

/// <summary>Step 5 of the API: path, query and body, strictly.</summary>
internal static class AdminRequestReader
{
    /// <summary>Largest body, but for endpoints that say otherwise.</summary>
    public const int MaxBody = 1024 * 1024;

    /// <summary>Reads the query parameters an endpoint knows; a problem for any other, a repeated or an empty one.</summary>
    public static ImmutableDictionary<string, string> Query(CanonicalTarget target, AdminEndpoint endpoint, out Problem? problem)
    {
        var query = ImmutableDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        for (int i = 0; i < target.ParameterCount; i++)
        {
            string name = Encoding.UTF8.GetString(target.ParameterName(i));
            if (!endpoint.Parameters.Contains(name))
            {
                string known = endpoint.Parameters.IsEmpty ? "it takes none" : "it takes " + string.Join(", ", endpoint.Parameters);
                problem = Malformed($"`{Shown(name)}` is no parameter of this endpoint", known);
                return query.ToImmutable();
            }

            if (!target.ParameterHasValue(i) || !query.TryAdd(name, Encoding.UTF8.GetString(target.ParameterValue(i))))
            {
                problem = Malformed($"the parameter `{name}` is empty or repeated");
                return query.ToImmutable();
            }
        }

        problem = null;
        return query.ToImmutable();
    }

    /// <summary>Reads the body as the endpoint wants it, at most <paramref name="most"/> bytes.</summary>
    public static async ValueTask<(object? Body, Problem? Problem)> BodyAsync(HttpRequest request, AdminEndpoint endpoint, int most, CancellationToken cancellation)
    {
        if (endpoint.Body is null)
        {
            return AdminStrictness.HasBody(request) ? (null, Malformed("this endpoint takes no body")) : (null, null);
        }

        if (!AdminStrictness.IsJson(request))
        {
            return (null, Malformed("the body must be JSON", "send Content-Type: application/json"));
        }

        byte[] buffer = ArrayPool<byte>.Shared.Rent(Math.Clamp((int)Math.Min(request.ContentLength ?? 4096, MaxBody), 256, MaxBody) + 1);
        int length = 0;
        try
        {
            int read;
            while ((read = await request.Body.ReadAsync(buffer.AsMemory(length), cancellation)) > 0)
            {
                length += read;
                if (length > most)
                {
                    return (null, Malformed($"the body is longer than {most / MaxBody} MiB"));
                }

                if (length == buffer.Length)
                {
                    byte[] larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
                    buffer.AsSpan(0, length).CopyTo(larger);
                    ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
                    buffer = larger;
                }
            }

            return Parse(buffer.AsSpan(0, length), endpoint);
        }
        catch (BadHttpRequestException)
        {
            return (null, Malformed("the body was cut short or framed wrongly"));
        }
        finally
        {
            // Passwords come this way.
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
    }

    /// <summary>User input for a text: control characters neutralised, cut at 100 characters.</summary>
    public static string Shown(string text)
    {
        string cut = text.Length > 100 ? text[..100] + "..." : text;
        return string.Create(cut.Length, cut, static (into, from) =>
        {
            for (int i = 0; i < from.Length; i++)
            {
                into[i] = char.IsControl(from[i]) || char.IsSurrogate(from[i])
                    || char.GetUnicodeCategory(from[i]) is System.Globalization.UnicodeCategory.Format or System.Globalization.UnicodeCategory.LineSeparator or System.Globalization.UnicodeCategory.ParagraphSeparator
                    ? '\uFFFD'
                    : from[i];
            }
        });
    }

    /// <summary>A body or query that was not understood.</summary>
    public static Problem Malformed(string text, string? hint = null) =>
        AdministrationProblems.RequestMalformed.Because(text, hint: hint);

    // The reader refuses `null` where a member has none, but not within a list.
    private static IEnumerable<object?> ElementsOf(object body) => body switch
    {
        RoleView role => role.Grants,
        ApiKeyCreateRequest key => key.Grants ?? [],
        EnrolmentBegin begin => begin.ServerNames,
        EnrolmentComplete complete => complete.Addresses,
        JoinTokenRequest token => [.. token.Roles, .. token.Services, .. token.SameHosts],
        _ => [],
    };

    private static (object? Body, Problem? Problem) Parse(ReadOnlySpan<byte> utf8, AdminEndpoint endpoint)
    {
        try
        {
            // `null` is JSON, but no request.
            object? body = JsonSerializer.Deserialize(utf8, endpoint.Body!);
            return body is null || ElementsOf(body).Any(static element => element is null)
                ? (null, Malformed("the body, or an element of a list in it, is `null`"))
                : (body, null);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // Half a surrogate pair in an escape comes as InvalidOperationException.
            var wrong = fault as JsonException;
            // The exception's own text may quote the value, which may be a password.
            string place = wrong?.Path is null or "$" ? "" : $" at `{Shown(wrong.Path)}`";
            return (null, Malformed(
                $"the body is not understood{place}: a member is unknown, repeated, missing or of the wrong type, or it is not strict JSON"));
        }
    }
}
