using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using Gatehouse.Problems.Cluster;

namespace Gatehouse.Engine.Store.Etcd;

/// <summary>A watch at one member: lines of JSON without end, each bounded.</summary>
internal sealed class EtcdWatch : IDisposable
{
    private const int MostLine = 256 * 1024;

    private readonly string _endpoint;
    private readonly HttpResponseMessage _answer;
    private readonly PipeReader _lines;

    private EtcdWatch(string endpoint, HttpResponseMessage answer, Stream stream)
    {
        _endpoint = endpoint;
        _answer = answer;
        _lines = PipeReader.Create(stream);
    }

    /// <summary>Waits until the member says that it watches.</summary>
    /// <exception cref="EtcdFault">It did not.</exception>
    public static async Task<EtcdWatch> BeginAsync(string endpoint, HttpResponseMessage answer, TimeSpan limit, CancellationToken cancellation)
    {
        var watch = new EtcdWatch(endpoint, answer, await answer.Content.ReadAsStreamAsync(cancellation));
        try
        {
            using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            timer.CancelAfter(limit);
            WatchResult first = await watch.NextAsync(timer.Token);
            return first.Created ? watch : throw EtcdFault.Malformed(endpoint, "a watch did not begin");
        }
        catch (OperationCanceledException fault) when (!cancellation.IsCancellationRequested)
        {
            watch.Dispose();
            throw new EtcdFault(EtcdEffect.None, EtcdProblems.Unreachable.Because($"{endpoint} did not begin a watch in time"), fault);
        }
        catch
        {
            // Whatever it was: the connection is ours to close.
            watch.Dispose();
            throw;
        }
    }

    /// <summary>The next line.</summary>
    /// <exception cref="EtcdFault">The stream ended, was cancelled by the member, or is not etcd's.</exception>
    public async Task<WatchResult> NextAsync(CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                ReadResult read = await _lines.ReadAsync(cancellation);
                if (read.Buffer.PositionOf((byte)'\n') is { } end)
                {
                    ReadOnlySequence<byte> line = read.Buffer.Slice(0, end);
                    WatchResult result = Parse(line);
                    _lines.AdvanceTo(read.Buffer.GetPosition(1, end));
                    return result;
                }

                if (read.IsCompleted || read.Buffer.Length > MostLine)
                {
                    throw EtcdFault.Malformed(_endpoint, read.IsCompleted ? "a watch ended" : "a line of a watch is too long");
                }

                _lines.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            }
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException)
        {
            throw new EtcdFault(EtcdEffect.None, EtcdProblems.Unreachable.Because($"{_endpoint}: a watch ended: {fault.Message}"), fault);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _lines.Complete();
        _answer.Dispose();
    }

    private WatchResult Parse(ReadOnlySequence<byte> line)
    {
        WatchResult? result;
        try
        {
            var reader = new Utf8JsonReader(line);
            result = JsonSerializer.Deserialize(ref reader, EtcdJson.Default.WatchLine)?.Result;
        }
        catch (JsonException fault)
        {
            throw EtcdFault.Malformed(_endpoint, "a line of a watch is not etcd's", fault);
        }

        if (result is null or { Canceled: true, CompactRevision: 0 })
        {
            throw EtcdFault.Malformed(_endpoint, "a watch was refused");
        }

        return result.Canceled
            ? throw new EtcdFault(EtcdEffect.None, EtcdProblems.Compacted.Because($"{_endpoint}: below revision {result.CompactRevision}"))
            : result;
    }
}
