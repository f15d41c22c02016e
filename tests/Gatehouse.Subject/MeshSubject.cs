using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Gatehouse.Administration;
using Gatehouse.Audit;
using Gatehouse.Engine.Admission;
using Gatehouse.Engine.Auditing;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Gates;
using Gatehouse.Engine.Hosting.Cluster;
using Gatehouse.Engine.Listeners;
using Gatehouse.Engine.Mesh;
using Gatehouse.Engine.Realms;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Problems;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gatehouse.Subject;

/// <summary>
/// A mesh alone, on a view from a file: for hosts of a test. Reads the file again at each line <c>view</c>, asks peers at
/// <c>ping NAME</c>; writes each audit record as a line <c>audit ...</c>.
/// </summary>
internal static class MeshSubject
{
    public static async Task<int> RunAsync(string file)
    {
        var state = new FileState(file);
        var problems = new List<Problem>();
        NodeConfiguration configuration = ConfigurationReader.Read(await File.ReadAllTextAsync(state.ConfigurationFile), state.ConfigurationFile).Value
            ?? throw new InvalidOperationException("the configuration has problems");
        MeshSettings settings = MeshModels.Make(configuration, state.Current.Node, problems) ?? throw new ProblemException(problems[0]);
        var snapshots = new SnapshotHolder(SnapshotCompiler.Compile(1, 1, new ClusterDocument(), [])!);
        var trail = new PrintedTrail();
        TimeProvider time = TimeProvider.System;
        using var registry = new ConnectionRegistry(snapshots, trail, time, NullLogger<ConnectionRegistry>.Instance);
        using var admission = new AdmissionControl(snapshots, trail, time);
        using var realm = new RealmChain(time, new LoginLimitOptions(), new Engine.Hosting.RealmFactory(static () => ClientAuthorities.None, time, NullLoggerFactory.Instance));
        var environment = new GateEnvironment
        {
            Node = state.Current.Node,
            Pipeline = new ListenerPipeline(admission, registry, time, NullLogger<ListenerPipeline>.Instance),
            Snapshots = snapshots,
            Authenticator = realm,
            Trail = trail,
            Owners = new SocketOwners(time),
            Time = time,
            Loggers = NullLoggerFactory.Instance,
        };
        await using var mesh = new MeshHost(environment, registry, state, settings with { HealthEvery = TimeSpan.FromSeconds(1) });
        await mesh.StartAsync(CancellationToken.None);
        Console.WriteLine("mesh is ready");
        await FollowAsync(mesh, state);
        await mesh.StopAsync();
        return 0;
    }

    private static async Task FollowAsync(MeshHost mesh, FileState state)
    {
        while (await Console.In.ReadLineAsync() is { } line)
        {
            switch (line.Split(' '))
            {
                case ["view"]:
                    state.Read();
                    Console.WriteLine("view is read");
                    break;
                case ["ping", var peer]:
                    ImmutableArray<MeshPing>? answers = await mesh.Control.PingAsync(peer, 1, CancellationToken.None);
                    Console.WriteLine(answers is [{ RoundTrip: { } trip }]
                        ? string.Create(CultureInfo.InvariantCulture, $"pong {trip.TotalMilliseconds:0.000}")
                        : $"no pong {answers?[0].Failure?.ToString() ?? "no such peer"}");
                    break;
                case ["facts"]:
                    foreach (MeshAddressFacts address in mesh.Control.Facts().Services.SelectMany(static s => s.Addresses))
                    {
                        Console.WriteLine($"address {address.Address} {(address.IsListening ? "open" : address.Problem?.ToString())}");
                    }

                    Console.WriteLine("facts end");
                    break;
                default:
                    return;
            }
        }
    }

    /// <summary>A view in a file of JSON, with certificates in files beside it.</summary>
    private sealed class FileState : IMeshState
    {
        private readonly string _file;
        private SslStreamCertificateContext? _certificate;

        public FileState(string file)
        {
            _file = file;
            Current = Load();
        }

        public event Action<MeshView>? Changed;

        public MeshView Current { get; private set; }

        public string ConfigurationFile => Beside("gatehouse.yaml");

        public void Read()
        {
            Current = Load();
            Changed?.Invoke(Current);
        }

        private MeshView Load()
        {
            using var json = JsonDocument.Parse(File.ReadAllText(_file));
            JsonElement view = json.RootElement;
            X509Certificate2 root = X509CertificateLoader.LoadCertificateFromFile(Beside("root.crt"));
            X509Certificate2 nodes = X509CertificateLoader.LoadCertificateFromFile(Beside("nodes.crt"));
            _certificate ??= SslStreamCertificateContext.Create(X509Certificate2.CreateFromPemFile(Beside("node.crt"), Beside("node.key")), [nodes], offline: true);
            return new MeshView
            {
                ClusterId = Text(view, "cluster"),
                Node = Text(view, "node"),
                NodeId = Text(view, "id"),
                OwnAddress = IPAddress.Parse(Text(view, "address")),
                Secrets = [.. Texts(view, "secrets").Select(static s => (ReadOnlyMemory<byte>)Convert.FromHexString(s))],
                Certificate = _certificate,
                Authorities = [new MeshAuthority(root, nodes, [])],
                RevokedKeys = Texts(view, "revoked").ToFrozenSet(StringComparer.Ordinal),
                Peers = [.. view.GetProperty("peers").EnumerateArray().Select(static p => new MeshPeer(
                    Text(p, "name"), Text(p, "id"), [.. Texts(p, "addresses")], IPAddress.Parse(Text(p, "address")), Text(p, "key")))],
                TrustedPeers = view.GetProperty("trusted").EnumerateObject()
                    .ToFrozenDictionary(static t => t.Name, static t => t.Value.EnumerateArray().Select(static n => n.GetString()!).ToImmutableArray(), StringComparer.Ordinal),
            };
        }

        private string Beside(string name) => Path.Combine(Path.GetDirectoryName(_file)!, name);

        private static string Text(JsonElement of, string name) => of.GetProperty(name).GetString()!;

        private static IEnumerable<string> Texts(JsonElement of, string name) => [.. of.GetProperty(name).EnumerateArray().Select(static t => t.GetString()!)];
    }

    /// <summary>A trail that has room for everything and writes it out.</summary>
    private sealed class PrintedTrail : IAuditTrail
    {
        private readonly object _owner = new();

        public bool IsStrict => false;

        public bool IsHealthy => true;

        public bool IsRecorded(in AuditSubject subject) => true;

        public bool TryReserve(out AuditSlot slot)
        {
            slot = new AuditSlot(_owner);
            return true;
        }

        public ValueTask<AuditSlot> ReserveAsync(CancellationToken cancellation) => new(new AuditSlot(_owner));

        public ValueTask<bool> DecideAsync(AuditSlot slot, AuditEvent decision) => new(true);

        public void Complete(AuditSlot slot, AuditEvent record) => Write(record);

        public void Release(AuditSlot slot)
        {
            // Nothing is held.
        }

        public bool Write(AuditEvent record)
        {
            Console.WriteLine($"audit {record.Action} {record.Outcome} reason={record.Reason} user={record.User} target={record.Target} source={record.Source} problem={record.Problem} {record.Message}");
            return true;
        }

        public string NewReceipt() => "none";

        public ValueTask<bool> FlushAsync(CancellationToken cancellation) => new(true);
    }
}
