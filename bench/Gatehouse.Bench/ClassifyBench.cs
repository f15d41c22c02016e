using System.Diagnostics;
using System.Text;
using Gatehouse.Operations;
using Gatehouse.Problems;
using Gatehouse.Protocols.Catalogues;
using Gatehouse.Protocols.Http;
using Gatehouse.Protocols.Json;

namespace Gatehouse.Bench;

/// <summary><c>bench/classify</c>: cost of step 5 for one request: target, endpoint, operations; and of the parsers below it.</summary>
internal static class ClassifyBench
{
    private const int Runs = 100_000;
    private const int Rounds = 40;

    private const string Table = """
        GET   /api/items/{id}  item.read  {id}  query=pretty
        POST  /v3/kv/range     kv.range   range(/key,/range_end)  body=json(1MiB) encoding=base64 fields=/limit
        *     /{path:rest}     {method}   {gate}/{path}  body=stream query=any
        """;

    public static int Run()
    {
        Catalogue catalogue = Catalogue.Parse("bench", Table, "bench", new List<Problem>())
            ?? throw new InvalidOperationException("the table reads");
        byte[] range = Encoding.UTF8.GetBytes("""{"key":"YXBwL2NvbmZpZy8=","range_end":"YXBwL2NvbmZpZzA=","limit":"100"}""");
        ResponseHead head = new();
        byte[] answer = Encoding.ASCII.GetBytes(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nDate: Mon, 01 Jan 2024 00:00:00 GMT\r\nServer: x\r\nContent-Length: 1024\r\n\r\n");
        StrictJson json = new();
        byte[] document = Encoding.UTF8.GetBytes("[" + string.Join(',', Enumerable.Range(0, 64).Select(
            static i => $$"""{"id":{{i}},"name":"item number {{i}}","tags":["a","b"],"ok":true}""")) + "]");
        Console.WriteLine($"{"step 5",-44} {"ns",9} {"bytes allocated",16}");
        Request("GET /api/items/42?pretty", catalogue, "GET", "/api/items/42?pretty", []);
        Request("GET /some/path/of/five/segments (default)", Catalogue.Http(), "GET", "/some/path/of/five/segments", []);
        Request("POST /v3/kv/range, base64 prefix", catalogue, "POST", "/v3/kv/range", range);
        Measure("answer head, 4 headers", () => ResponseHeadParser.TryParse(answer, head, 65536, false, out _) == ParseStatus.Done);
        Measure($"strict JSON, {document.Length} bytes", () => json.Validate(document) == JsonError.None);
        return 0;
    }

    private static void Request(string name, Catalogue catalogue, string method, string raw, byte[] body)
    {
        CanonicalTarget target = new();
        ClassifyScratch scratch = new();
        OperationSet set = new();
        Measure(name, () => target.Parse(raw) == TargetError.None &&
            catalogue.Match(method, target) is { IsMatch: true } match &&
            match.Endpoint!.Classify(method, target, body, "gate", scratch, set) == ClassifyError.None);
    }

    private static void Measure(string name, Func<bool> once)
    {
        double best = double.MaxValue;
        long bytes = 0;
        for (int round = 0; round < Rounds; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < Runs; i++)
            {
                if (!once())
                {
                    throw new InvalidOperationException(name);
                }
            }

            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalNanoseconds / Runs);
            bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / Runs;
        }

        Console.WriteLine($"{name,-44} {best,9:F1} {bytes,16}");
    }
}
