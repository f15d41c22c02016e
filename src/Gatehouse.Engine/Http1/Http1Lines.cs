using System.Buffers.Text;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;

namespace Gatehouse.Engine.Http1;

/// <summary>Status lines, made once.</summary>
internal static class Http1StatusLines
{
    private static readonly byte[]?[] Lines = new byte[600][];

    /// <summary>The line with its CR LF, such as <c>HTTP/1.1 404 Not Found</c>.</summary>
    public static ReadOnlySpan<byte> Get(int status) =>
        Lines[status] ??= Encoding.ASCII.GetBytes($"HTTP/1.1 {status} {ReasonPhrases.GetReasonPhrase(status)}\r\n");
}

/// <summary>The Date header (RFC 9110 section 6.6.1), made once a second.</summary>
internal static class Http1Date
{
    private static Made _last = new(-1, []);

    /// <summary>The line with its CR LF.</summary>
    public static ReadOnlySpan<byte> Line(DateTimeOffset now)
    {
        Made last = Volatile.Read(ref _last);
        long second = now.UtcTicks / TimeSpan.TicksPerSecond;
        if (last.Second != second)
        {
            byte[] line = "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"u8.ToArray();
            _ = Utf8Formatter.TryFormat(now, line.AsSpan(6), out _, 'R');
            last = new Made(second, line);
            Volatile.Write(ref _last, last);
        }

        return last.Line;
    }

    private sealed record Made(long Second, byte[] Line);
}
