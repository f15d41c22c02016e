using System.Buffers;

namespace Gatehouse.Policy.Indices;

/// <summary>The names of a cluster that somebody may see, each decided once.</summary>
internal sealed class NameList
{
    private static readonly SearchValues<char> Impossible = SearchValues.Create("*,:<>/\\?#\" |");

    private readonly List<(string Name, bool IsStream, string? Stream)> _visible = [];
    private readonly HashSet<string> _streams = new(StringComparer.Ordinal);
    private readonly bool _expandsHidden;

    public NameList(IndexSight sight, IndexNames names, bool expandsHidden)
    {
        _expandsHidden = expandsHidden;
        var denied = new Dictionary<string, bool>(StringComparer.Ordinal);
        bool hasDeny = sight.HasDeny;

        // An alias is where its indices say so, too.
        HashSet<string> closed = new(StringComparer.Ordinal);
        foreach (ResolvedIndex index in names.Indices)
        {
            if (IsDenied(index.Name))
            {
                closed.UnionWith(index.Aliases);
                closed.Add(index.DataStream ?? "");
            }

            Add(index.Name, isStream: false, index.DataStream, reached: []);
        }

        foreach (ResolvedAlias alias in names.Aliases)
        {
            Add(alias.Name, isStream: false, stream: null, alias.Indices);
        }

        foreach (ResolvedStream stream in names.DataStreams)
        {
            Add(stream.Name, isStream: true, stream: null, stream.BackingIndices);
        }

        void Add(string name, bool isStream, string? stream, IReadOnlyList<string> reached)
        {
            if (IsName(name) && !closed.Contains(name) && sight.Decide(name) == DenialReason.None && !reached.Any(IsDenied))
            {
                _visible.Add((name, isStream, stream));
                if (isStream)
                {
                    _streams.Add(name);
                }
            }
        }

        bool IsDenied(string name)
        {
            if (hasDeny && !denied.TryGetValue(name, out _))
            {
                denied[name] = sight.Decide(name) == DenialReason.ExplicitDeny;
            }

            return hasDeny && denied[name];
        }
    }

    /// <summary>Adds those that an expression stands for.</summary>
    public void Find(Glob expression, bool isDotted, string selector, NarrowedList list)
    {
        foreach ((string name, bool isStream, string? stream) in _visible)
        {
            // A backing index is there with its stream; failures have streams only.
            bool isThere = (isStream || selector != "::failures")
                && (isDotted || _expandsHidden || name[0] != '.')
                && (stream is null || !_streams.Contains(stream) || !expression.Covers(Glob.Parse(stream)))
                && expression.Covers(Glob.Parse(name));
            if (isThere)
            {
                list.Add(name + selector, isWildcard: false);
            }
        }
    }

    // What the cluster says is sent back to it: nothing in it may be read as more than a name.
    private static bool IsName(string name) =>
        name.Length > 0 && name[0] is not ('-' or '+' or '_') && !name.AsSpan().ContainsAny(Impossible);
}
