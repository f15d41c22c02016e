using System.Net;
using System.Text.Json;
using Gatehouse.Testing.Network;

namespace Gatehouse.Engine.Tests.Auditing;

/// <summary>An OTLP receiver on loopback whose answers a test decides on.</summary>
internal sealed class Collector : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Func<Call, Answer> _answer;
    private readonly Task _loop;
    private readonly List<long> _taken = [];
    private readonly List<Call> _calls = [];

    public Collector(Func<Call, Answer> answer)
    {
        _answer = answer;
        Port = FreePorts.Next();
        _listener.Prefixes.Add($"http://127.0.0.1:{Port}/");
        _listener.Start();
        _loop = ServeAsync();
    }

    public int Port { get; }

    /// <summary>Numbers of the records of calls that were answered with 2xx.</summary>
    public long[] Taken => Locked(_taken);

    public Call[] Calls => Locked(_calls);

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _loop;
    }

    private T[] Locked<T>(List<T> list)
    {
        lock (_taken)
        {
            return [.. list];
        }
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                HttpListenerContext context = await _listener.GetContextAsync();
                using JsonDocument body = await JsonDocument.ParseAsync(context.Request.InputStream);
                long[] records =
                [
                    .. body.RootElement.GetProperty("resourceLogs")[0].GetProperty("scopeLogs")[0].GetProperty("logRecords").EnumerateArray()
                        .Select(static r => long.Parse(r.GetProperty("attributes")[0].GetProperty("value").GetProperty("intValue").GetString()!, System.Globalization.CultureInfo.InvariantCulture)),
                ];
                var call = new Call(Calls.Length, records, context.Request.Headers, body.RootElement.GetRawText());
                Answer answer = _answer(call);
                lock (_taken)
                {
                    _calls.Add(call);
                    if (answer.Status is >= 200 and < 300)
                    {
                        _taken.AddRange(records);
                    }
                }

                context.Response.StatusCode = answer.Status;
                if (answer.RetryAfter is { } after)
                {
                    context.Response.AddHeader("Retry-After", after);
                }

                context.Response.Close(System.Text.Encoding.UTF8.GetBytes(answer.Body), willBlock: false);
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    internal sealed record Call(int Number, long[] Records, System.Collections.Specialized.NameValueCollection Headers, string Body);

    internal sealed record Answer(int Status, string Body = "{}", string? RetryAfter = null);
}
