using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Administration;
using Gatehouse.Audit;
using Gatehouse.Engine.Admission;
using Gatehouse.Engine.Auditing;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Gates;
using Gatehouse.Engine.Listeners;
using Gatehouse.Engine.Mesh;
using Gatehouse.Engine.Realms;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Network;
using Gatehouse.Policy;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gatehouse.Bench.Mesh;

/// <summary>
/// One of two nodes of <c>bench/mesh</c> with a production mesh and audit trail: <c>mesh-node FOLDER 1|2 MESH-PORT-1 MESH-PORT-2
/// SERVICE-PORT</c>. Node 1 offers the program of node 2 at 127.77.1.2; that program is at 127.77.2.2. It ends with its input.
/// </summary>
internal static class MeshNode
{
    private const string Cluster = "00112233445566778899aabbccddeeff";

    /// <summary>Makes the certificates of both nodes and of the peers they are compared with.</summary>
    public static int MakeKeys(string folder)
    {
        using ECDsa rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 root = Authority("root", rootKey).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(9));
        using ECDsa nodesKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 signed = Authority("nodes", nodesKey).Create(root, new DateTimeOffset(root.NotBefore), new DateTimeOffset(root.NotAfter), RandomNumberGenerator.GetBytes(12));
        using X509Certificate2 nodes = signed.CopyWithPrivateKey(nodesKey);
        File.WriteAllText(Path.Combine(folder, "root.pem"), root.ExportCertificatePem());
        File.WriteAllText(Path.Combine(folder, "nodes.pem"), nodes.ExportCertificatePem());
        foreach (string name in new[] { "node1", "node2" })
        {
            using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            CertificateRequest request = new($"CN={name}", key, HashAlgorithmName.SHA256);
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], false));
            SubjectAlternativeNameBuilder names = new();
            names.AddUri(new Uri($"spiffe://{Cluster}/node/{name}"));
            names.AddDnsName("localhost");
            request.CertificateExtensions.Add(names.Build());
            using X509Certificate2 leaf = request.Create(nodes, new DateTimeOffset(nodes.NotBefore), new DateTimeOffset(nodes.NotAfter), RandomNumberGenerator.GetBytes(12));
            File.WriteAllText(Path.Combine(folder, name + ".crt"), leaf.ExportCertificatePem() + "\n" + nodes.ExportCertificatePem() + "\n");
            File.WriteAllText(Path.Combine(folder, name + ".key"), key.ExportPkcs8PrivateKeyPem() + "\n");
            File.WriteAllText(Path.Combine(folder, name + ".pem"), leaf.ExportCertificatePem() + "\n" + nodes.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n");
        }

        File.WriteAllText(Path.Combine(folder, "ca.pem"), root.ExportCertificatePem() + "\n" + nodes.ExportCertificatePem() + "\n");
        return 0;
    }

    public static async Task<int> RunAsync(string[] args)
    {
        Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");
        string folder = args[1];
        int[] numbers = [.. args.Skip(2).Select(static a => int.Parse(a, CultureInfo.InvariantCulture))];
        (int number, int port) = (numbers[0], numbers[3]);
        using ECDsa audit = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var options = new AuditTrailOptions { Directory = Path.Combine(folder, $"audit{number}"), Node = "bench" };
        await using FileAuditTrail trail = await FileAuditTrail.OpenAsync(
            options, new EcdsaAuditSigner(audit), null, TimeProvider.System, NullLogger.Instance, CancellationToken.None);
        var snapshots = new SnapshotHolder(new SecuritySnapshot(
            1, 1, new ClusterDocument(), CompiledPolicy.Empty, AddressFilter.Open, FrozenDictionary<string, AddressFilter>.Empty));
        using var registry = new ConnectionRegistry(snapshots, trail, TimeProvider.System, NullLogger<ConnectionRegistry>.Instance);
        using var admission = new AdmissionControl(snapshots, trail, TimeProvider.System);
        var environment = new GateEnvironment
        {
            Node = $"node{number}",
            Pipeline = new ListenerPipeline(admission, registry, TimeProvider.System, NullLogger<ListenerPipeline>.Instance),
            Snapshots = snapshots,
            Authenticator = new Nobody(),
            Trail = trail,
            Owners = new SocketOwners(TimeProvider.System),
            Time = TimeProvider.System,
            Loggers = NullLoggerFactory.Instance,
        };
        var rule = new UpstreamOwnerRule([LocalUsers.Own]);
        var settings = new MeshSettings
        {
            Listen = new IPEndPoint(IPAddress.Loopback, numbers[number]),
            Services = [new MeshServiceModel { Name = "bench", OwnPorts = [port], RunAs = rule, AllowUsers = rule }],
        };
        await using var host = new MeshHost(environment, registry, new Fixed(View(folder, number, numbers)), settings);
        await host.StartAsync(CancellationToken.None);
        Console.WriteLine("ready");
        while (await Console.In.ReadLineAsync() is not null)
        {
            Console.WriteLine(host.Control.Facts().Counters);
        }

        return 0;
    }

    private static MeshView View(string folder, int number, int[] numbers)
    {
        int other = 3 - number;
        X509Certificate2 nodes = Load("nodes.pem");
        X509Certificate2 peer = Load($"node{other}.crt");
        return new MeshView
        {
            ClusterId = Cluster,
            Node = $"node{number}",
            NodeId = number.ToString("x16", CultureInfo.InvariantCulture),
            OwnAddress = IPAddress.Parse($"127.77.{number}.{number}"),
            Secrets = [new byte[32]],
            Certificate = SslStreamCertificateContext.Create(
                X509Certificate2.CreateFromPemFile(Path.Combine(folder, $"node{number}.crt"), Path.Combine(folder, $"node{number}.key")), [nodes], offline: true),
            Authorities = [new MeshAuthority(Load("root.pem"), nodes, [])],
            Peers =
            [
                new MeshPeer(
                    $"node{other}", other.ToString("x16", CultureInfo.InvariantCulture), [$"127.0.0.1:{numbers[other]}"], IPAddress.Parse($"127.77.{number}.{other}"),
                    Convert.ToHexStringLower(SHA256.HashData(peer.PublicKey.ExportSubjectPublicKeyInfo()))),
            ],
            TrustedPeers = new Dictionary<string, ImmutableArray<string>> { ["bench"] = ["node1", "node2"] }.ToFrozenDictionary(),
        };

        X509Certificate2 Load(string file) => X509CertificateLoader.LoadCertificateFromFile(Path.Combine(folder, file));
    }

    private static CertificateRequest Authority(string name, ECDsa key)
    {
        CertificateRequest request = new($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request;
    }

    private sealed class Fixed(MeshView view) : IMeshState
    {
        public event Action<MeshView>? Changed
        {
            add => _ = value;
            remove => _ = value;
        }

        public MeshView Current => view;
    }

    private sealed class Nobody : IAuthenticator
    {
        public bool TryGetCached(in AuthenticationRequest request, SecuritySnapshot snapshot, DateTimeOffset now, out Authenticated? authenticated)
        {
            authenticated = null;
            return false;
        }

        public ValueTask<AuthenticationResult> AuthenticateAsync(AuthenticationRequest request, SecuritySnapshot snapshot, CancellationToken cancellation) =>
            ValueTask.FromResult(new AuthenticationResult(AuthenticationStatus.Missing));
    }
}
