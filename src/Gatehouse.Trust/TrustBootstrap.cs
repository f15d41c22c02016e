using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Gatehouse.Problems;

namespace Gatehouse.Trust;

/// <summary>
/// Makes, completes or loads a node's trust. Every part is one file, made in one step, in a fixed order; each needs
/// those before it. So an interrupted start leaves a prefix of the order, and the next start makes the rest. A gap in
/// the order is no interrupted start but a loss: it is named, and nothing new is put in its place.
/// </summary>
public static class TrustBootstrap
{
    private const UnixFileMode Readable =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>Idempotent; the caller holds the lock of the data folder.</summary>
    /// <exception cref="ProblemException">GH3xxx.</exception>
    public static ValueTask<NodeTrust> EnsureAsync(TrustOptions options, CancellationToken cancellation) =>
        new(Task.Run(() => Ensure(options), cancellation));

    private static NodeTrust Ensure(TrustOptions options)
    {
        CertificateNames.EnsureNode(options.NodeName);
        IReadOnlyList<string> serverNames = CertificateNames.ForServer(options.NodeName, options.ServerNames);
        TrustFiles files = new(options.DataDirectory);
        PrivateFolder.Ensure(files.Data);
        PrivateFolder.Ensure(files.Folder);
        SecretFile.DeleteLeftovers(files.Data);
        SecretFile.DeleteLeftovers(files.Folder);

        ImmutableArray<string> dependents = [.. options.Dependents.Select(name => Path.Combine(files.Data, name))];
        NodeFile node = EnsureNode(files, options, [files.DataKey, files.Secret, files.Ca, files.CaBundle, files.Server, .. dependents]);
        string keyPath = NodeKeyLocation.Resolve(files.Data, options.NodeKeyPath, node.NodeId);
        NodeKey key = EnsureNodeKey(files, options, node, keyPath, [files.DataKey, files.Secret, files.Ca, files.Server, .. dependents]);
        byte[] dataKey = EnsureDataKey(files, options, node, key, [files.Secret, files.Ca, files.CaBundle, files.Server, .. dependents]);
        Sealer sealer = new(dataKey);
        CryptographicOperations.ZeroMemory(dataKey);
        byte[] secret = EnsureSecret(files, options, sealer, [files.Ca, files.CaBundle, files.Server]);
        ClusterCa ca = EnsureCa(files, options, node, key, [files.CaBundle, files.Server], out bool isNew);
        EnsureBundle(files, options, ca);
        DateTimeOffset now = options.Time.GetUtcNow();
        IssuedCertificate server = LoadServer(files, key, ca, serverNames, now)
            ?? Step(options, "server certificate", () => IssueServer(files, node, key, ca, serverNames, now));
        return new NodeTrust(node, files, keyPath, key, sealer, secret, ca, server) { IsNew = isNew };
    }

    /// <summary>Issues a server certificate and keeps it, sealed for this node alone.</summary>
    internal static IssuedCertificate IssueServer(
        TrustFiles files, NodeFile node, NodeKey key, ClusterCa ca, IReadOnlyList<string> names, DateTimeOffset now)
    {
        IssuedCertificate issued = ca.IssueServer(node.NodeName, names, now);
        ServerFile file = new() { Format = 1, Certificate = issued.Certificate.RawData, Key = ClusterCa.KeyOf(issued.Certificate) };
        byte[] content = JsonSerializer.SerializeToUtf8Bytes(file, TrustJson.Default.ServerFile);
        SecretFile.Write(files.Server, key.Sealer.Seal("trust/server", 0, content));
        CryptographicOperations.ZeroMemory(file.Key);
        CryptographicOperations.ZeroMemory(content);
        return issued;
    }

