using System.Text.Json.Nodes;
using Gatehouse.Testing.Ipfs.Serving;
using Gatehouse.Testing.Ipfs.State;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Testing.Ipfs.Cluster;

/// <summary>
/// POST /add. With stream-channels (the default) it answers 200 at once and writes while it still reads, so that a client which
/// does not read until it has written everything blocks it; failures stand in the trailer alone. Without, it answers at the end.
/// </summary>
internal sealed class AddRoute(ClusterPipeline pipeline, ClusterNode node, StandInOptions options)
{
    private static readonly string[] Booleans =
        ["local", "recursive", "hidden", "wrap-with-directory", "shard", "progress", "raw-leaves", "stream-channels", "nocopy", "no-pin"];

    public void Register() => pipeline.Routes.Add("POST", "/add", RunAsync);

    public async Task RunAsync(Call call)
    {
        (PinOptions pin, string? error) = PinOptions.Read(call.Query, node.Time);
        error = Upload.Boundary(call.Http.Request.ContentType) is null ? "request Content-Type isn't multipart/form-data" : Check(call.Query) ?? error;
        if (error is not null)
        {
            await pipeline.FailAsync(call, 400, error);
            return;
        }

        call.Http.Response.Headers.CacheControl = "no-cache";
        call.Http.Response.Headers.Connection = "close";
        var upload = new UploadOptions(
            call.Query["cid-version"] == "1" ? 1 : 0, call.Query.Bool("wrap-with-directory") is true, call.Query["format"] == "car", options.KeptContent);
        pin = call.Query.Bool("no-pin") is true ? null! : pin with { PinUpdate = null };
        await (call.Query.Bool("stream-channels") ?? true ? StreamAsync(call, upload, pin) : BufferAsync(call, upload, pin));
    }

    private static string? Check(GoQuery query)
    {
        if (query["layout"] is not ("" or "balanced" or "trickle"))
        {
            return "layout parameter is invalid";
        }

        if (query["format"] is not ("" or "unixfs" or "car"))
        {
            return "format parameter is invalid";
        }

        if (query["cid-version"] is { Length: > 0 } version && !int.TryParse(version, out _))
        {
            return "parameter cid-version is invalid";
        }

        return Booleans.FirstOrDefault(b => query[b].Length > 0 && query.Bool(b) is null) is { } bad ? $"parameter {bad} invalid" : null;
    }

    private static JsonObject Output(Added added) =>
        new() { ["name"] = added.Name, ["cid"] = added.Cid, ["size"] = added.Size, ["allocations"] = PinJson.List(Peers.All) };

    private async Task StreamAsync(Call call, UploadOptions upload, PinOptions? pin)
    {
        call.Http.Response.Headers["X-Chunked-Output"] = "1";
        var stream = new ChunkedAnswer(call, "X-Stream-Error");
        stream.Begin();
        await stream.FlushAsync();
        bool isOpen = true;
        async Task<bool> Write(JsonObject item) => isOpen = isOpen && await stream.WriteAsync(Call.Line(item));
        var reader = new Upload(node.Blobs, upload)
        {
            Progress = options.AddOutputPer64K == 0 ? null : async (name, bytes) =>
            {
                // Lines of 2 KB, so that the amount is what the options say.
                for (int left = options.AddOutputPer64K; left > 0 && isOpen; left -= 2048)
                {
                    await Write(new JsonObject { ["name"] = name.PadRight(Math.Min(left, 2048), '.'), ["bytes"] = bytes });
                }

                return isOpen;
            },
        };
        string error = "";
        try
        {
            Added? root = await reader.ReadAsync(call.Http.Request.ContentType, call.Http.Request.Body, added => Write(Output(added)));
            error = isOpen ? Finish(root, pin) ?? "" : "";
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

    private async Task BufferAsync(Call call, UploadOptions upload, PinOptions? pin)
    {
        var all = new JsonArray();
        string? error;
        try
        {
            Added? root = await new Upload(node.Blobs, upload).ReadAsync(call.Http.Request.ContentType, call.Http.Request.Body, added =>
            {
                all.Add(Output(added));
                return Task.FromResult(true);
            });
            error = call.Fault is { Kind: FaultKind.StreamError } fault ? fault.Text ?? "told to fail" : Finish(root, pin);
        }
        catch (Exception e) when (e is InvalidDataException || (e is IOException and not BadHttpRequestException && !call.Http.RequestAborted.IsCancellationRequested))
        {
            error = e.Message;
        }

        await (error is null ? call.JsonAsync(200, all) : pipeline.FailAsync(call, 500, error));
    }

    private string? Finish(Added? root, PinOptions? pin)
    {
        if (root is null)
        {
            return "no files were added";
        }

        return pin is null ? null : node.Pins.Add(Cids.Canonical(root.Cid)!, pin).Error;
    }
}
