using Gatehouse.Testing.Elasticsearch;

// Gatehouse.Testing.Elasticsearch --port 0 --product elasticsearch|opensearch --version 9.1.0 [--user U --password P] [--discard-bulk]
var options = new StandInOptions { KeptRequests = 0, KeptBody = 0 };
for (int i = 0; i < args.Length; i++)
{
    string Value() => i + 1 < args.Length ? args[++i] : throw new ArgumentException(args[i] + " needs a value");
    options = args[i] switch
    {
        "--port" => options with { Port = int.Parse(Value()) },
        "--product" => options with { Product = Enum.Parse<StandInProduct>(Value(), ignoreCase: true) },
        "--version" => options with { Version = Value() },
        "--user" => options with { User = Value() },
        "--password" => options with { Password = Value() },
        "--discard-bulk" => options with { DiscardBulk = true },
        _ => throw new ArgumentException("unknown option " + args[i]),
    };
}

var ended = new TaskCompletionSource();
using System.Runtime.InteropServices.PosixSignalRegistration terminated = System.Runtime.InteropServices.PosixSignalRegistration.Create(
    System.Runtime.InteropServices.PosixSignal.SIGTERM, signal => { signal.Cancel = true; ended.TrySetResult(); });
using System.Runtime.InteropServices.PosixSignalRegistration interrupted = System.Runtime.InteropServices.PosixSignalRegistration.Create(
    System.Runtime.InteropServices.PosixSignal.SIGINT, signal => { signal.Cancel = true; ended.TrySetResult(); });
await using ElasticsearchStandIn cluster = await ElasticsearchStandIn.StartAsync(options);
Console.WriteLine(cluster.Address);
await ended.Task;