    private static NodeFile EnsureNode(TrustFiles files, TrustOptions options, ImmutableArray<string> later)
    {
        if (SecretFile.ReadIfExists(files.Node) is { } content)
        {
            return ParseNode(files.Node, content);
        }

        EnsureNone(files, later, "`node.json`", "the node's identity");
        using NodeKey? provisioned = NodeKeyLocation.Provisioned(options.NodeKeyPath) is { } keyPath ? NodeKey.Load(keyPath, null) : null;
        NodeFile node = new()
        {
            Format = 1,
            NodeId = provisioned?.NodeId ?? RandomNumberGenerator.GetHexString(16, lowercase: true),
            NodeName = options.NodeName,
            ClusterId = RandomNumberGenerator.GetHexString(32, lowercase: true),
        };
        Step(options, "node.json", () => SecretFile.Write(files.Node, JsonSerializer.SerializeToUtf8Bytes(node, TrustJson.Default.NodeFile)));
        return node;
    }

    private static NodeFile ParseNode(string path, byte[] content)
    {
        try
        {
            if (JsonSerializer.Deserialize(content, TrustJson.Default.NodeFile) is { Format: 1 } node
                && IsHex(node.NodeId, 16) && IsHex(node.ClusterId, 32))
            {
                CertificateNames.EnsureNode(node.NodeName);
                return node;
            }
        }
        catch (JsonException)
        {
            // Reported below, with the same words as a wrong value.
        }

        throw TrustProblems.TrustInconsistent.Exception($"`{path}` cannot be understood", "put back the file as Gatehouse wrote it");
    }

    private static bool IsHex(string text, int length) => text.Length == length && text.All(char.IsAsciiHexDigitLower);

    private static NodeKey EnsureNodeKey(TrustFiles files, TrustOptions options, NodeFile node, string keyPath, ImmutableArray<string> later)
    {
        if (NodeKey.Load(keyPath, node.NodeId) is { } key)
        {
            return key;
        }

        string lost = files.Present(later);
        if (lost.Length > 0)
        {
            throw TrustProblems.NodeKeyMissing.Exception(
                $"the key of node `{node.NodeId}` is not at `{keyPath}`; without it {lost} cannot be opened: "
                + "the CA, the cluster secret and all users and roles",
                $"put the key back there or name its place with --key FILE; if it is lost, move `{files.Data}` away and start anew with a new CA");
        }

        PrivateFolder.EnsureGuarded(Path.GetDirectoryName(keyPath) ?? "/");
        return Step(options, "node key", () => NodeKey.Create(keyPath, node.NodeId));
    }

    private static byte[] EnsureDataKey(TrustFiles files, TrustOptions options, NodeFile node, NodeKey key, ImmutableArray<string> later)
    {
        string purpose = "data-key/" + node.ClusterId;
        if (SecretFile.ReadIfExists(files.DataKey) is { } wrapped)
        {
            return key.Unwrap(purpose, wrapped, files.DataKey);
        }

        EnsureNone(files, later, "`trust/data-key.wrapped`", "the cluster's data key");
        byte[] dataKey = RandomNumberGenerator.GetBytes(32);
        Step(options, "data key", () => SecretFile.Write(files.DataKey, KeyWrap.Wrap(key.PublicKey, purpose, dataKey)));
        return dataKey;
    }

    private static byte[] EnsureSecret(TrustFiles files, TrustOptions options, Sealer sealer, ImmutableArray<string> later)
    {
        const string Place = "trust/cluster-secret";
        if (SecretFile.ReadIfExists(files.Secret) is { } content)
        {
            return sealer.Open(Place, 0, content);
        }

        EnsureNone(files, later, "`trust/cluster-secret.sealed`", "the cluster secret");
        byte[] secret = RandomNumberGenerator.GetBytes(32);
        Step(options, "cluster secret", () => SecretFile.Write(files.Secret, sealer.Seal(Place, 0, secret)));
        return secret;
    }

