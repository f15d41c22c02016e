using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

namespace Gatehouse.EndToEnd.Tests.Running.Hosts;

/// <summary>The authority of nodes and the secret of a test's cluster.</summary>
internal sealed class MeshAuthorityFiles : IDisposable
{
    private readonly X509Certificate2 _root;
    private readonly X509Certificate2 _nodes;

    public MeshAuthorityFiles()
    {
        _root = Make("CN=lab root", null, ca: true, uri: null);
        _nodes = Make("CN=lab nodes", _root, ca: true, uri: null);
    }

    public string ClusterId { get; } = RandomNumberGenerator.GetHexString(32, lowercase: true);

    public string Secret { get; } = RandomNumberGenerator.GetHexString(64, lowercase: true);

    /// <summary>Writes authority, certificate and key of a node into a folder; SHA-256 of its public key.</summary>
    public string Issue(string node, TemporaryFolder folder)
    {
        using X509Certificate2 leaf = Make("CN=" + node, _nodes, ca: false, $"spiffe://{ClusterId}/node/{node}");
        File.WriteAllText(folder["root.crt"], _root.ExportCertificatePem());
        File.WriteAllText(folder["nodes.crt"], _nodes.ExportCertificatePem());
        File.WriteAllText(folder["node.crt"], leaf.ExportCertificatePem());
        using ECDsa key = leaf.GetECDsaPrivateKey()!;
        File.WriteAllText(folder["node.key"], key.ExportPkcs8PrivateKeyPem());
        return Convert.ToHexStringLower(SHA256.HashData(leaf.PublicKey.ExportSubjectPublicKeyInfo()));
    }

    public void Dispose()
    {
        _root.Dispose();
        _nodes.Dispose();
    }

    private static X509Certificate2 Make(string subject, X509Certificate2? issuer, bool ca, string? uri)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(ca, false, 0, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        if (uri is not null)
        {
            var names = new SubjectAlternativeNameBuilder();
            names.AddUri(new Uri(uri));
            request.CertificateExtensions.Add(names.Build());
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], false));
        }

        DateTimeOffset now = DateTimeOffset.UtcNow;
        using X509Certificate2 made = issuer is null
            ? request.CreateSelfSigned(now.AddHours(-1), now.AddDays(2))
            : request.Create(issuer, now.AddMinutes(-30), now.AddHours(ca ? 24 : 12), RandomNumberGenerator.GetBytes(8));
        return issuer is null ? X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null, X509KeyStorageFlags.Exportable) : made.CopyWithPrivateKey(key);
    }
}

/// <summary>A mesh alone on each host of a lab, all of one cluster: for what needs no daemon.</summary>
internal sealed class MeshLab : IDisposable
{
    public const int Port = 7444;
    private readonly MeshAuthorityFiles _authority = new();
    private readonly List<MeshNode> _nodes = [];

    public IReadOnlyList<MeshNode> Nodes => _nodes;

    /// <summary>Who is trusted for what; nodes read it again at <see cref="ShareAsync"/>.</summary>
    public Dictionary<string, string[]> Trusted { get; } = new(StringComparer.Ordinal);

    /// <summary>Keys that are revoked.</summary>
    public HashSet<string> Revoked { get; } = new(StringComparer.Ordinal);

    /// <summary>Makes a node on a host with its services as gatehouse.yaml writes them, by the number of the node.</summary>
    public MeshNode Add(LabHost host, Func<int, string> services)
    {
        int number = _nodes.Count + 1;
        var node = new MeshNode(host, "node-" + host.Name, number);
        node.KeyHash = _authority.Issue(node.Name, host.Folder);
        File.WriteAllText(host.Folder["gatehouse.yaml"], $"version: 1\nnode: {node.Name}\nmesh:\n  listen: 0.0.0.0:{Port.ToString(CultureInfo.InvariantCulture)}\n  services:\n{services(number)}");
        _nodes.Add(node);
        return node;
    }

    /// <summary>Gives every node that runs the newest view, and writes it for those that will.</summary>
    public async Task ShareAsync()
    {
        foreach (MeshNode node in _nodes)
        {
            string view = JsonSerializer.Serialize(new
            {
                cluster = _authority.ClusterId,
                node = node.Name,
                id = node.Id,
                address = node.PeerAddress.ToString(),
                secrets = new[] { _authority.Secret },
                revoked = Revoked,
                trusted = Trusted,
                peers = _nodes.Where(n => n != node).Select(static n => new
                {
                    name = n.Name,
                    id = n.Id,
                    addresses = new[] { $"{n.Host.Address}:{Port}" },
                    address = n.PeerAddress.ToString(),
                    key = n.KeyHash,
                }),
            });
            await File.WriteAllTextAsync(node.Host.Folder["view.json"], view);
            await node.ReadViewAsync();
        }
    }

    public void Dispose() => _authority.Dispose();
}

/// <summary>A node of a <see cref="MeshLab"/>.</summary>
internal sealed class MeshNode(LabHost host, string name, int number)
{
    private LabProcess? _process;

    public LabHost Host => host;

    public string Name => name;

    public string Id { get; } = number.ToString("x16", CultureInfo.InvariantCulture);

    /// <summary>The address that stands for it on every host.</summary>
    public IPAddress PeerAddress { get; } = new([127, 77, 0, (byte)number]);

    public string KeyHash { get; set; } = "";

    /// <summary>What it said, audit records among it.</summary>
    public string Output => _process?.Output ?? "";

    public async Task StartAsync()
    {
        _process = host.Start("dotnet", [Path.Combine(AppContext.BaseDirectory, "Gatehouse.Subject.dll"), "mesh", host.Folder["view.json"]]);
        await _process.WaitForAsync("mesh is ready");
    }

    public Task KillAsync() => _process!.KillAsync();

    public async Task ReadViewAsync()
    {
        if (_process is { HasExited: false })
        {
            await _process.WriteLineAsync("view");
        }
    }

    /// <summary>Asks the mesh and waits for a line that begins with one of the words.</summary>
    public async Task<string> AskAsync(string line, params string[] words)
    {
        var answer = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        void Take(string came)
        {
            if (words.Any(w => came.StartsWith(w, StringComparison.Ordinal)))
            {
                answer.TrySetResult(came);
            }
        }

        _process!.LineCame += Take;
        try
        {
            await _process.WriteLineAsync(line);
            return await answer.Task.WaitAsync(TimeSpan.FromSeconds(20));
        }
        finally
        {
            _process.LineCame -= Take;
        }
    }
}
