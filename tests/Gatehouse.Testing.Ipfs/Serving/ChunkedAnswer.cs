using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Testing.Ipfs.Serving;

/// <summary>
/// A streamed answer with a trailer, framed by hand: Kestrel offers no trailers on HTTP/1.1 but passes bytes through where the
/// header Transfer-Encoding is already set.
/// </summary>
internal sealed class ChunkedAnswer(Call call, string trailer)
{
    private int _items;

    public bool HasBegun { get; private set; }

    public void Begin(string type = "application/json")
    {
        HttpResponse response = call.Http.Response;
        response.ContentType = type;
        call.SetStatus(StatusCodes.Status200OK);
        response.Headers.Trailer = trailer;
        response.Headers.TransferEncoding = "chunked";
        HasBegun = true;
    }

    public Task FlushAsync() => call.Http.Response.Body.FlushAsync(call.Http.RequestAborted);

    /// <summary>Sends one item at once; false where a fault ends the stream here.</summary>
    public async Task<bool> WriteAsync(ReadOnlyMemory<byte> item)
    {
        if (call.Fault is { Kind: FaultKind.StreamError or FaultKind.DieMidStream or FaultKind.HangMidStream } fault && _items >= fault.After)
        {
            await BreakAsync(fault);
            return false;
        }

        _items++;
        Stream body = call.Http.Response.Body;
        await body.WriteAsync(Encoding.ASCII.GetBytes(item.Length.ToString("x", CultureInfo.InvariantCulture) + "\r\n"), call.Http.RequestAborted);
        await body.WriteAsync(item, call.Http.RequestAborted);
        await body.WriteAsync("\r\n"u8.ToArray(), call.Http.RequestAborted);
        await FlushAsync();
        return true;
    }

    /// <summary>Ends the stream; an error stands in the trailer alone, the trailer is there without one too.</summary>
    public async Task EndAsync(string error = "")
    {
        if (call.Fault is { Kind: FaultKind.StreamError or FaultKind.DieMidStream or FaultKind.HangMidStream } fault)
        {
            await BreakAsync(fault);
            return;
        }

        await WriteEndAsync(error);
    }

    private async Task BreakAsync(Fault fault)
    {
        switch (fault.Kind)
        {
            case FaultKind.StreamError:
                await WriteEndAsync(fault.Text ?? "the stand-in was told to fail");
                break;
            case FaultKind.DieMidStream:
                await call.BreakAsync();
                break;
            default:
                await FlushAsync();
                await Task.Delay(Timeout.Infinite, call.Http.RequestAborted);
                break;
        }
    }

    private async Task WriteEndAsync(string error)
    {
        string line = error.ReplaceLineEndings(" ");
        await call.Http.Response.Body.WriteAsync(Encoding.UTF8.GetBytes($"0\r\n{trailer}: {line}\r\n\r\n"), call.Http.RequestAborted);
        await FlushAsync();
    }
}
