using System.Text;
using Gatehouse.Protocols.Elasticsearch.Streams;
using Gatehouse.Protocols.Http;

namespace Gatehouse.Engine.Elasticsearch.Handles;

/// <summary>A place of a target where handles stand.</summary>
/// <param name="Ids">The handles; several where a comma list stands there.</param>
/// <param name="Segment">The path segment, or -1.</param>
/// <param name="Parameter">The query parameter where it is no segment.</param>
internal sealed record HandlePlace(string[] Ids, int Segment, string Parameter)
{
    /// <summary>Finds them.</summary>
    public static List<HandlePlace> Find(HandleRule rule, CanonicalTarget target)
    {
        List<HandlePlace> places = [];
        if (rule.Segment >= 0 && rule.Segment < target.SegmentCount)
        {
            places.Add(new HandlePlace(Split(rule, target.Segment(rule.Segment)), rule.Segment, ""));
        }

        if (rule.Parameter is { } parameter && target.TryGetParameter(Encoding.UTF8.GetBytes(parameter), out ReadOnlySpan<byte> value) && !value.IsEmpty)
        {
            places.Add(new HandlePlace(Split(rule, value), -1, parameter));
        }

        return places;
    }

    /// <summary>The last string at a path of a body, or of the lines of one, that was found well-formed; or null.</summary>
    public static string? Text(ReadOnlyMemory<byte> body, string path, bool isLines)
    {
        string? found = null;
        JsonPaths paths = new(path);
        int start = 0;
        while (start < body.Length)
        {
            int end = isLines ? body.Span[start..].IndexOf((byte)'\n') : -1;
            end = end < 0 ? body.Length : start + end + 1;
            _ = BodySplice.ReplaceStrings(body[start..end], paths, text => found = text); // read only
            start = end;
        }

        return found;
    }

    private static string[] Split(HandleRule rule, ReadOnlySpan<byte> text) =>
        rule.TakesLists ? Encoding.UTF8.GetString(text).Split(',') : [Encoding.UTF8.GetString(text)];
}
