using System.Buffers;
using System.Text;
using Gatehouse.Protocols.Elasticsearch.Streams;

namespace Gatehouse.Protocols.Tests.Elasticsearch.Streams;

/// <summary>Runs a bulk through the filter. What a predicate refuses is refused; none refuses nothing.</summary>
internal sealed class Bulk : IBulkJudge
{
    private readonly Func<string, string, bool> _refuses;
    private readonly ArrayBufferWriter<byte> _output = new();

    private Bulk(string? pathIndex, bool refreshes, BulkLimits? limits, Func<string, string, bool>? refuses)
    {
        _refuses = refuses ?? (static (_, _) => false);
        Filter = new BulkFilter(Encoding.UTF8.GetBytes(pathIndex ?? ""), refreshes, this, limits ?? new BulkLimits());
    }

    public BulkFilter Filter { get; }

    public BulkError Error { get; private set; }

    public List<string> Asked { get; } = [];

    public string Output => Encoding.UTF8.GetString(_output.WrittenSpan);

    public static Bulk Of(
        string body, Func<string, string, bool>? refuses = null, string? pathIndex = null, bool refreshes = false, BulkLimits? limits = null, params int[] cuts)
    {
        var bulk = new Bulk(pathIndex, refreshes, limits, refuses);
        ReadOnlySpan<byte> bytes = Encoding.UTF8.GetBytes(body);
        int at = 0;
        foreach (int cut in (int[])[.. cuts, bytes.Length])
        {
            bulk.Filter.Push(bytes[at..cut], bulk._output);
            at = cut;
        }

        bulk.Error = bulk.Filter.Finish();
        return bulk;
    }

    public bool Allows(string action, ReadOnlySpan<byte> index)
    {
        string name = Encoding.UTF8.GetString(index);
        Asked.Add($"{action} {name}");
        return !_refuses(action, name);
    }
}
