using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text;

namespace Gatehouse.Doctor.Probes;

/// <summary>A request that changes nothing.</summary>
/// <param name="Target">Where.</param>
/// <param name="Method"><c>GET</c>, <c>HEAD</c>, <c>OPTIONS</c>; <c>POST</c> only where a system reads or logs in and out with it.</param>
/// <param name="Path">Path and query, as they go over the wire.</param>
public sealed record HttpQuestion(IPEndPoint Target, string Method, string Path)
{
    /// <summary>Whether over TLS.</summary>
    public bool IsTls { get; init; }

    /// <summary>The name to ask for in TLS, or null.</summary>
    public string? ServerName { get; init; }

    /// <summary>The <c>Host</c> header, or null for the target.</summary>
    public string? Host { get; init; }

    /// <summary>Further headers.</summary>
    public ImmutableArray<(string Name, string Value)> Headers { get; init; } = [];

    /// <summary>What a <c>POST</c> carries, JSON.</summary>
    public string Body { get; init; } = "";

    /// <summary>The same with a header more.</summary>
    public HttpQuestion With(string name, string value) => this with { Headers = Headers.Add((name, value)) };

    /// <summary>The same with a user and a password.</summary>
    public HttpQuestion As(string user, string password) => With("Authorization", $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"))}");

    internal byte[] ToBytes()
    {
        var text = new StringBuilder()
            .Append(CultureInfo.InvariantCulture, $"{Method} {Path} HTTP/1.1\r\nHost: {Host ?? Target.ToString()}\r\nUser-Agent: gatehouse-doctor\r\nAccept: */*\r\nConnection: close\r\n");
        if (Method == "POST")
        {
            text.Append(CultureInfo.InvariantCulture, $"Content-Length: {Encoding.Latin1.GetByteCount(Body)}\r\n").Append(Body.Length > 0 ? "Content-Type: application/json\r\n" : "");
        }

        foreach ((string name, string value) in Headers)
        {
            text.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        }

        return Encoding.Latin1.GetBytes(text.Append("\r\n").Append(Body).ToString());
    }
}

/// <summary>What came back.</summary>
/// <param name="Status">Its status.</param>
/// <param name="Headers">Its headers in order, values trimmed.</param>
/// <param name="Body">What of the body was read, chunks as they came.</param>
public sealed record HttpAnswer(int Status, ImmutableArray<(string Name, string Value)> Headers, string Body)
{
    /// <summary>The first value of a header, or null.</summary>
    public string? Header(string name)
    {
        foreach ((string Name, string Value) header in Headers)
        {
            if (string.Equals(header.Name, name, StringComparison.OrdinalIgnoreCase))
            {
                return header.Value;
            }
        }

        return null;
    }

    /// <summary>The body without its chunks' heads (RFC 9112, section 7.1), as far as it was read.</summary>
    public string Text
    {
        get
        {
            if (Header("Transfer-Encoding") is null)
            {
                return Body;
            }

            var text = new StringBuilder();
            int at = 0, end;
            while (at < Body.Length && (end = Body.IndexOf("\r\n", at, StringComparison.Ordinal)) >= 0
                && int.TryParse(Body.AsSpan(at, end - at).Trim(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int length) && length > 0)
            {
                at = Math.Min(end + 2, Body.Length);
                length = Math.Min(length, Body.Length - at);
                text.Append(Body, at, length);
                at += length + 2;
            }

            return text.ToString();
        }
    }

    /// <summary>Whether the head is there and the body as long as it says.</summary>
    internal static bool IsWhole(ReadOnlyMemory<byte> bytes)
    {
        ReadOnlySpan<byte> all = bytes.Span;
        int end = all.IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            return all.Length >= 8 && !all.StartsWith("HTTP/1."u8); // nothing more will make it an answer
        }

        if (Parse(all[..(end + 4)].ToArray()) is not { } head)
        {
            return true;
        }

        return head.Header("Transfer-Encoding") is not null ? all.EndsWith("0\r\n\r\n"u8)
            : head.Status is 204 or 304 || (long.TryParse(head.Header("Content-Length"), NumberStyles.None, CultureInfo.InvariantCulture, out long length) && all.Length - end - 4 >= length);
    }

    internal static HttpAnswer? Parse(byte[] bytes)
    {
        string text = Encoding.Latin1.GetString(bytes);
        int end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        string[] lines = (end < 0 ? text : text[..end]).Split("\r\n");
        if (end < 0 || lines[0].Split(' ') is not [{ } version, { Length: 3 } status, ..]
            || !version.StartsWith("HTTP/1.", StringComparison.Ordinal) || !int.TryParse(status, NumberStyles.None, CultureInfo.InvariantCulture, out int code))
        {
            return null;
        }

        ImmutableArray<(string, string)>.Builder headers = ImmutableArray.CreateBuilder<(string, string)>();
        foreach (string line in lines.Skip(1))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0)
            {
                headers.Add((line[..colon], line[(colon + 1)..].Trim()));
            }
        }

        return new HttpAnswer(code, headers.ToImmutable(), text[(end + 4)..]);
    }
}
