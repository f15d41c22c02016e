using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using Gatehouse.Membership;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;
using Gatehouse.Trust.Authorities;
using Gatehouse.Trust.Files;
using Gatehouse.Trust.Nodes;
using Gatehouse.Trust.Sealing;

namespace Gatehouse.Trust.Enrolment;

/// <summary>
/// A join under way, in a folder beside the data folder that is renamed to it at the end: the node's trust, and how far it came. What
/// was interrupted is taken up again with the same token; what failed before the cluster was asked is deleted.
/// </summary>
public sealed class JoinStage : IDisposable
{
    private const string StateFile = "join.json";
    private const int MostChain = 8;
    private const int MostDataKeys = 64;

    private readonly string _data;
    private readonly JoiningTrust _trust;
    private JoinState _state;

    private JoinStage(string data, JoiningTrust trust, JoinState state)
    {
        _data = data;
        _trust = trust;
        _state = state;
    }

    /// <summary>The folder.</summary>
    public string Folder => FolderOf(_data);

    /// <summary>The token that it is for.</summary>
    public string TokenId => _state.TokenId;

    /// <summary>The node's name.</summary>
    public string NodeName => _trust.NodeName;

    /// <summary>The node's id.</summary>
    public string NodeId => _trust.NodeId;

    /// <summary>Whether the cluster was asked to take the node in, and may have done so.</summary>
    public bool IsAsked => _state.IsAsked;

    /// <summary>What the cluster handed over; null before it did.</summary>
    public JoinTold? Told => _state.Told;

    /// <summary>What keys are wrapped to.</summary>
    public byte[] WrapKey => _trust.WrapPublicKey.ToArray();

    /// <summary>What its signatures are verified with.</summary>
    public byte[] SigningKey => _trust.SigningPublicKey.ToArray();

    /// <summary>The folder in which the node of a data folder joins.</summary>
    public static string FolderOf(string dataDirectory) => Path.GetFullPath(dataDirectory).TrimEnd('/') + ".joining";

    /// <summary>Takes up an interrupted join; null where there is none, or none that said anything to anybody.</summary>
    /// <exception cref="ProblemException">Its files cannot be read.</exception>
    public static JoinStage? Resume(string dataDirectory)
    {
        string folder = FolderOf(dataDirectory);
        if (!Directory.Exists(folder))
        {
            return null;
        }

        PrivateFolder.Check(folder);
        if (Read(folder) is not { } state)
        {
            Directory.Delete(folder, recursive: true);
            return null;
        }

        if (!File.Exists(state.KeyPath))
        {
            Discard(folder, state);
            return null;
        }

        return new JoinStage(Path.GetFullPath(dataDirectory), JoiningTrust.Open(folder, state.KeyPath, state.Node), state);
    }

    /// <summary>Makes the folder and the node's keys.</summary>
    /// <param name="dataDirectory">The data folder that it will be.</param>
    /// <param name="keyPath">Where the node's own key shall lie; null: the usual place. One that lies there already is used.</param>
    /// <param name="tokenId">The token.</param>
    /// <param name="node">The node's name.</param>
    /// <exception cref="ProblemException">GH3001 to GH3012, GH3040.</exception>
    public static JoinStage Start(string dataDirectory, string? keyPath, string tokenId, string node)
    {
        CertificateNames.EnsureNode(node);
        string folder = FolderOf(dataDirectory);
        PrivateFolder.Ensure(folder);
        using NodeKey? provisioned = NodeKeyLocation.Provisioned(keyPath) is { } place ? NodeKey.Load(place, null) : null;
        string nodeId = provisioned?.NodeId ?? RandomNumberGenerator.GetHexString(16, lowercase: true);
        string path = NodeKeyLocation.Resolve(dataDirectory, keyPath, nodeId);

        // Named before it is made, so that the key of a join that died is found and deleted.
        var state = new JoinState { Format = 1, TokenId = tokenId, Node = node, KeyPath = path, IsKeyOurs = provisioned is null };
        Write(folder, state);
        if (provisioned is null)
        {
            PrivateFolder.EnsureGuarded(Path.GetDirectoryName(path) ?? "/");
            NodeKey.Create(path, nodeId).Dispose();
        }

        return new JoinStage(Path.GetFullPath(dataDirectory), JoiningTrust.Open(folder, path, node), state);
    }

    /// <summary>A request for one of its certificates: PKCS#10 (DER).</summary>
    public byte[] Request(LeafKind kind) => _trust.MakeRequest(kind);

    /// <summary>Signs with the node's signing key.</summary>
    public byte[] Sign(ReadOnlySpan<byte> bytes) => _trust.Sign(bytes);

