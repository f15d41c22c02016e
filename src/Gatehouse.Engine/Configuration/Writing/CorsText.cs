using System.Collections.Immutable;

namespace Gatehouse.Engine.Configuration.Writing;

/// <summary>The <c>cors</c> mapping of a gate on one line: what differs from the defaults.</summary>
internal static class CorsText
{
    /// <summary>The mapping in braces, or null where there is none.</summary>
    public static string? Of(CorsConfiguration? cors)
    {
        if (cors is null)
        {
            return null;
        }

        var plain = new CorsConfiguration();
        (string Key, string? Value)[] all =
        [
            ("origins", List(cors.Origins, [])), ("methods", List(cors.Methods, plain.Methods)), ("headers", List(cors.Headers, plain.Headers)),
            ("expose", List(cors.Expose, plain.Expose)), ("credentials", cors.Credentials ? "true" : null),
            ("max_age", cors.MaxAge == plain.MaxAge ? null : Quantities.WriteDuration(cors.MaxAge)),
        ];
        return "{ " + string.Join(", ", all.Where(static p => p.Value is not null).Select(static p => $"{p.Key}: {p.Value}")) + " }";
    }

    // Every value in quotes: between braces a colon ends a plain word, and none of these has a quote in it.
    private static string? List(ImmutableArray<string> values, ImmutableArray<string> plain) =>
        !values.IsEmpty && values.SequenceEqual(plain) ? null : "[" + string.Join(", ", values.Select(static v => $"'{v}'")) + "]";
}
