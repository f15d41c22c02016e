using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Gatehouse.EndToEnd.Tests.Ipfs;

/// <summary>An answer as it stood on the wire, with its trailer.</summary>
/// <param name="Status">The status.</param>
/// <param name="Head">The head, with the status line.</param>
/// <param name="Body">The body, without the chunks' frames.</param>
/// <param name="Trailer">The lines after the last chunk.</param>
internal sealed record WireAnswer(int Status, string Head, string Body, string Trailer)
{
    /// <summary>The values of JSON in the body, one after the other.</summary>
    public JsonNode[] Items => [.. Body.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonNode.Parse(l)!)];

    /// <summary>The value of a header, or null.</summary>
    public string? Header(string name) => Head.Split("\r\n").FirstOrDefault(l => l.StartsWith(name + ": ", StringComparison.OrdinalIgnoreCase))?[(name.Length + 2)..];

    /// <summary>Sends the bytes of one request, and reads until the other side closes.</summary>
    public static async Task<WireAnswer> SendAsync(Uri address, string request, byte[]? body = null)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(address.Host, address.Port);
        await using Stream stream = await OpenAsync(socket, address);
        using var all = new MemoryStream();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        try
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes(request), limit.Token);
            await stream.WriteAsync(body ?? [], limit.Token);
            await stream.CopyToAsync(all, limit.Token);
        }
        catch (IOException)
        {
            // Reset: what came before it is the answer.
        }

        return Parse(all.ToArray());
    }

    /// <summary>A request without a body on a connection of its own: <c>METHOD TARGET</c> and further header lines.</summary>
    public static Task<WireAnswer> AskAsync(Uri address, string line, params string[] headers) =>
        SendAsync(address, $"{line} HTTP/1.1\r\nHost: {address.Authority}\r\nConnection: close\r\n{string.Concat(headers.Select(h => h + "\r\n"))}\r\n");

    /// <summary>The connection's stream, with TLS for an address of https; whose certificate it is is not looked at here.</summary>
    public static async Task<Stream> OpenAsync(Socket socket, Uri address)
    {
        var plain = new NetworkStream(socket);
        if (address.Scheme != "https")
        {
            return plain;
        }

        var tls = new SslStream(plain, leaveInnerStreamOpen: false, static (_, _, _, _) => true);
        await tls.AuthenticateAsClientAsync(address.Host);
        return tls;
    }

    private static WireAnswer Parse(byte[] bytes)
    {
        string text = Encoding.UTF8.GetString(bytes);
        int end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        string head = end < 0 ? text : text[..end];
        string rest = end < 0 ? "" : text[(end + 4)..];
        int status = head.Length > 12 ? int.Parse(head[9..12]) : 0;
        if (!head.Contains("Transfer-Encoding: chunked", StringComparison.OrdinalIgnoreCase))
        {
            return new WireAnswer(status, head, rest, "");
        }

        var body = new MemoryStream();
        byte[] left = Encoding.UTF8.GetBytes(rest);
        while (true)
        {
            int line = left.AsSpan().IndexOf("\r\n"u8);
            if (line < 0)
            {
                return new WireAnswer(status, head, Encoding.UTF8.GetString(body.ToArray()), "(broken)");
            }

            int length = Convert.ToInt32(Encoding.ASCII.GetString(left, 0, line), 16);
            left = left[(line + 2)..];
            if (length == 0)
            {
                return new WireAnswer(status, head, Encoding.UTF8.GetString(body.ToArray()), Encoding.UTF8.GetString(left).Trim());
            }

            body.Write(left, 0, length);
            left = left[(length + 2)..];
        }
    }
}