    /// <summary>Unwraps what was wrapped to this node.</summary>
    /// <exception cref="ProblemException">GH3021.</exception>
    public byte[] Unwrap(string purpose, ReadOnlySpan<byte> wrapped) => _trust.Unwrap(purpose, wrapped, "the cluster's answer");

    /// <summary>Keeps what the cluster handed over.</summary>
    /// <exception cref="ProblemException">GH3210: it is not complete.</exception>
    public void Accept(JoinTold told)
    {
        if (told.ClusterId.Length != 32 || !told.ClusterId.All(char.IsAsciiHexDigitLower)
            || told.DataKeys.Length is 0 or > MostDataKeys || told.MeshChain.Length is 0 or > MostChain || told.ServerChain.Length is 0 or > MostChain)
        {
            throw EnrolmentProblems.EnrolmentAnswerUnusable.Exception(
                "the cluster's answer cannot be used: it is not complete", "use the same version on both hosts, then run the same command again");
        }

        Update(_state with { Told = told });
    }

    /// <summary>What opens the cluster's documents.</summary>
    /// <exception cref="ProblemException">GH3021.</exception>
    public Sealer Open() => _trust.OpenDataKeys(Grant(MembershipDocument.Default));

    /// <summary>Checks that certificates, keys and the cluster's members belong together; writes nothing.</summary>
    /// <exception cref="ProblemException">GH3021, GH3031, GH3043.</exception>
    public void Check(MembershipDocument membership) => _trust.Check(Grant(membership));

    /// <summary>From now on the cluster may have taken the node in: durable before it is asked.</summary>
    public void Asking() => Update(_state with { IsAsked = true });

    /// <summary>The cluster has not taken it in.</summary>
    public void NotTaken() => Update(_state with { IsAsked = false });

    /// <summary>Makes it a folder that a daemon starts from. Idempotent.</summary>
    /// <exception cref="ProblemException">GH3005, GH3021, GH3031, GH3043.</exception>
    public void Complete(MembershipDocument membership)
    {
        if (!File.Exists(new TrustFiles(Folder).Node))
        {
            _trust.Complete(Grant(membership));
        }
        else
        {
            // It was complete before, and has been opened again since.
            _trust.Tidy();
        }
    }

    /// <summary>Renames the folder to the data folder. It is a node when this returns.</summary>
    /// <exception cref="ProblemException">GH3005.</exception>
    public void Finish()
    {
        try
        {
            if (Directory.Exists(_data))
            {
                // Empty: that was looked at, and a folder with anything in it stays.
                Directory.Delete(_data);
            }

            Directory.Move(Folder, _data);
            File.Delete(Path.Combine(_data, StateFile));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw TrustProblems.FileUnwritable.Exception($"`{Folder}` cannot be renamed to `{_data}`: {fault.Message}", "make room for it and run the same command again", fault);
        }
    }

    /// <summary>Deletes all that was made.</summary>
    public void Discard() => Discard(Folder, _state);

    /// <inheritdoc/>
    public void Dispose() => _trust.Dispose();

    private static void Discard(string folder, JoinState state)
    {
        if (state.IsKeyOurs)
        {
            File.Delete(state.KeyPath);
        }

        Directory.Delete(folder, recursive: true);
    }

    private static JoinState? Read(string folder)
    {
        try
        {
            return SecretFile.ReadIfExists(Path.Combine(folder, StateFile)) is { } content && JsonSerializer.Deserialize(content, EnrolmentJson.Default.JoinState) is { Format: 1 } state
                ? state
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static void Write(string folder, JoinState state) =>
        SecretFile.Write(Path.Combine(folder, StateFile), JsonSerializer.SerializeToUtf8Bytes(state, EnrolmentJson.Default.JoinState));

    private void Update(JoinState next)
    {
        Write(Folder, next);
        _state = next;
    }

    private JoinGrant Grant(MembershipDocument membership) => Told is { } told
        ? new JoinGrant
        {
            ClusterId = told.ClusterId,
            DataKeys = [.. told.DataKeys],
            Membership = membership,
            Mesh = [.. told.MeshChain],
            Server = [.. told.ServerChain],
        }
        : throw new InvalidOperationException("the cluster has handed over nothing yet");
}

/// <summary>What the cluster hands over to a node that joins. Public, or wrapped to it.</summary>
public sealed record JoinTold
{
    /// <summary>The cluster's id.</summary>
    public required string ClusterId { get; init; }

    /// <summary>Data keys, wrapped, the one in use first.</summary>
    public required byte[][] DataKeys { get; init; }

    /// <summary>The store's settings, wrapped.</summary>
    public required byte[] Store { get; init; }

    /// <summary>The mesh certificate, then intermediates (DER).</summary>
    public required byte[][] MeshChain { get; init; }

    /// <summary>The server certificate, then intermediates (DER).</summary>
    public required byte[][] ServerChain { get; init; }
}
