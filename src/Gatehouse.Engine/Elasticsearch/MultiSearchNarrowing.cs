using System.Security.Cryptography;
using Gatehouse.Engine.Elasticsearch.Names;
using Gatehouse.Policy;
using Gatehouse.Protocols.Catalogues;
using Gatehouse.Protocols.Elasticsearch;
using Gatehouse.Protocols.Elasticsearch.Streams;

namespace Gatehouse.Engine.Elasticsearch;

/// <summary>
/// Narrows the searches of an <c>_msearch</c>, each by its own header. A search of which nothing is left asks for no index; where the
/// body is decided on, a name that no index can have stands in its place.
/// </summary>
internal sealed class MultiSearchNarrowing(CompiledPolicy policy, AuthorizationContext context, string? given, bool isStrict, NameNeed need)
{
    /// <summary>
    /// Stands for no index where a body is decided on: names of indices have no upper case. Names of aliases may, so nobody outside
    /// can know it.
    /// </summary>
    public static readonly string NoIndex = "GATEHOUSE-NO-INDEX-" + RandomNumberGenerator.GetHexString(32);

    private bool _hasChanged;
    private bool _hasNothing;

    private readonly HashSet<int> _unproven = [];
    private bool _isRead;
    private bool _readsEverything;

    /// <summary>Whether the list of every search was narrowed, or is allowed with all that it reaches, and no search reads more by itself.</summary>
    public bool IsProven => _isRead && _unproven.Count == 0 && !_readsEverything;

    /// <summary>The same of one search.</summary>
    public bool IsProvenAt(int position) => _isRead && !_unproven.Contains(position) && !_readsEverything;

    /// <summary>
    /// Looks whether a search reads every index by what stands in it, whatever its header says: then what the header was narrowed to
    /// proves nothing.
    /// </summary>
    /// <param name="body">The searches, as they are decided on.</param>
    /// <param name="classify">Reads a body.</param>
    public void LookInto(ReadOnlyMemory<byte> body, Func<ReadOnlyMemory<byte>, ClassifiedRequest> classify)
    {
        Spliced alone = MsearchRewriter.Rewrite(
            body, static header => header.HasPit && header.Expressions is null ? MsearchDecision.Keep : MsearchDecision.Replace([NoIndex]), static id => id);
        _readsEverything = alone.Error != SpliceError.None
            || classify(alone.Body) is not { Class.Refusal: null } read
            || ReadsEverything(read.Others);
    }

    /// <summary>Whether some operation reads every index.</summary>
    public static bool ReadsEverything(IReadOnlyList<RequestOperation> operations) =>
        operations.Any(static o => o.Action == "index:read" && o.Resources.Contains("*", StringComparer.Ordinal));

    /// <summary>The body to forward and the one to decide on; null where it stays as it is.</summary>
    public (ReadOnlyMemory<byte> Forward, ReadOnlyMemory<byte> Decide)? Narrow(ReadOnlyMemory<byte> body)
    {
        Spliced forward = MsearchRewriter.Rewrite(body, header => Decide(header, ["*", "-*"]), static id => id);
        _isRead = forward.Error == SpliceError.None;
        if (forward.Error != SpliceError.None || !_hasChanged)
        {
            return null;
        }

        Spliced decide = _hasNothing ? MsearchRewriter.Rewrite(body, header => Decide(header, [NoIndex]), static id => id) : forward;
        return decide.Error == SpliceError.None ? (forward.Body, decide.Body) : null;
    }

    private MsearchDecision Decide(MsearchHeader header, string[] nothing)
    {
        if (header.HasPit && header.Expressions is null)
        {
            return MsearchDecision.Keep;
        }

        var narrowing = new SlotNarrowing(
            policy, context, SlotNarrowing.Options(header.ExpandWildcards, header.IgnoreUnavailable ?? false, isStrict), need);
        string asked = header.Expressions is { } expressions ? string.Join(',', expressions) : given ?? "";
        string? narrowed = narrowing.Narrow("index:read", asked);
        if (narrowing.HasUnproven)
        {
            _unproven.Add(header.Position);
        }

        if (narrowed is null)
        {
            return MsearchDecision.Keep;
        }

        _hasChanged = true;
        _hasNothing |= narrowed == SlotNarrowing.Nothing;
        return MsearchDecision.Replace(narrowed == SlotNarrowing.Nothing ? nothing : narrowed.Split(','));
    }
}