    private static ClusterCa EnsureCa(
        TrustFiles files, TrustOptions options, NodeFile node, NodeKey key, ImmutableArray<string> later, out bool isNew)
    {
        string purpose = "ca/" + node.ClusterId;
        isNew = false;
        if (SecretFile.ReadIfExists(files.Ca) is { } wrapped)
        {
            byte[] opened = key.Unwrap(purpose, wrapped, files.Ca);
            ClusterCa known = ClusterCa.Import(node.ClusterId, opened);
            CryptographicOperations.ZeroMemory(opened);
            return known;
        }

        EnsureNone(files, later, "`trust/ca.wrapped`", "the CA's keys");
        ClusterCa ca = ClusterCa.Create(node.ClusterId, options.Time.GetUtcNow());
        byte[] content = ca.Export();
        Step(options, "ca", () => SecretFile.Write(files.Ca, KeyWrap.Wrap(key.PublicKey, purpose, content)));
        CryptographicOperations.ZeroMemory(content);
        isNew = true;
        return ca;
    }

    // The bundle is no secret and can be made again from the CA at any time; another CA's certificate in its place is
    // the one thing that must not pass, because people copy this file to clients.
    private static void EnsureBundle(TrustFiles files, TrustOptions options, ClusterCa ca)
    {
        string expected = ca.BundlePem();
        if (!File.Exists(files.CaBundle))
        {
            Step(options, "ca.crt", () => SecretFile.Write(files.CaBundle, Encoding.ASCII.GetBytes(expected), Readable));
            return;
        }

        if (!string.Equals(File.ReadAllText(files.CaBundle), expected, StringComparison.Ordinal))
        {
            throw TrustProblems.TrustInconsistent.Exception(
                $"`{files.CaBundle}` does not hold the certificates of this cluster's CA ({ca.Fingerprint})",
                "find out who changed it, then delete it: the next start writes it again");
        }
    }

    private static IssuedCertificate? LoadServer(
        TrustFiles files, NodeKey key, ClusterCa ca, IReadOnlyList<string> names, DateTimeOffset now)
    {
        if (SecretFile.ReadIfExists(files.Server) is not { } content)
        {
            return null;
        }

        byte[] opened = key.Sealer.TryOpen("trust/server", 0, content) ?? throw BrokenServer(files.Server, null);
        try
        {
            if (JsonSerializer.Deserialize(opened, TrustJson.Default.ServerFile) is not { Format: 1 } file)
            {
                throw BrokenServer(files.Server, null);
            }

            IssuedCertificate? server = ca.Adopt(file.Certificate, file.Key);
            CryptographicOperations.ZeroMemory(file.Key);
            return server is null
                || CertificateLife.NeedsRenewal(server.Certificate, now)
                || !CertificateNames.Of(server.Certificate).SequenceEqual(names, StringComparer.Ordinal)
                ? null
                : server;
        }
        catch (Exception fault) when (fault is JsonException or CryptographicException or ArgumentException)
        {
            throw BrokenServer(files.Server, fault);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(opened);
        }
    }

    private static ProblemException BrokenServer(string path, Exception? inner) =>
        TrustProblems.TrustInconsistent.Exception(
            $"`{path}` does not open with this node's key", "find out who changed it, then delete it: the next start issues a new certificate", inner);

    private static void EnsureNone(TrustFiles files, ImmutableArray<string> later, string missing, string what)
    {
        string there = files.Present(later);
        if (there.Length > 0)
        {
            throw TrustProblems.TrustIncomplete.Exception(
                $"{missing} ({what}) is missing in `{files.Data}` while {there} is there",
                $"put the file back from where it went; if it is lost, move `{files.Data}` away and start anew with a new CA");
        }
    }

    private static void Step(TrustOptions options, string name, Action make)
    {
        options.Step?.Invoke("before " + name);
        make();
        options.Step?.Invoke("after " + name);
    }

    private static T Step<T>(TrustOptions options, string name, Func<T> make)
    {
        options.Step?.Invoke("before " + name);
        T made = make();
        options.Step?.Invoke("after " + name);
        return made;
    }
}
