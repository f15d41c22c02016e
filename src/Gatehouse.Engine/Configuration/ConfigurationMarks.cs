using Gatehouse.Problems;

namespace Gatehouse.Engine.Configuration;

/// <summary>Where the values of a configuration stood in its file, by path such as <c>gates.etcd.upstream</c>.</summary>
internal sealed class ConfigurationMarks(string source, IReadOnlyDictionary<string, ProblemLocation> places)
{
    /// <summary>For configurations that come from no file.</summary>
    public static ConfigurationMarks None { get; } = new("configuration", new Dictionary<string, ProblemLocation>());

    /// <summary>The place of a path, of the nearest path above it, or the file itself.</summary>
    public ProblemLocation Of(string path)
    {
        while (path.Length > 0)
        {
            if (places.TryGetValue(path, out ProblemLocation? place))
            {
                return place;
            }

            path = path[..Math.Max(0, path.LastIndexOf('.'))];
        }

        return new ProblemLocation(source);
    }
}
