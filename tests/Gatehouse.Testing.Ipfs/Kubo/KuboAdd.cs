using System.Text.Json.Nodes;
using Gatehouse.Testing.Ipfs.Serving;
using Gatehouse.Testing.Ipfs.State;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Testing.Ipfs.Kubo;

/// <summary>add, block/put and dag/put: the answer begins before the body has ended.</summary>
internal sealed class KuboAdd(KuboNode node, StandInOptions options)
{
    public async Task AddAsync(Call call)
    {
        if (Upload.Boundary(call.Http.Request.ContentType) is null)
        {
            await KuboRpc.FailAsync(call, "file argument 'path' is required", 400);
            return;
        }

        call.Http.Response.Headers["X-Chunked-Output"] = "1";
        var stream = new ChunkedAnswer(call, "X-Stream-Error");
        stream.Begin();
        await stream.FlushAsync();
        bool isOpen = true;
        string error = "";
        async Task<bool> Write(JsonObject item) => isOpen = isOpen && await stream.WriteAsync(Call.Line(item));
        try
        {
            Added? root = await Reader(call, async (name, bytes) =>
            {
                if (call.Query.Bool("progress") is true && bytes > 0)
                {
                    await Write(new JsonObject { ["Name"] = name, ["Bytes"] = bytes });
                }

                return isOpen;
            }).ReadAsync(call.Http.Request.ContentType, call.Http.Request.Body, added =>
                Write(new JsonObject { ["Name"] = added.Name, ["Hash"] = added.Cid, ["Size"] = $"{added.Size}" }));
            if (root is not null && call.Query.Bool("pin") is not false)
            {
                node.Pins[root.Cid] = "recursive";
            }
        }
        catch (OperationCanceledException) when (!isOpen)
        {
            // A fault has ended the answer already.
        }
        catch (Exception e) when (e is InvalidDataException || (e is IOException and not BadHttpRequestException && !call.Http.RequestAborted.IsCancellationRequested))
        {
            error = e.Message;
        }

        if (isOpen)
        {
            await stream.EndAsync(error);
        }
    }

    public async Task PutAsync(Call call, string command)
    {
        Added? put;
        try
        {
            put = await Reader(call, progress: null).ReadAsync(call.Http.Request.ContentType, call.Http.Request.Body, _ => Task.FromResult(true));
        }
        catch (Exception e) when (e is InvalidDataException || (e is IOException and not BadHttpRequestException))
        {
            await KuboRpc.FailAsync(call, e.Message, 400);
            return;
        }

        if (put is null)
        {
            await KuboRpc.FailAsync(call, "file argument 'data' is required", 400);
            return;
        }

        if (call.Query.Bool("pin") is true)
        {
            node.Pins[put.Cid] = "recursive";
        }

        await call.JsonAsync(200, command == "block/put"
            ? new JsonObject { ["Key"] = put.Cid, ["Size"] = put.Size }
            : new JsonObject { ["Cid"] = new JsonObject { ["/"] = put.Cid } });
    }

    private Upload Reader(Call call, Func<string, long, Task<bool>>? progress) => new(
        node.Blobs,
        new UploadOptions(call.Query["cid-version"] == "0" ? 0 : 1, call.Query.Bool("wrap-with-directory") is true, IsCar: false, options.KeptContent))
    {
        Progress = progress,
    };
}
